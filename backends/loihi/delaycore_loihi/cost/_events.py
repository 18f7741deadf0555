"""The events of a run by step and core: all that time and energy are computed from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Slice
from delaycore_loihi.cost._routes import Routes

__all__ = ["EventCounts", "concatenate_counts", "count_events"]

Integers = NDArray[np.int64]

_BLOCK_BYTES = 16 << 20
"""Spikes are multiplied, as floats, for so many samples at a time."""


def _make_none() -> Integers:
    """Return counts that nobody took: they add nothing."""
    return np.zeros((1, 1, 1), dtype=np.int64)


@dataclass(frozen=True)
class EventCounts:
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

    synapses: Integers
    active: Integers
    inactive: Integers
    messages: Integers
    hops: Integers
    far: Integers
    inputs: Integers
    tiles: int
    dense: Integers = field(default_factory=_make_none)
    received: Integers = field(default_factory=_make_none)
    fired: Integers = field(default_factory=_make_none)
    pipeline: int = 0


def count_events(
    routes: Routes,
    spikes: Mapping[str, NDArray[np.bool_]],
    count_active: Callable[[Slice], Integers],
    pipeline: int = 0,
) -> EventCounts:
    """Return the counts of what happened on the chip.

    spikes:       in the chip's time, bool [samples, steps, neurons], by population.
    count_active: returns how many neurons of a slice are not at rest, [samples, steps].
    """
    samples, steps = next((s.shape[:2] for s in spikes.values()), (0, 0))
    cores = len(routes.compartments)
    synapses, dense, received, active, messages, fired = (
        np.zeros((samples, steps, cores), dtype=np.int64) for _ in range(6)
    )
    hops, far = (np.zeros((samples, steps, 2), dtype=np.int64) for _ in range(2))
    inputs = np.zeros(samples, dtype=np.int64)
    for s, route in routes.slices.items():
        here = spikes[s.population][:, :, s.start : s.stop]
        synapses += _multiply(here, route.synapses)
        dense += _multiply(here, route.dense)
        received += _multiply(here, route.messages)
        if route.core is None:
            inputs += here.sum(axis=(1, 2))
            continue
        active[:, :, route.core] += count_active(s)
        fired[:, :, route.core] += here.sum(axis=2)
        messages[:, :, route.core] += _multiply(here, route.messages.sum(axis=1, keepdims=True))[:, :, 0]
        hops += _multiply(here, route.hops)
        far = _select_farther(far, here, route.far)
    inactive = routes.compartments - active
    return EventCounts(
        synapses,
        active,
        inactive,
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


def _multiply(spikes: NDArray[np.bool_], each: Integers) -> Integers:
    """Return the events when a spike of neuron i causes ``each[i]`` of every column, [samples, steps,
    columns].
    """
    samples, steps, neurons = spikes.shape
    events = np.zeros((samples, steps, each.shape[1]), dtype=np.int64)
    used = np.flatnonzero(each.any(axis=0))
    if not used.size:
        return events
    # Whole numbers below 2^53: exact in floats, which multiply faster.
    weights = each[:, used].astype(np.float64)
    block = max(1, _BLOCK_BYTES // max(1, 8 * steps * (neurons + len(used))))
    for n in range(0, samples, block):
        sent = spikes[n : n + block]
        product = sent.reshape(len(sent) * steps, neurons).astype(np.float64) @ weights
        events[n : n + block, :, used] = np.rint(product).reshape(len(sent), steps, len(used))
    return events


def _select_farther(far: Integers, spikes: NDArray[np.bool_], ways: Integers) -> Integers:
    """Return the longer of ``far`` and the ways that these spikes take, by tiles in all."""
    for way in np.unique(ways, axis=0):
        taken = spikes[:, :, (ways == way).all(axis=1)].any(axis=2) & (way.sum() > far.sum(axis=2))
        far = np.where(taken[:, :, None], way, far)
    return far


def concatenate_counts(parts: Sequence[EventCounts]) -> EventCounts:
    """Return the counts of successive samples as those of all."""
    arrays: dict[str, Any] = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts])
        for f in fields(EventCounts)
        if isinstance(getattr(parts[0], f.name), np.ndarray)
    }
    return replace(parts[0], **arrays)
