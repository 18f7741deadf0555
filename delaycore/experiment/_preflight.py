"""What chips have against a network before its training, and what of that no training can heal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from delaycore.deploy import Chip, Outlook, require_chips
from delaycore.experiment._misfits import find_misfits, require_fit
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._stage import MessageCallback
from delaycore.experiment._trainer import Trainer
from delaycore.experiment._volunteers import Volunteers
from delaycore.graph import Graph, Population
from delaycore.hardware import DoesNotFit, FitReport
from delaycore.registry import BackendError, call_each_apart
from delaycore.settings import ContinuousDelays, Settings

__all__ = ["choose_targets", "find_lasting", "preflight"]

Index = NDArray[np.int64]
Choose = Callable[[Index, Index, Index, int], Index]
"""Chooses the delay of each synapse from all ``delays`` there are, its number within its pair of neurons, the
number of the pair, and how many synapses each pair has.
"""


def preflight(trainer: Trainer, on_message: MessageCallback) -> None:
    """Report, before hours of training, which entries of the settings damage the recordings, and what chips
    have against a network of this size with these delays.

    Raises `SettingsError` for entries that leave nothing of a sample and for limits that no training can
    keep, `DoesNotFit` for a chip that refuses the network whatever its training gives, or for which a budget
    leaves no room however much is pruned.
    """
    settings, recordings = trainer.settings, trainer.recordings
    require_chips(settings.chips.values())
    require_fit(settings, recordings)
    for misfit in find_misfits(settings, recordings):
        on_message(f"before the training: {misfit}")
    untrained = trainer.build_untrained()
    # a budget's chip has synapses pruned until it has room: what is left to say then is said below
    unlimited = [c for c in settings.chips.values() if settings.budget is None or settings.budget.chip != c]
    _require_targets([find_lasting(trainer, chip, untrained) for chip in unlimited], on_message)
    for chip in settings.chips.values():
        try:
            trainer.require_room(untrained, chip)
        except DoesNotFit as refusal:
            if settings.budget is not None and settings.budget.chip == chip:
                raise
            on_message(_describe_untrained(refusal.report))


def choose_targets(
    settings: Settings, recordings: Recordings, targets: Sequence[str], on_message: MessageCallback
) -> Volunteers:
    """Choose those of ``targets``, for which nobody asked by name, that load and could hold the network of
    ``settings`` after some training.

    Each is asked in a process of its own, where it may do what it likes.

    on_message: called with every target that is left out, and why, and with what the others have against the
                network before its training.
    """
    trainer = Trainer(settings, recordings, Path())
    untrained = trainer.build_untrained()
    simpler = [_simplify(untrained, trainer, choose) for choose in _CHOICES]
    looks = {target: Chip(target).look_ahead for target in targets}
    asked = call_each_apart(looks, untrained, simpler, answer=Outlook)
    chosen, left_out = [], []
    for target, outlook in asked.items():
        if isinstance(outlook, BackendError):
            left_out.append(f"left out: {outlook}")
        elif not outlook.lasting.ok:
            left_out.append(f"left out, since no training can make the network fit: {outlook.lasting}")
        else:
            chosen.append(target)
            if not outlook.report.ok:
                on_message(_describe_untrained(outlook.report))
    for line in left_out:
        on_message(line)
    return Volunteers(tuple(chosen), tuple(left_out))


def find_lasting(trainer: Trainer, chip: Chip, untrained: Graph) -> FitReport:
    """Return the errors of ``chip`` against the network of the settings that no training can heal, such as
    its kinds of neurons or the number of its inputs.

    untrained: that of `Trainer.build_untrained`.

    That training makes very many weights 0, on a chip that then has no synapses there, is not reckoned with.
    """
    return chip.find_shared_errors(untrained, (_simplify(untrained, trainer, choose) for choose in _CHOICES))


def _describe_untrained(report: FitReport) -> str:
    return f"before the training, of an untrained network with the synapses that pruning will keep: {report}"


def _simplify(untrained: Graph, trainer: Trainer, choose: Choose) -> Graph:
    """Return a network that is easy to hold, of all that training can make of ``untrained``.

    Training chooses weights and leaks: here they are alike.  It chooses delays among those of the settings;
    here ``choose`` does.  The number of synapses of a pair of neurons is fixed, but for two positions that
    become one, and for pruning by layer, which can remove any of them.
    """
    settings = trainer.settings
    merges = isinstance(settings.network.delays, ContinuousDelays)
    most = 0 if settings.pruning.mode == "layer" else 1 if merges else settings.survivors
    fan_in = max(1, *(np.bincount(p.post).max(initial=0) for p in untrained.projections))
    projections = []
    for p, full in zip(untrained.projections, trainer.build_full().projections, strict=True):
        _, pair = np.unique(np.stack([p.pre, p.post]), axis=1, return_inverse=True)
        order = np.argsort(pair.ravel(), kind="stable")
        pair = pair.ravel()[order]
        number = np.arange(len(pair)) - np.searchsorted(pair, pair)
        few = number < most
        delay = choose(np.unique(full.delay), number[few], pair[few], min(most, number.max(initial=0) + 1))
        weight = np.full(few.sum(), settings.network.threshold / fan_in)
        projections.append(
            replace(p, pre=p.pre[order[few]], post=p.post[order[few]], weight=weight, delay=delay)
        )
    alike = {name: _make_alike(population) for name, population in untrained.populations.items()}
    return untrained.with_(populations=alike, projections=projections)


def _choose_shortest(delays: Index, number: Index, pair: Index, each: int) -> Index:
    """Choose the shortest of ``delays``, the same for every pair of neurons: few steps, and few axons."""
    return np.asarray(delays[number])


def _choose_evenly(delays: Index, number: Index, pair: Index, each: int) -> Index:
    """Choose ``delays`` for the ``each`` synapses of a pair so that all are used as often: few synapses at
    any of them.
    """
    return np.asarray(delays[(pair + number * len(delays) // max(each, 1)) % len(delays)])


_CHOICES: tuple[Choose, ...] = (_choose_shortest, _choose_evenly)


def _make_alike(population: Population) -> Population:
    """Give all neurons of ``population`` the parameters of its first."""
    first = {
        f.name: getattr(population, f.name)[0] for f in fields(population) if f.metadata.get("per_neuron")
    }
    return replace(population, **first)


def _require_targets(reports: Sequence[FitReport], on_message: MessageCallback) -> None:
    """Raise `DoesNotFit` for the first report with findings; ``on_message`` is called with the others."""
    refused = [report for report in reports if not report.ok]
    for report in refused[1:]:
        on_message(f"no training can make the network fit: {report}")
    for report in refused[:1]:
        raise DoesNotFit(report)
