"""How full the delay queues of a core will be, from rates that are assumed or from spikes that were
recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore.delay_memory import Occupancy, compute_occupancy
from delaycore.errors import SettingsError
from delaycore_seneca.mapping._layer import Layer
from delaycore_seneca.options import Activity

__all__ = ["QueueWords", "count_words", "describe_activity", "estimate_queue_words"]


class QueueWords(NamedTuple):
    """Events that queues hold: the most in a step, and in the mean over the steps of a sample."""

    peak: float
    mean: float


def estimate_queue_words(
    on_core: Sequence[Layer], activity: Activity, steps: int | None, software: bool
) -> QueueWords:
    """Estimate how full the queues of ``on_core`` will be together.

    A source's event takes a word in each step of its life, and one more in the second FIFO in each but the
    last, which lists in ``software`` do not have.  Recorded spikes are counted.  At a rate, the mean follows
    the filling of the queue over ``steps`` (None: a queue that has filled), and the peak lies three standard
    deviations of independent spikes above a filled queue.
    """
    queued = [layer.with_filter() for layer in on_core if layer.delayed]
    if not queued:
        return QueueWords(0.0, 0.0)
    if _is_recorded(activity):
        observed = [
            count_words(
                compute_occupancy(layer.arriving(_require_sources(layer, activity)), layer.gate, layer.ages),
                software,
            )
            for layer in queued
        ]
        words = np.asarray(sum(observed))
        return QueueWords(float(words.max(initial=0)), float(words.mean()) if words.size else 0.0)
    longest = max(layer.gate.levels for layer in queued)
    mean, variance = np.zeros(longest), np.zeros(longest)  # that events of each age add
    most = 0
    for layer in queued:
        held = _count_words_by_age(layer, software)
        rate = np.concatenate(
            [np.full(fan.sources, _require_sources(layer, activity)[fan.source]) for fan in layer.fans]
        )
        mean[: held.shape[1]] += rate @ held
        variance[: held.shape[1]] += (rate * (1 - rate)) @ held**2
        most += int(held.sum())
    filling = mean.cumsum()
    ages = np.arange(longest if steps is None else steps)
    over = filling[-1] if steps is None else float(filling[np.minimum(ages, longest - 1)].mean())
    return QueueWords(min(float(most), filling[-1] + 3 * sqrt(variance.sum())), over)


def count_words(observed: Occupancy, software: bool) -> NDArray[np.int64]:
    """Words that were taken in each step, [samples, steps]: of both FIFOs, or of the lists of the
    RISC-V.
    """
    return observed.held + observed.arrived if software else observed.words


def describe_activity(activity: Activity) -> str:
    """The source of a prediction, in words."""
    if _is_recorded(activity):
        return "recorded spikes"
    if isinstance(activity, Mapping):
        return "assumed: spikes per neuron and step of " + ", ".join(
            f"{name} {rate:g}" for name, rate in activity.items()
        )
    return f"assumed: {activity:g} spikes per neuron and step"


def _is_recorded(activity: Activity) -> bool:
    return isinstance(activity, Mapping) and any(isinstance(x, np.ndarray) for x in activity.values())


def _require_sources(layer: Layer, activity: Activity) -> Mapping[str, Any]:
    """The activity of each source population of a layer."""
    if not isinstance(activity, Mapping):
        return {fan.source: float(activity) for fan in layer.fans}
    if missing := [fan.source for fan in layer.fans if fan.source not in activity]:
        raise SettingsError.at(
            "option 'activity'", f"says nothing of {', '.join(missing)}", "give every population that fires"
        )
    return activity


def _count_words_by_age(layer: Layer, software: bool) -> NDArray[np.int64]:
    """Words that an event of each source takes at each age, [sources, levels]."""
    age, gate = np.arange(layer.gate.levels), layer.gate
    first, last = layer.ages[:, None], np.maximum(gate.lifetimes - 1, layer.ages)[:, None]
    return np.asarray(
        ((age >= first) & (age <= last)) * (1 + ((age < last) & (not software))), dtype=np.int64
    )
