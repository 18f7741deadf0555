"""The events of a run by step and core: all that time and energy are computed from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Slice
from delaycore_loihi.routes import Routes

__all__ = ["Counts", "counted", "joined_counts"]

Whole = NDArray[np.int64]


def _none() -> Whole:
    """Counts that nobody took: they add nothing."""
    return np.zeros((1, 1, 1), dtype=np.int64)


@dataclass(frozen=True)
class Counts:
    """Events in the chip's time, recorded or assumed.

    synapses: synaptic operations, in the step of the spike that causes them, [samples, steps, cores].
    active:   neuron updates with a potential other than 0, [samples, steps, cores].
    inactive: the updates of all other compartments in use, [samples, steps, cores].
    messages: sent by each core, [samples, steps, cores].
    hops:     tiles that all messages cross, east-west and north-south, [samples, steps, 2].
    far:      tiles crossed on the longest way, [samples, steps, 2].
    inputs:   input spikes, [samples].
    tiles:    in use.
    dense:    synaptic operations in dense lists, part of ``synapses``.
    received: messages that reach each core, those of input spikes among them.
    fired:    neurons of each core that fire, part of ``active``.
    pipeline: of the steps, those that the network's depth adds to a sample.
    """

    synapses: Whole
    active: Whole
    inactive: Whole
    messages: Whole
    hops: Whole
    far: Whole
    inputs: Whole
    tiles: int
    dense: Whole = field(default_factory=_none)
    received: Whole = field(default_factory=_none)
    fired: Whole = field(default_factory=_none)
    pipeline: int = 0


def counted(
    routes: Routes,
    spikes: Mapping[str, NDArray[np.bool_]],
    active: Callable[[Slice], Whole],
    pipeline: int = 0,
) -> Counts:
    """The counts of what happened on the chip.

    spikes: in the chip's time, bool [samples, steps, neurons], by population.
    active: how many neurons of a slice are not at rest, [samples, steps].
    """
    samples, steps = next((s.shape[:2] for s in spikes.values()), (0, 0))
    cores = len(routes.compartments)
    synapses, dense, received, awake, messages, fired = (
        np.zeros((samples, steps, cores), dtype=np.int64) for _ in range(6)
    )
    hops, far = (np.zeros((samples, steps, 2), dtype=np.int64) for _ in range(2))
    inputs = np.zeros(samples, dtype=np.int64)
    for s, route in routes.slices.items():
        here = spikes[s.population][:, :, s.start : s.stop]
        synapses += _made(here, route.synapses)
        dense += _made(here, route.dense)
        received += _made(here, route.messages)
        if route.core is None:
            inputs += here.sum(axis=(1, 2))
            continue
        awake[:, :, route.core] += active(s)
        fired[:, :, route.core] += here.sum(axis=2)
        messages[:, :, route.core] += _made(here, route.messages.sum(axis=1, keepdims=True))[:, :, 0]
        hops += _made(here, route.hops)
        far = _farther(far, here, route.far)
    return Counts(
        synapses,
        awake,
        routes.compartments - awake,
        messages,
        hops,
        far,
        inputs,
        routes.tiles,
        dense,
        received,
        fired,
        pipeline,
    )


def _made(spikes: NDArray[np.bool_], each: Whole) -> Whole:
    """Events when a spike of neuron i makes ``each[i]`` of every column, [samples, steps, columns]."""
    samples, steps, neurons = spikes.shape
    made = np.zeros((samples, steps, each.shape[1]), dtype=np.int64)
    used = np.flatnonzero(each.any(axis=0))
    if used.size:
        events = spikes.reshape(-1, neurons).astype(np.float64) @ each[:, used].astype(
            np.float64
        )  # whole numbers below 2^53: exact
        made[:, :, used] = np.rint(events).reshape(samples, steps, len(used))
    return made


def _farther(far: Whole, spikes: NDArray[np.bool_], ways: Whole) -> Whole:
    """The longer of ``far`` and the ways that these spikes take, by tiles in all."""
    for way in np.unique(ways, axis=0):
        taken = spikes[:, :, (ways == way).all(axis=1)].any(axis=2) & (way.sum() > far.sum(axis=2))
        far = np.where(taken[:, :, None], way, far)
    return far


def joined_counts(parts: Sequence[Counts]) -> Counts:
    """The counts of successive samples as those of all."""
    whole = {f.name: getattr(parts[0], f.name) for f in fields(Counts)}
    arrays = {
        name: np.concatenate([getattr(p, name) for p in parts])
        for name, value in whole.items()
        if isinstance(value, np.ndarray)
    }
    return Counts(**(whole | arrays))
