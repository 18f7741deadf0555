"""Fitting a network: epochs of Adam, the best one chosen on validation samples, resumable after each."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from delaycore.datasets.samples import Samples
from delaycore.graph import Graph
from delaycore.hardware import Grids
from delaycore.training.batches import batches, shuffled
from delaycore.training.checkpoint import Epoch, History, discard_unfinished, load_checkpoint, save_checkpoint
from delaycore.training.divergence import TrainingError, diverged, require_sound
from delaycore.training.network import DelayNetwork
from delaycore.training.settings import Fitting

__all__ = ["TrainingError", "fit", "predictions"]

Report = Callable[[Epoch], None]


def predictions(network: DelayNetwork, samples: Samples, batch: int = 256) -> NDArray[np.int64]:
    """The class that the network gives to each sample in evaluation mode, [samples]."""
    mode = network.training
    network.eval()
    with torch.no_grad():
        found = [network.scores(network(x).readout).argmax(dim=1) for x, _ in batches(samples, batch, network.dtype)]
    network.train(mode)
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
    """Fit ``network`` in place; it ends in evaluation mode with the weights of the epoch that was best on ``valid`` in that mode.

    grids:      gives the number grid of a chip for a graph; forward passes then use the numbers that the chip would hold.
    checkpoint: file that is written after every epoch and from which the fit goes on if it is there; removed by nobody.
    identity:   says what the fit is of, so that a checkpoint of another one is refused.
    report:     is told of every epoch.

    Raises `TrainingError` if a loss, a gradient or what is trained is not finite, or if the loss explodes, naming the epoch and the part.
    """
    torch.set_num_threads(fitting.threads)
    optimiser, rates = _optimiser(network, fitting)
    history = History()
    if checkpoint is not None:
        discard_unfinished(checkpoint)
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
        network.narrow(number / max(1, fitting.epochs - 1))
        first, loss, right = _epoch(network, optimiser, train, fitting, seed, number)
        require_sound(network, number, loss, min((e.loss for e in history.epochs), default=first))
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
    network.eval()
    return history


def _optimiser(network: DelayNetwork, fitting: Fitting) -> tuple[torch.optim.AdamW, list[float]]:
    """Adam for weights, leaks and positions, and the rate of each of its groups at the beginning."""
    rate = fitting.learning_rate
    groups = [(network.weights, rate, fitting.weight_decay), (network.leaks, rate * fitting.leak_rate, 0.0)]
    if network.positions:
        groups.append((network.positions, rate * fitting.position_rate, 0.0))
    options = [{"params": parameters, "lr": lr, "weight_decay": decay} for parameters, lr, decay in groups]
    return torch.optim.AdamW(options, eps=1e-5), [lr for _, lr, _ in groups]


def _epoch(
    network: DelayNetwork, optimiser: torch.optim.Optimizer, train: Samples, fitting: Fitting, seed: int, number: int
) -> tuple[float, float, float]:
    """Train for one epoch: the loss of its first batch, its mean loss and its accuracy."""
    network.train()
    trained = [*network.weights, *network.leaks, *network.positions]
    first, total, right = math.nan, 0.0, 0
    for x, label in shuffled(train, fitting, seed, number):
        optimiser.zero_grad(set_to_none=True)
        score = network.scores(network(x).readout)
        loss = functional.cross_entropy(score, label)
        if not torch.isfinite(loss):
            raise diverged(network, number, "loss is not finite")
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(trained, 5.0)
        if not torch.isfinite(norm):
            raise diverged(network, number, "gradient is not finite")
        optimiser.step()
        network.within_reach()
        first = float(loss.detach()) if math.isnan(first) else first
        total += float(loss.detach()) * len(label)
        right += int((score.argmax(1) == label).sum())
    return first, total / len(train), right / len(train)
