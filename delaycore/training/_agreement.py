"""Comparison of the float32 forward pass of training with the float64 simulation of the exported Graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from delaycore import engine
from delaycore._shown import show_line
from delaycore.datasets import Samples
from delaycore.graph import LIF, AdaptiveLIF, CurrentLIF, Graph, Population
from delaycore.nn import DelayNetwork, evaluate
from delaycore.training._batches import iterate_batches

__all__ = ["Agreement", "measure_agreement"]


@dataclass(frozen=True)
class Agreement:
    """Differences between the spikes of the forward pass and those of the simulation.

    spikes:    number of spikes of the simulation, in all layers and samples.
    differing: number of steps and neurons in which the two differ.
    samples:   number of samples.
    touched:   number of samples with any difference.
    margin:    the largest distance, as a fraction of the threshold, at which a potential lay where a sample's
               first difference began.
    """

    spikes: int
    differing: int
    samples: int
    touched: int
    margin: float

    __repr__ = show_line

    def __str__(self) -> str:
        if not self.differing:
            return (
                f"float32 training and float64 simulation make the same {self.spikes:,} spikes on "
                f"{self.samples} samples"
            )
        where = f"{self.differing:,} of {self.spikes:,} spikes, in {self.touched} of {self.samples} samples"
        return (
            f"float32 training and float64 simulation differ in {where}; each begins where a potential "
            f"lies within {self.margin:.1e} of its threshold"
        )


def measure_agreement(network: DelayNetwork, graph: Graph, samples: Samples, batch: int = 256) -> Agreement:
    """Compare ``network`` in its own precision with ``graph`` on ``samples``."""
    activity = engine.simulate(graph, samples.spikes, states=True)
    names = network.hidden
    with evaluate(network), torch.no_grad():
        passes = [network(x).spikes for x, _ in iterate_batches(samples, batch, network.weights[0])]
    forward = {n: np.concatenate([p[n].cpu().numpy().transpose(1, 0, 2) > 0 for p in passes]) for n in names}
    differs = {n: forward[n] != activity.spikes[n] for n in names}
    touched = np.flatnonzero(np.any([d.any(axis=(1, 2)) for d in differs.values()], axis=0))
    thresholds = {n: _compute_thresholds(graph.populations[n], activity.spikes[n]) for n in names}
    distances = {n: np.abs(activity.potentials[n] - thresholds[n]) / thresholds[n] for n in names}
    margins = [
        _measure_margin({n: d[s] for n, d in differs.items()}, {n: d[s] for n, d in distances.items()})
        for s in touched
    ]
    return Agreement(
        spikes=sum(int(activity.spikes[n].sum()) for n in names),
        differing=sum(int(d.sum()) for d in differs.values()),
        samples=len(samples),
        touched=len(touched),
        margin=max(margins, default=0.0),
    )


def _compute_thresholds(population: Population, spikes: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Compute the potential at which each neuron fires in each step, of the shape of ``spikes`` [samples,
    steps, neurons].
    """
    assert isinstance(population, LIF | CurrentLIF | AdaptiveLIF)
    found = np.broadcast_to(population.threshold, spikes.shape).copy()
    if isinstance(population, AdaptiveLIF):
        trace = np.zeros(spikes[:, 0].shape)
        for t in range(1, spikes.shape[1]):
            trace = population.retain_trace * trace + population.adaptation * spikes[:, t - 1]
            found[:, t] += trace
    return found


def _measure_margin(differs: dict[str, NDArray[Any]], distances: dict[str, NDArray[Any]]) -> float:
    """Measure the relative distance to the threshold where one sample's first difference lies; a later one
    may follow from it.
    """
    step = min(int(np.flatnonzero(d.any(axis=1))[0]) for d in differs.values() if d.any())
    name = next(n for n, d in differs.items() if d[step].any())
    return float(np.max(distances[name][step, differs[name][step]]))
