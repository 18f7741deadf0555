"""Fit a network: epochs of AdamW, the best one chosen on validation samples, resumable after each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from delaycore import engine
from delaycore._values import require_seed
from delaycore.datasets import Samples
from delaycore.deploy import Chip
from delaycore.errors import SettingsError
from delaycore.memory import require_memory_of
from delaycore.nn import DelayNetwork, Forward, evaluate
from delaycore.settings import ForwardPass, RewiringSettings, Schedule, TrainingSettings
from delaycore.training._batches import iterate_batches, shuffle_batches
from delaycore.training._budget_penalty import BudgetPenalty, penalize
from delaycore.training._checkpoint import Epoch, History, load_checkpoint, save_checkpoint
from delaycore.training._divergence import TrainingError, describe_divergence, require_sound
from delaycore.training._on_chip import run_on_chip
from delaycore.training._process_group import get_process_group
from delaycore.training._rewiring import Rewirer
from delaycore.training._schedules import scale_rate
from delaycore.training._sizes import estimate_memory

__all__ = ["AGREES", "TrainingError", "fit", "make_optimiser", "predict"]

Report = Callable[[Epoch], None]

AGREES = 0.995
"""The share of validation samples on which the fast forward pass must predict what the chip does, to be used
for another epoch.
"""

_MAX_GRADIENT_NORM = 5.0
"""Norm to which larger gradients are scaled down: over many steps, products of surrogates can grow without
bound.
"""

_ADAM_EPSILON = 1e-5
"""As in the public code of the authors of arXiv 2404.10597; torch's own default is 1e-8."""


def predict(
    network: DelayNetwork, samples: Samples, batch: int = 256, chip: Chip | None = None
) -> NDArray[np.int64]:
    """Predict the class of each sample with the network in evaluation mode, [samples]; with ``chip``, in the
    simulator of that chip.

    In a group of processes, all of them call it, and each does its share.
    """
    group = get_process_group()
    part, fraction = group.share(len(samples))
    share = samples.select(part)
    if chip is not None:
        predicted = torch.from_numpy(
            engine.simulate(
                chip.quantize(network.to_graph())[0], share.spikes, threads=torch.get_num_threads()
            ).predictions
        )
    else:
        with evaluate(network), torch.no_grad():
            batches = iterate_batches(share, batch, network.weights[0])
            predicted = torch.cat(
                [network.scores(network(x).readout).argmax(dim=1) for x, _ in batches]
            ).cpu()
    found = torch.zeros(len(samples), dtype=torch.int64)
    if fraction:
        found[part] = predicted
    group.add([found])
    return found.numpy()


