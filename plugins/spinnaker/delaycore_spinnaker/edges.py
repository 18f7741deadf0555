"""For the conformance suite: networks at and above each limit."""

from __future__ import annotations

import numpy as np

from delaycore.conformance import ConformanceProfile, LimitCase
from delaycore.graph import LIF, Graph, Input, Projection
from delaycore_spinnaker.spec import LIMITS

__all__ = ["profile"]


def profile() -> ConformanceProfile:
    """Edges, placements, and why the other limits have none."""
    cores, reach, row, entries = (
        int(LIMITS[name]) for name in ("board.cores", "delay.range", "row.synapses", "router.entries")
    )
    return ConformanceProfile(
        edges={
            "delay.range": LimitCase(_delays(reach), _delays(reach + 1)),
            "router.entries": LimitCase(_senders(entries), _senders(entries + 1)),
            "row.synapses": LimitCase(_parallel(row), _parallel(row + 1)),
            "board.cores": LimitCase(_lone(cores), _lone(cores + 1), options={"neurons_per_core": 1}),
        },
        unchecked={
            "core.neurons": (
                "populations are cut into slices of so many neurons; only the option neurons_per_core "
                "can exceed it"
            ),
            "core.dtcm": (
                "256 neurons with their rings take 48 KB; no choice of options that passes the other "
                "limits exceeds 64 KB"
            ),
            "chip.sdram": (
                "123 MB of rows would take a network of 30 million synapses; the tests check the sum of bytes"
            ),
            "ring.sum": "a warning: rings saturate in a run, which counts it",
            "weight": "the scale is chosen so that every weight fits, and what does not is a loss",
            "tick.cycles": "only a run shows it",
        },
        placements=({"neurons_per_core": 2}, {"neurons_per_core": 3}),
    )


def _lif(size: int) -> LIF:
    return LIF(size, retain=0.5, threshold=0.5)


def _delays(longest: int) -> Graph:
    return Graph(
        1e-3,
        {"in": Input(1), "h": _lif(2)},
        [Projection("in", "h", [0, 0], [0, 1], [1.0, 1.0], [1, longest])],
    )


def _parallel(number: int) -> Graph:
    zeros = np.zeros(number, dtype=int)
    return Graph(
        1e-3,
        {"in": Input(1), "h": _lif(1)},
        [Projection("in", "h", zeros, zeros, np.full(number, 0.5), zeros + 1)],
    )


def _senders(parts: int) -> Graph:
    """A neuron that hears one of every 256 inputs, so that so many cores send to its chip."""
    pre = 256 * np.arange(parts)
    return Graph(
        1e-3,
        {"in": Input(256 * parts), "h": _lif(1)},
        [Projection("in", "h", pre, pre * 0, np.ones(parts), pre * 0 + 1)],
    )


def _lone(size: int) -> Graph:
    return Graph(1e-3, {"in": Input(1), "h": _lif(size)}, [Projection("in", "h", [0], [0], [1.0], [1])])
