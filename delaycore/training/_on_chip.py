"""Hardware in the loop: forward passes that are a chip's own, with the gradients of the trained network.

The quantized graph runs in the simulator, so there is one copy of a chip's arithmetic.  Every layer then
repeats its spikes and potentials from there, and passes gradients on as if it had computed them: through the
surrogate at the chip's potentials, the leaks and the weights as the chip holds them, and straight through all
rounding (Bengio et al. 2013).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from delaycore import engine
from delaycore.backend import Backend
from delaycore.deploy import Chip
from delaycore.errors import DataError, GraphError, SettingsError
from delaycore.graph import Graph
from delaycore.hardware import FitReport, find_delay_violations
from delaycore.nn import (
    DelayNetwork,
    Forward,
    OtherArithmetic,
    Output,
    find_hooks,
    read_network,
    require_tensor,
)
from delaycore.nn.functional import Record, run_eagerly

__all__ = ["OnChip", "on_chip", "run_on_chip"]


def on_chip(
    module: nn.Module, target: str | Chip | Backend, *, step: float | None = None, **options: Any
) -> OnChip:
    """Return a module whose forward pass is that of ``module`` on a chip, for any loop with any optimiser.

    module:  made of layers of `delaycore.nn`: ``nn.Sequential``, a module of one's own, or a `DelayNetwork`.
    target:  a chip's name, a `Chip`, or a `Backend`.
    step:    seconds of a step; a `DelayNetwork` knows its own, and so do neurons with time constants.  A
             millisecond unless known: only the chip's times depend on it.
    options: of the backend, such as ``weight_bits=4``.

    Raises `GraphError` for what has no meaning in a Graph, `UnknownTarget` and `SettingsError` for a chip or
    options that do not exist, and `DoesNotFit` for what no training on the chip mends: its kinds of neurons,
    their resets, delays that are out of its range.  Whether the trained network fits, in memory for one, is
    for `delaycore.check` to say afterwards: pruning may still change it.
    """
    if not isinstance(target, str | Chip | Backend):
        raise SettingsError.at(
            "on_chip.target", f"must name a chip, not {target!r}", "give a target's name, a Chip or a Backend"
        )
    if isinstance(target, Chip):
        chip = target if not options else replace(target, options={**target.options, **options})
    elif isinstance(target, Backend):
        chip = _LoadedChip(target.spec.name, options, target)
    else:
        chip = Chip(target, options)
    return OnChip(module, chip, step)


def _require_lasting_fit(graph: Graph, chip: Chip) -> None:
    """Raise `DoesNotFit` with the findings of a check that are about the network's kind, not its size."""
    backend = chip.backend
    plan = backend.plan(graph, backend.parse(chip.options))
    lasting = {f.code for f in (*plan.unsupported, *find_delay_violations(graph, backend.spec))}
    if lasting:  # a report is a whole mapping, which is not made for nothing
        FitReport(chip.target, tuple(f for f in plan.report.errors if f.code in lasting)).require()


@dataclass(frozen=True)
class _LoadedChip(Chip):
    """A chip whose backend was handed over, not found by name."""

    loaded: Backend | None = None

    @property
    def backend(self) -> Backend:
        assert self.loaded is not None
        return self.loaded