def fit(
    network: DelayNetwork,
    train: Samples,
    valid: Samples,
    settings: TrainingSettings,
    seed: int,
    *,
    chip: Chip | None = None,
    forward: ForwardPass = "chip",
    budget_penalty: BudgetPenalty | None = None,
    rewiring: RewiringSettings | None = None,
    checkpoint: Path | None = None,
    identity: str = "",
    report: Report = lambda epoch: None,
) -> History:
    """Fit ``network`` in place.

    It ends in evaluation mode and on the processor, with the weights of the epoch that was best on ``valid``
    in that mode.  Torch keeps the number of threads of ``settings``, for the whole process.

    chip:           the chip that the network is fitted for: forward passes are the chip's, and so are the
                    predictions on ``valid``.
    forward:        ``chip``: the quantized graph runs in the simulator.  ``fast``: the chip's weights and
                    parameters, but sums in float32, as long as its predictions on ``valid`` agree with the
                    chip's by `AGREES`; from the epoch after one in which they do not, as ``chip``.
    budget_penalty: a budget of that chip: what spikes cost is added to the loss, and an epoch within the
                    limits is better than any other.
    rewiring:       how synapses of a sparse network move while it is fitted; they stay unless given.
    checkpoint:     file that is written after every epoch, and from which the fit goes on if it exists; it is
                    not removed afterwards.
    identity:       names the fit, so that a checkpoint of another one is refused.
    report:         is called with every epoch.

    Classes are the same where their names are: labels become neurons of the read-out.  A network that has no
    names of classes takes those of ``train``.

    Raises `DataError` for samples of classes that the network does not have, `OutOfMemory` for batches that
    would take more memory than there is (not on a GPU, where torch says so), `TrainingError` if a loss, a
    gradient or what is trained is not finite, or if the loss explodes, naming the epoch and the part,
    `SettingsError` for a seed that is no whole number below 2^32.
    """
    seed = require_seed(seed)
    train, valid = (_match_classes(network, samples) for samples in (train, valid))
    device = _choose_device(settings)
    if device.type == "cpu":
        steps, batch = train.spikes.shape[1], min(settings.batch_size, len(train))
        remedy = "use fewer steps, neurons or delays"
        require_memory_of(
            batch, steps, "batch (training.batch_size)", partial(estimate_memory, network, steps), remedy
        )
    torch.set_num_threads(settings.threads)
    network.to(device)
    optimiser, rates = make_optimiser(network, settings)
    rewirer = Rewirer(network, optimiser, rewiring or RewiringSettings(), seed, settings.epochs)
    get_process_group().broadcast([*network.parameters(), *network.buffers()])
    history = History()
    if checkpoint is not None and checkpoint.exists():
        history = load_checkpoint(checkpoint, identity, network, optimiser)
        for epoch in history.epochs:
            report(epoch)
    for number in range(len(history.epochs), settings.epochs):
        network.anneal(min(1.0, number / max(1, settings.epochs - 1) / settings.annealing))
        fast = forward == "fast" and all(e.agreement is None or e.agreement >= AGREES for e in history.epochs)
        run = network if chip is None or fast else partial(run_on_chip, network, chip)
        spike_penalty = (
            budget_penalty.price_spikes(network.to_graph(), history.epochs)
            if budget_penalty is not None
            else {}
        )
        with network.use_formats(
            chip.quantization_scheme(network.to_graph()) if chip is not None and fast else None
        ):
            first, loss, right = _train_epoch(
                network, run, spike_penalty, optimiser, rates, rewirer, train, settings, seed, number
            )
        require_sound(network, number, loss, min((e.loss for e in history.epochs), default=first))
        predicted = predict(network, valid, chip=chip)
        agreement = _measure_agreement(network, chip, valid, predicted) if chip is not None and fast else None
        accuracy = float((predicted == valid.labels).mean())
        amounts = budget_penalty.measure(network.to_graph()) if budget_penalty is not None else {}
        excess = budget_penalty.measure_excess(amounts) if budget_penalty is not None else 0.0
        history.epochs.append(Epoch(number, loss, right, accuracy, agreement, amounts, excess))
        if all(epoch.rank < history.epochs[-1].rank for epoch in history.epochs[:-1]):
            history.best = {k: v.detach().clone() for k, v in network.state_dict().items()}
        if checkpoint is not None:
            save_checkpoint(checkpoint, identity, network, optimiser, history)
        report(history.epochs[-1])
    rewirer.end()
    network.load_state_dict(history.best)
    network.to("cpu")
    network.eval()
    return history


def _match_classes(network: DelayNetwork, samples: Samples) -> Samples:
    """Return ``samples`` with labels as neurons of the read-out; name its classes if they have no names."""
    readout = network.readout
    if readout is None:
        return samples
    matched = samples.match(readout, network.neurons[network.output].features)
    if not readout.classes:
        network.readout = replace(readout, classes=samples.classes)
    return matched


def _choose_device(settings: TrainingSettings) -> torch.device:
    """Return the device to fit on.  Raises `SettingsError` for a GPU that is not there."""
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise SettingsError.at(
            "training.device",
            "is 'cuda', and torch finds no GPU here",
            "leave it out, or install a torch for this machine's GPU",
        )
    return torch.device(settings.device)


def _measure_agreement(
    network: DelayNetwork, chip: Chip, valid: Samples, predicted: NDArray[np.int64]
) -> float:
    """Measure the share of ``valid`` on which the fast forward pass predicts what the chip does."""
    with network.use_formats(chip.quantization_scheme(network.to_graph())):
        return float((predict(network, valid) == predicted).mean())


