"""The events of a run by step and core: all that time and energy are computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.activity import Activity
from delaycore_loihi.routes import Routes

__all__ = ["Counts", "counted"]

Whole = NDArray[np.int64]


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
    """

    synapses: Whole
    active: Whole
    inactive: Whole
    messages: Whole
    hops: Whole
    far: Whole
    inputs: Whole
    tiles: int


def counted(routes: Routes, activity: Activity) -> Counts:
    """The counts of what happened on the chip, from spikes and potentials of the populations of `whole`."""
    samples, steps = next((s.shape[:2] for s in activity.spikes.values()), (0, 0))
    cores = len(routes.compartments)
    synapses, active, messages = (np.zeros((samples, steps, cores), dtype=np.int64) for _ in range(3))
    hops, far = (np.zeros((samples, steps, 2), dtype=np.int64) for _ in range(2))
    inputs = np.zeros(samples, dtype=np.int64)
    names = {name.rpartition("[")[0]: name for name in activity.spikes}
    for s, route in routes.slices.items():
        name, here = names[s.population], slice(s.start, s.stop)
        spikes = activity.spikes[name][:, :, here]
        synapses += _made(spikes, route.synapses)
        if route.core is None:
            inputs += spikes.sum(axis=(1, 2))
            continue
        active[:, :, route.core] += np.count_nonzero(activity.potentials[name][:, :, here], axis=2)
        messages[:, :, route.core] += _made(spikes, route.messages[:, None])[:, :, 0]
        hops += _made(spikes, route.hops)
        far = _farther(far, spikes, route.far)
    return Counts(synapses, active, routes.compartments - active, messages, hops, far, inputs, routes.tiles)


def _made(spikes: NDArray[np.bool_], each: Whole) -> Whole:
    """Events when a spike of neuron i makes ``each[i]`` of every column, [samples, steps, columns]."""
    samples, steps, neurons = spikes.shape
    made = spikes.reshape(-1, neurons).astype(np.float64) @ each.astype(np.float64)  # whole numbers below 2^53: exact
    return np.rint(made).astype(np.int64).reshape(samples, steps, each.shape[1])


def _farther(far: Whole, spikes: NDArray[np.bool_], ways: Whole) -> Whole:
    """The longer of ``far`` and the ways that these spikes take, by tiles in all."""
    for way in np.unique(ways, axis=0):
        taken = spikes[:, :, (ways == way).all(axis=1)].any(axis=2) & (way.sum() > far.sum(axis=2))
        far = np.where(taken[:, :, None], way, far)
    return far
