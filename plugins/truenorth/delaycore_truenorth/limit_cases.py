"""For the conformance suite: networks at and above each limit, and how to draw the chip's own neurons."""

from __future__ import annotations

import numpy as np

from delaycore.conformance import ConformanceProfile, LimitCase
from delaycore.graph import LIF, Graph, Input, Projection
from delaycore_truenorth.neuron import LinearLeak
from delaycore_truenorth.spec import LIMITS

__all__ = ["build_profile"]


def build_profile() -> ConformanceProfile:
    """Limit cases, placements, and why the other limits have none."""
    makers = {"delay.range": _delays, "core.axons": _fan_in, "core.neurons": _fan_out, "chip.cores": _lone}
    one_per_core = {"chip.cores": {"neurons_per_core": 1}}
    cases = {}
    for code, make in makers.items():
        most = int(LIMITS[code])
        cases[code] = LimitCase(make(most), make(most + 1), options=one_per_core.get(code, {}))
    return ConformanceProfile(
        edges=cases,
        unchecked=_UNCHECKED,
        placements=({"neurons_per_core": 3}, {"neurons_per_core": 5}),
        populations={"linear_leak": _draw},
    )


_UNCHECKED = {
    "weight.values": "quantize gives each synapse the nearest of its neuron's weights and lists the loss",
    "weight": "a power of two for each population makes the largest weight fit",
    "threshold": "a power of two for each population makes the largest threshold fit",
    "leak": "a power of two for each population makes the largest leak fit",
    "potential": "only a run shows it, and counts what was clipped",
}


def _draw(rng: np.random.Generator, size: int) -> LinearLeak:
    reset = str(rng.choice(["zero", "subtract"]))
    return LinearLeak(size, threshold=1.0, leak=rng.uniform(0.0, 0.1, size), reset=reset)


def _lif(size: int) -> LIF:
    return LIF(size, retain=1.0, threshold=0.5)


def _delays(longest: int) -> Graph:
    way = Projection("in", "h", [0, 0], [0, 1], [1.0, 1.0], [1, longest])
    return Graph(1e-3, {"in": Input(1), "h": _lif(2)}, [way])


def _fan_in(axons: int) -> Graph:
    pre, one = np.arange(axons), np.ones(axons, int)
    return Graph(1e-3, {"in": Input(axons), "h": _lif(1)}, [Projection("in", "h", pre, pre * 0, one, one)])


def _fan_out(copies: int) -> Graph:
    """A neuron that feeds ``copies`` axons on two cores."""
    half = {"a": copies // 2, "b": copies - copies // 2}
    ways = [Projection("h", name, [0] * n, [0] * n, [1.0] * n, [1] * n) for name, n in half.items()]
    populations = {"in": Input(1)} | {name: _lif(1) for name in "hab"}
    return Graph(1e-3, populations, [Projection("in", "h", [0], [0], [1.0], [1]), *ways])


def _lone(size: int) -> Graph:
    return Graph(1e-3, {"in": Input(1), "h": _lif(size)}, [Projection("in", "h", [0], [0], [1.0], [1])])