class OnChip(OtherArithmetic):
    """A module in a chip's arithmetic: hardware in the loop.

    The forward pass quantizes the module and runs it in the chip's simulator, on spikes of 0 and 1 as the
    module takes them, and returns what the module returns (a `Forward` for a `DelayNetwork`), with the chip's
    spikes and potentials; so its predictions are those of the deployed program.  Gradients are straight
    through at these.  Dropout inside the module is left out: drop spikes before they go in.

    ``module`` is trained with it: its parameters are the parameters of this one.
    """

    def __init__(self, module: nn.Module, chip: Chip, step: float | None = None) -> None:
        super().__init__()
        network, traced = read_network(module, step, otherwise=1e-3)
        _require_lasting_fit(network.to_graph(), chip)
        self.module, self.chip = module, chip
        self._shared = (network, traced)  # in a tuple, so that torch registers its layers once

    @run_eagerly
    def forward(self, *inputs: Any) -> Any:
        """Return what the module gives on the chip.  Raises `DataError` for spikes other than 0 and 1."""
        network, traced = self._shared
        network.training = self.module.training  # its own alone: the layers keep theirs
        named = self.module.named_modules()
        GraphError.collect(p for path, m in named for p in find_hooks(path or type(m).__name__, m))
        if traced is None:
            (given,) = inputs
            by_name = given if isinstance(given, Mapping) else {next(iter(network.inputs)): given}
            _require_spikes(by_name, network)
            return run_on_chip(network, self.chip, given)
        if len(inputs) != len(network.inputs):
            names = ", ".join(network.inputs)
            raise DataError.at("OnChip", f"takes {len(network.inputs)} inputs ({names}), not {len(inputs)}")
        _require_spikes(dict(zip(network.inputs, inputs, strict=True)), network)
        turn = traced.batch_first
        given = {n: x.transpose(0, 1) if turn else x for n, x in zip(network.inputs, inputs, strict=True)}
        forward = run_on_chip(network, self.chip, given)
        sent = {**given, **forward.spikes, network.output: forward.readout, **forward.others}

        def as_given(part: Any) -> Any:
            if not isinstance(part, Output):
                return part
            return sent[part.population].transpose(0, 1) if turn else sent[part.population]

        return tree_map(as_given, traced.outputs)

    def extra_repr(self) -> str:
        return f"chip={self.chip.name!r}"


def _require_spikes(inputs: Mapping[str, Any], network: DelayNetwork) -> None:
    for name, x in inputs.items():
        place = f"OnChip, input {name!r}"
        require_tensor(place, x)
        size = network.inputs[name].size if name in network.inputs else None
        if x.dim() != 3 or size not in (None, x.shape[2]):
            raise DataError.at(
                place,
                f"takes three dimensions, the last of {size} features, not the shape {tuple(x.shape)}",
                "give the steps, the samples of a batch and the features",
            )
        if not bool(((x == 0) | (x == 1)).all()):
            raise DataError.at(place, "takes spikes of 0 and 1, and there are other numbers", "give spikes")


def run_on_chip(network: DelayNetwork, chip: Chip, spikes: Tensor | Mapping[str, Tensor]) -> Forward:
    """Return what ``chip`` makes of ``network`` for input spikes [steps, batch, inputs], for training to
    differentiate.

    Trained positions are rounded in the simulation, and interpolated in the gradients.
    """
    graph = network.to_graph()
    scheme = chip.quantization_scheme(graph)
    with network.use_formats(scheme):
        forward: Forward = network(spikes, _simulate(graph, chip, scheme.scale, spikes, network.dtype))
    return forward


def _simulate(
    graph: Graph,
    chip: Chip,
    scale: Mapping[str, float],
    spikes: Tensor | Mapping[str, Tensor],
    dtype: torch.dtype,
) -> dict[str, Record]:
    """Return spikes and potentials of every population that computes, potentials in the units of
    ``graph``, in ``dtype``: under autocast that of the spikes may be too coarse for potentials.
    """
    inputs = {next(iter(graph.inputs)): spikes} if isinstance(spikes, Tensor) else spikes
    given = {
        n: np.ascontiguousarray((x.detach() > 0).cpu().numpy().transpose(1, 0, 2)) for n, x in inputs.items()
    }
    activity = engine.simulate(chip.quantize(graph)[0], given, states=True, threads=torch.get_num_threads())
    device = next(iter(inputs.values())).device

    def as_tensor(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array.transpose(1, 0, 2))).to(device, dtype)

    computed = [name for name in graph.populations if name not in graph.inputs]
    return {
        n: Record(as_tensor(activity.spikes[n]), as_tensor(activity.potentials[n]) / scale.get(n, 1.0))
        for n in computed
    }
