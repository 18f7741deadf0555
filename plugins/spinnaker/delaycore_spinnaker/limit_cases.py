"""For the conformance suite: networks at and above each limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from delaycore import LIF, Graph, Input, Projection
from delaycore.conformance import ConformanceProfile, LimitCase
from delaycore_spinnaker.spec import LIMITS

__all__ = ["PROFILE"]


def _join(
    inputs: int, neurons: int, pre: Sequence[int], post: Sequence[int], delay: Sequence[int], rest: int = 0
) -> Graph:
    cells = LIF(neurons, retain=0.5, threshold=0.5, refractory=rest)
    synapses = Projection("in", "h", pre, post, np.ones(len(pre)), delay)
    return Graph(1e-3, {"in": Input(inputs), "h": cells}, [synapses])


def _case(code: str, make: Callable[[int], Graph], **options: int) -> LimitCase:
    most = int(LIMITS[code])
    return LimitCase(make(most), make(most + 1), options=options)


PROFILE = ConformanceProfile(
    limit_cases={
        "delay.range": _case("delay.range", lambda n: _join(1, 2, [0, 0], [0, 1], [1, n])),
        "refractory.range": _case("refractory.range", lambda n: _join(1, 1, [0], [0], [1], rest=n)),
        # a neuron that hears one of every 256 inputs, so that so many cores send to its chip
        "router.entries": _case(
            "router.entries", lambda n: _join(256 * n, 1, range(0, 256 * n, 256), [0] * n, [1] * n)
        ),
        "row.synapses": _case("row.synapses", lambda n: _join(1, 1, [0] * n, [0] * n, [1] * n)),
        "chip.cores": _case("chip.cores", lambda n: _join(1, n, [0], [0], [1]), neurons_per_core=1),
    },
    unchecked={
        "core.neurons": "populations are cut into slices of so many; only options or slices exceed it",
        "core.dtcm": "256 neurons take 48 KB; no options that pass the other limits exceed 64 KB",
        "chip.sdram": "123 MB of rows would take 30 million synapses; the tests check the sum of bytes",
        "ring.sum": "a warning: rings saturate in a run, which counts it",
        "weight": "the scale is chosen so that every weight fits, and what does not is a loss",
        "tick.cycles": "only a run shows it",
    },
    placements=({"neurons_per_core": 2}, {"neurons_per_core": 3}),
)