class _Rate(NamedTuple):
    """The largest learning rate of a group of parameters, and how it changes."""

    largest: float
    schedule: Schedule


def make_optimiser(
    network: DelayNetwork, settings: TrainingSettings
) -> tuple[torch.optim.AdamW, list[_Rate]]:
    """Return AdamW for weights, leaks and positions, and the learning rate of each of its groups."""
    rate = settings.learning_rate
    weights, leaks, positions = (
        _Rate(rate, settings.schedule),
        _Rate(rate * settings.leak_learning_rate_scale, settings.schedule),
        _Rate(rate * settings.position_learning_rate_scale, settings.position_schedule),
    )
    groups = [
        (network.weights, weights, settings.weight_decay),
        (network.neuron_parameters, leaks, 0.0),
        *([(network.positions, positions, 0.0)] if network.positions else []),
    ]
    options = [
        {"params": parameters, "lr": rate.largest, "weight_decay": decay}
        for parameters, rate, decay in groups
    ]
    return torch.optim.AdamW(options, eps=_ADAM_EPSILON, fused=True), [rate for _, rate, _ in groups]


def _train_epoch(
    network: DelayNetwork,
    run: Callable[[Tensor], Forward],
    spike_penalty: Mapping[str, Tensor],
    optimiser: torch.optim.Optimizer,
    rates: Sequence[_Rate],
    rewirer: Rewirer,
    train: Samples,
    settings: TrainingSettings,
    seed: int,
    number: int,
) -> tuple[float, float, float]:
    """Train for one epoch, with ``run`` as the forward pass, and return the loss of its first batch, its mean
    loss and its accuracy.

    spike_penalty: what each spike adds to the loss; the losses that are returned are without it.
    """
    network.train()
    trained = [*network.weights, *network.neuron_parameters, *network.positions]
    first, total, right = math.nan, 0.0, 0.0
    steps = -(-len(train) // settings.batch_size)
    rewirer.begin_epoch()
    for step, (x, label) in enumerate(shuffle_batches(train, settings, seed, number)):
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate.largest * scale_rate(rate.schedule, settings, number, step / steps)
        optimiser.zero_grad(set_to_none=True)
        loss, hits = compute_gradients(network, run, spike_penalty, x, label)
        if not math.isfinite(loss):
            raise describe_divergence(network, number, "loss is not finite")
        norm = torch.nn.utils.clip_grad_norm_(trained, _MAX_GRADIENT_NORM)
        if not torch.isfinite(norm):
            raise describe_divergence(network, number, "gradient is not finite")
        optimiser.step()
        network.clamp_delays()
        rewirer.move(number, step, steps)
        first = loss if math.isnan(first) else first
        total += loss * len(label)
        right += hits
    return first, total / len(train), right / len(train)


def compute_gradients(
    network: DelayNetwork,
    run: Callable[[Tensor], Forward],
    spike_penalty: Mapping[str, Tensor],
    spikes: Tensor,
    labels: Tensor,
) -> tuple[float, float]:
    """Set the gradients of a batch's mean loss, to which every process of the group adds its share, and
    return the loss and the number of right answers.

    Every process has the whole batch, shuffled and augmented alike, and passes its share of it through
    the network.
    """
    group = get_process_group()
    part, fraction = group.share(len(labels))
    mine = labels[part].to(network.device)
    forward = run(spikes[:, part].to(network.device))
    score = network.scores(forward.readout)
    loss = functional.cross_entropy(score, mine)
    ((loss + penalize(forward, spike_penalty)) * fraction).backward()  # type: ignore[no-untyped-call]
    right = (score.argmax(1) == mine).sum() if fraction else score.new_zeros(())
    figures = torch.stack([loss.detach() * fraction, right.to(loss.dtype)])
    group.add([*(p.grad for p in network.parameters() if p.grad is not None), figures])
    return float(figures[0]), float(figures[1])
