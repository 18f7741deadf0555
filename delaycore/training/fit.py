"""Fitting a network: epochs of Adam, the best one chosen on validation samples, resumable after each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from delaycore.datasets.samples import Samples
from delaycore.errors import DelaycoreError
from delaycore.graph import Graph
from delaycore.hardware import Grids
from delaycore.training.batches import batches, shuffled
from delaycore.training.checkpoint import Epoch, History, load_checkpoint, save_checkpoint
from delaycore.training.network import DelayNetwork
from delaycore.training.settings import Fitting

__all__ = ["TrainingError", "fit", "predictions"]

Report = Callable[[Epoch], None]


class TrainingError(DelaycoreError):
    """A training that cannot go on, such as one whose loss is no longer finite."""


def scores(readout: Tensor) -> Tensor:
    """The time-summed softmax of the read-out's potentials, [samples, classes], from [steps, samples, classes]."""
    return readout.softmax(dim=2).sum(dim=0)


def predictions(network: DelayNetwork, samples: Samples, batch: int = 256) -> NDArray[np.int64]:
    """The class that the network gives to each sample, [samples]."""
    dtype = network.weights[0].dtype
    with torch.no_grad():
        found = [scores(network(x).readout).argmax(dim=1) for x, _ in batches(samples, batch, dtype)]
    return torch.cat(found).numpy()


def fit(
    network: DelayNetwork,
    train: Samples,
    valid: Samples,
    fitting: Fitting,
    seed: int,
    *,
    grids: Callable[[Graph], Grids] | None = None,
    checkpoint: Path | None = None,
    identity: str = "",
    report: Report = lambda epoch: None,
) -> History:
    """Fit ``network`` in place; it ends with the weights of the epoch that was best on ``valid``.

    grids:      gives the number grid of a chip for a graph; forward passes then use the numbers that the chip would hold.
    checkpoint: file that is written after every epoch and from which the fit goes on if it is there; removed by nobody.
    identity:   says what the fit is of, so that a checkpoint of another one is refused.
    report:     is told of every epoch.

    Raises `TrainingError` if a loss, a weight or a gradient is not finite, naming the epoch and the projection.
    """
    torch.set_num_threads(fitting.threads)
    leaks = {"params": list(network.leaks), "lr": fitting.learning_rate * fitting.leak_rate, "weight_decay": 0.0}
    weights = {"params": list(network.weights), "lr": fitting.learning_rate, "weight_decay": fitting.weight_decay}
    optimiser = torch.optim.AdamW([weights, leaks], eps=1e-5)
    rates = [fitting.learning_rate, fitting.learning_rate * fitting.leak_rate]
    history = History()
    if checkpoint is not None and checkpoint.exists():
        history = load_checkpoint(checkpoint, identity, network, optimiser)
        for epoch in history.epochs:
            report(epoch)
    for number in range(len(history.epochs), fitting.epochs):
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * fitting.decay**number
        network.grids = None
        if grids is not None:
            network.grids = grids(network.to_graph())
        loss, right = _epoch(network, optimiser, train, fitting, seed, number)
        accuracy = float((predictions(network, valid) == valid.labels).mean())
        history.epochs.append(Epoch(number, loss, right, accuracy))
        if accuracy > history.best_validation:
            history.best_validation = accuracy
            history.best = {k: v.detach().clone() for k, v in network.state_dict().items()}
        if checkpoint is not None:
            save_checkpoint(checkpoint, identity, network, optimiser, history)
        report(history.epochs[-1])
    network.load_state_dict(history.best)
    network.grids = None
    return history


def _epoch(network: DelayNetwork, optimiser: torch.optim.Optimizer, train: Samples, fitting: Fitting, seed: int, number: int) -> tuple[float, float]:
    total, right = 0.0, 0
    for x, label in shuffled(train, fitting, seed, number):
        optimiser.zero_grad(set_to_none=True)
        score = scores(network(x).readout)
        loss = functional.cross_entropy(score, label)
        if not torch.isfinite(loss):
            raise _diverged(network, number, "loss")
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        if not torch.isfinite(norm):
            raise _diverged(network, number, "gradient")
        optimiser.step()
        total += float(loss.detach()) * len(label)
        right += int((score.argmax(1) == label).sum())
    return total / len(train), right / len(train)


def _diverged(network: DelayNetwork, epoch: int, what: str) -> TrainingError:
    bad = [name for name, w in zip(network.projections, network.weights, strict=True) if not torch.isfinite(w).all()]
    bad = bad or [
        name for name, w in zip(network.projections, network.weights, strict=True) if w.grad is not None and not torch.isfinite(w.grad).all()
    ]
    place = f"epoch {epoch}, projections[{(bad or list(network.projections))[0]!r}]"
    error = TrainingError.at(place, f"the {what} is not finite", "lower training.learning_rate or network.gain")
    assert isinstance(error, TrainingError)
    return error
