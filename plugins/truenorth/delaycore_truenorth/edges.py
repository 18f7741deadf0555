"""For the conformance suite: networks at and above each limit, and how to draw the chip's own neurons."""

from __future__ import annotations

import numpy as np

from delaycore.conformance import ConformanceProfile, LimitCase
from delaycore.graph import LIF, Graph, Input, Projection
from delaycore_truenorth.neuron import LinearLeak
from delaycore_truenorth.spec import LIMITS

__all__ = ["profile"]


def profile() -> ConformanceProfile:
    """Edges, placements, and why the other limits have none."""
    longest, axons, neurons, cores = (
        int(LIMITS[name]) for name in ("delay.range", "core.axons", "core.neurons", "chip.cores")
    )
    return ConformanceProfile(
        limit_cases={
            "delay.range": LimitCase(_delays(longest), _delays(longest + 1)),
            "core.axons": LimitCase(_fan_in(axons), _fan_in(axons + 1)),
            "core.neurons": LimitCase(_fan_out(neurons), _fan_out(neurons + 1)),
            "chip.cores": LimitCase(_lone(cores), _lone(cores + 1), options={"neurons_per_core": 1}),
        },
        unchecked={
            "weight.values": (
                "quantize gives each synapse the nearest of its neuron's four weights and lists the loss"
            ),
            "weight": "a power of two for each population makes the largest weight fit",
            "threshold": "a power of two for each population makes the largest threshold fit",
            "leak": "a power of two for each population makes the largest leak fit",
            "potential": "only a run shows it, and counts what was clipped",
        },
        placements=({"neurons_per_core": 3}, {"neurons_per_core": 5}),
        populations={"linear_leak": _draw},
    )


def _draw(rng: np.random.Generator, size: int) -> LinearLeak:
    return LinearLeak(
        size, threshold=1.0, leak=rng.uniform(0.0, 0.1, size), reset=str(rng.choice(["zero", "subtract"]))
    )


def _lif(size: int) -> LIF:
    return LIF(size, retain=1.0, threshold=0.5)


def _delays(longest: int) -> Graph:
    return Graph(
        1e-3,
        {"in": Input(1), "h": _lif(2)},
        [Projection("in", "h", [0, 0], [0, 1], [1.0, 1.0], [1, longest])],
    )


def _fan_in(axons: int) -> Graph:
    pre = np.arange(axons)
    return Graph(
        1e-3,
        {"in": Input(axons), "h": _lif(1)},
        [Projection("in", "h", pre, pre * 0, np.ones(axons), pre * 0 + 1)],
    )


def _fan_out(copies: int) -> Graph:
    """A neuron that feeds ``copies`` axons on two cores."""
    half = {"a": copies // 2, "b": copies - copies // 2}
    ways = [
        Projection("h", name, np.zeros(n, int), np.zeros(n, int), np.ones(n), np.ones(n, int))
        for name, n in half.items()
    ]
    return Graph(
        1e-3,
        {"in": Input(1), "h": _lif(1), "a": _lif(1), "b": _lif(1)},
        [Projection("in", "h", [0], [0], [1.0], [1]), *ways],
    )


def _lone(size: int) -> Graph:
    return Graph(1e-3, {"in": Input(1), "h": _lif(size)}, [Projection("in", "h", [0], [0], [1.0], [1])])
