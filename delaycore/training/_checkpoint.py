"""The state of a fit in one safe file, written whole after every epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from delaycore._files import read_tensors, write_tensors
from delaycore._shown import show_line
from delaycore.errors import FileError

__all__ = ["Epoch", "History", "load_checkpoint", "save_checkpoint"]

VERSION = 1

_MOMENTS = {"step", "exp_avg", "exp_avg_sq"}
"""What `torch.optim.AdamW` keeps of a parameter."""


@dataclass(frozen=True)
class Epoch:
    """Results of one epoch of a fit.

    number:              of the epoch, from 0.
    loss:                mean over the training samples.
    training_accuracy:   fraction of the training samples, as they were augmented, that were right.
    validation_accuracy: fraction of the validation samples that were right after the epoch.
    agreement:           fraction of the validation samples on which a forward pass that only resembles a
                         chip's predicts what the chip does; None where there is no such pass.
    amounts:             energy, latency and other amounts that a budget limits, by name, in the mean of
                         validation samples.
    excess:              how far the worst amount lies above what training aims at, as a fraction; 0 if none
                         does.
    resumed:             whether a checkpoint holds it, so that it was not computed now.
    """

    number: int
    loss: float
    training_accuracy: float
    validation_accuracy: float
    agreement: float | None = None
    amounts: Mapping[str, float] = field(default_factory=dict)
    excess: float = 0.0
    resumed: bool = field(default=False, compare=False)

    __repr__ = show_line

    def __str__(self) -> str:
        return (
            f"epoch {self.number}: loss {self.loss:.4g}, training {self.training_accuracy:.1%}, validation "
            f"{self.validation_accuracy:.1%}"
        )

    @property
    def rank(self) -> tuple[float, float]:
        """Order of epochs, the best one highest: first how little a budget is exceeded, then the validation
        accuracy.
        """
        return -self.excess, self.validation_accuracy


@dataclass
class History:
    """Progress of a fit.

    epochs: those that are finished.
    best:   the network's state after the epoch that ranks highest, as `torch.nn.Module.state_dict` names it.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: dict[str, torch.Tensor] = field(default_factory=dict)

    __repr__ = show_line

    def __str__(self) -> str:
        return "\n".join(map(str, self.epochs)) or "no epoch is finished"


def save_checkpoint(
    path: Path, identity: str, network: nn.Module, optimiser: torch.optim.Optimizer, history: History
) -> None:
    """Write all that a fit needs to go on; ``identity`` names the fit."""
    arrays: dict[str, NDArray[Any]] = {
        f"network/{k}": v.detach().cpu().numpy() for k, v in network.state_dict().items()
    }
    arrays |= {f"best/{k}": v.detach().cpu().numpy() for k, v in history.best.items()}
    for index, state in optimiser.state_dict()["state"].items():
        arrays |= {f"optimiser/{index}/{k}": v.cpu().numpy() for k, v in state.items()}
    header = {"identity": identity, "epochs": [asdict(e) for e in history.epochs]}
    write_tensors(path, "checkpoint", VERSION, header, arrays)


def load_checkpoint(
    path: Path, identity: str, network: nn.Module, optimiser: torch.optim.Optimizer
) -> History:
    """Put a saved fit back into ``network`` and ``optimiser``.

    Raises `FileError` if the file is of another fit: its settings or data have changed since.
    """
    header, arrays = read_tensors(path, "checkpoint", VERSION)
    if header.get("identity") != identity:
        raise FileError.at(
            path,
            "belongs to a run with other settings or data",
            "give another --out, or remove it to start again",
        )
    try:
        current = network.state_dict()
        state = _select_state("network/", arrays, current)
        moments = _select_moments(arrays, optimiser)
        best = _select_state("best/", arrays, current)
        history = History([Epoch(**{**e, "resumed": True}) for e in header["epochs"]], best)
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise FileError.at(path, f"is damaged ({error})", "remove it to start this stage again") from error
    network.load_state_dict(state)
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
    return history


def _select_state(
    prefix: str, arrays: Mapping[str, NDArray[Any]], current: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Select a state of the network.  Raises `ValueError` unless it is laid out as the ``current`` one."""
    state = {k.removeprefix(prefix): torch.from_numpy(v) for k, v in arrays.items() if k.startswith(prefix)}
    if state.keys() != current.keys():
        raise ValueError(
            f"{prefix} has {', '.join(sorted(state.keys() ^ current.keys()))} too many or too few"
        )
    for name, values in state.items():
        _require_layout(prefix + name, values, current[name])
    return state


def _select_moments(
    arrays: Mapping[str, NDArray[Any]], optimiser: torch.optim.Optimizer
) -> dict[int, dict[str, torch.Tensor]]:
    """Select what AdamW keeps of each parameter: scalars, and tensors laid out as the parameter."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in arrays.items():
        prefix, _, rest = key.partition("/")
        if prefix == "optimiser":
            index, name = rest.split("/")
            values = torch.from_numpy(np.array(value))
            if values.ndim:
                _require_layout(key, values, parameters[int(index)])
            moments.setdefault(int(index), {})[name] = values
    for number, kept in moments.items():
        if kept.keys() != _MOMENTS:
            raise ValueError(f"optimiser/{number} has {', '.join(sorted(kept))}")
    return moments


def _require_layout(name: str, values: torch.Tensor, like: torch.Tensor) -> None:
    """Raise `ValueError` unless ``values`` have the shape and type of ``like``."""
    if (values.shape, values.dtype) != (like.shape, like.dtype):
        raise ValueError(
            f"{name} is {values.dtype} of {list(values.shape)}, not {like.dtype} of {list(like.shape)}"
        )
