"""One row of a run's table: a network, what it answers, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from delaycore.activity import Activity
from delaycore.graph import Graph
from delaycore.hardware import Cost, Losses

__all__ = ["Point", "Row", "mean_interval", "plus_minus", "row"]


class Row(BaseModel):
    """A network on the test samples.

    correct, samples: right answers of how many; accuracy and interval follow: the interval is Wilson's, 95 %.
    same:        fraction of samples with the same prediction as the software network that it was made from.
    synapses:    each with a weight and a delay.
    spikes:      per sample, by population that fires, inputs included.
    latency, energy, memory: seconds and joules per sample, bits; None for software.
    delay_memory: fraction of the memory that holds spikes until they are due.
    note:        what a reader should know, such as why a network does not fit.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    correct: int | None = None
    samples: int | None = None
    accuracy: float | None = None
    interval: tuple[float, float] | None = None
    same: float | None = None
    synapses: int | None = None
    spikes: Mapping[str, float] = {}
    latency: float | None = None
    energy: float | None = None
    memory: float | None = None
    delay_memory: float | None = None
    note: str = ""


def row(
    name: str,
    title: str,
    predictions: NDArray[np.int64],
    labels: NDArray[np.int64],
    *,
    graph: Graph | None = None,
    activity: Activity | None = None,
    cost: Cost | None = None,
    software: NDArray[np.int64] | None = None,
    note: str = "",
) -> Row:
    """The row of a network that gave ``predictions`` [samples]; ``software`` are those of the network that it
    was made from.
    """
    from scipy.stats import binomtest

    correct, samples = int((predictions == labels).sum()), len(labels)
    interval = binomtest(correct, samples).proportion_ci(0.95, "wilson")
    firing = [n for n, p in graph.populations.items() if p.spikes] if graph is not None else []
    return Row(
        name=name,
        title=title,
        correct=correct,
        samples=samples,
        accuracy=correct / samples,
        interval=(float(interval.low), float(interval.high)),
        same=None if software is None else float((predictions == software).mean()),
        synapses=None if graph is None else graph.synapses,
        spikes={} if activity is None else {n: float(activity.spikes[n].sum()) / samples for n in firing},
        latency=None if cost is None else cost.latency.mean,
        energy=None if cost is None else cost.energy.mean,
        memory=None if cost is None else cost.memory_total,
        delay_memory=None if cost is None else cost.delay_memory_share,
        note=note,
    )


class Point(BaseModel):
    """One deployment: accuracy on ``samples`` test samples, cost per sample in joules and seconds.

    software: the accuracy of the network in float.
    losses:   what was altered on the way from its first weights to the chip.
    budget:   how much of each limit it takes, as a fraction, by amount; empty where there is no budget for
              the chip.
    """

    model_config = ConfigDict(frozen=True)

    target: str
    setting: str
    way: str
    seed: int
    software: float
    accuracy: float | None
    same: float | None
    energy: float | None
    latency: float | None
    samples: int
    note: str = ""
    losses: Losses = Losses()
    budget: Mapping[str, float] = {}


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half of its 95 % interval (Student's t over seeds; NaN for one value)."""
    from scipy.stats import t

    array = np.asarray(values, dtype=np.float64)
    if len(array) < 2:
        return float(array.mean()), float("nan")
    return float(array.mean()), float(t.ppf(0.975, len(array) - 1) * array.std(ddof=1) / np.sqrt(len(array)))


def plus_minus(interval: tuple[float, float], digits: int, sign: str = "") -> str:
    """A mean with half of its interval, if there is one; ``sign``: "+" for the sign of positive means,
    too.
    """
    mean, half = interval
    return f"{mean:{sign}.{digits}f}" if np.isnan(half) else f"{mean:{sign}.{digits}f} +- {half:.{digits}f}"
