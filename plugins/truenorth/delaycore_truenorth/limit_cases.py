"""For the conformance suite: networks at and above each limit, and how to draw the chip's own neurons."""

from __future__ import annotations

from typing import Any

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
        limit_cases=cases,
        unchecked=_UNCHECKED,
        placements=({"neurons_per_core": 3}, {"neurons_per_core": 5}),
        populations={"linear_leak": _draw},
    )


_UNCHECKED = {
    "weight.values": "quantize gives each synapse the nearest of its neuron's weights and lists the loss",
    "potential": "only a run shows it, and counts what was clipped",
    **dict.fromkeys(("weight", "threshold", "leak"), "a power of two for each population makes them fit"),
}


def _draw(rng: np.random.Generator, size: int) -> LinearLeak:
    return LinearLeak(size, 1.0, rng.uniform(0.0, 0.1, size), str(rng.choice(["zero", "subtract"])))


def _join(sources: int, targets: int, pre: Any, post: Any, delay: Any) -> Graph:
    """Inputs and neurons, joined by synapses of weight 1."""
    way = Projection("in", "h", pre, post, np.ones(len(pre)), delay)
    return Graph(1e-3, {"in": Input(sources), "h": LIF(targets, retain=1.0, threshold=0.5)}, [way])


def _delays(longest: int) -> Graph:
    return _join(1, 2, [0, 0], [0, 1], [1, longest])


def _fan_in(axons: int) -> Graph:
    return _join(axons, 1, range(axons), [0] * axons, [1] * axons)


def _fan_out(copies: int) -> Graph:
    """A neuron that feeds ``copies`` axons on two cores."""
    one, half = _lone(1), {"a": copies // 2, "b": copies - copies // 2}
    ways = [Projection("h", name, [0] * n, [0] * n, [1.0] * n, [1] * n) for name, n in half.items()]
    populations = {**one.populations, **dict.fromkeys(half, one.populations["h"])}
    return one.with_(populations=populations, projections=[*one.projections, *ways])


def _lone(size: int) -> Graph:
    return _join(1, size, [0], [0], [1])
