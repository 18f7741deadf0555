"""For the conformance suite: for each limit of the spec, a network at it and one above it."""

from __future__ import annotations

from typing import Any

import numpy as np

from delaycore.conformance import ConformanceProfile, LimitCase
from delaycore.graph import LIF, Graph, Input, Projection
from delaycore_seneca.spec import LIMITS

__all__ = ["PROFILE"]


def _graph(sources: int = 3, targets: int = 2, delay: int = 1, **neuron: Any) -> Graph:
    cells = LIF(targets, **{"retain": 0.9, "threshold": 1.0} | neuron)
    return Graph(1e-3, {"in": Input(sources), "h": cells}, [Projection("in", "h", [0], [0], [0.5], [delay])])


def _fan_in(levels: int) -> Graph:
    """A neuron of a thousand sources, each with so many delays."""
    return Graph.from_arrays([np.ones((levels, 1000, 1))], [np.arange(levels)])


def _chain(layers: int) -> Graph:
    return Graph.from_arrays([np.ones((1, 1))] * layers)


_DELAY, _CORES, _NEURONS = int(LIMITS["delay.range"]), int(LIMITS["cores"]), int(LIMITS["neurons.core"])
_LARGEST = float(LIMITS["number.largest"])
_SOURCES, _REFRACTORY = int(LIMITS["event.sources"]), int(LIMITS["population.refractory"])

PROFILE = ConformanceProfile(
    edges={
        "memory.data": LimitCase(_fan_in(14), _fan_in(15)),
        "event.sources": LimitCase(_graph(sources=_SOURCES), _graph(sources=_SOURCES + 1)),
        "delay.range": LimitCase(_graph(delay=_DELAY), _graph(delay=_DELAY + 1)),
        "neurons.core": LimitCase(_graph(targets=_CORES * _NEURONS), _graph(targets=_CORES * _NEURONS + 1)),
        "fan_in.core": LimitCase(_fan_in(14), _fan_in(15)),
        "number.largest": LimitCase(
            _graph(threshold=_LARGEST), _graph(threshold=2 * _LARGEST), code="number.overflow"
        ),
        "cores": LimitCase(_chain(_CORES), _chain(_CORES + 1)),
        "population.refractory": LimitCase(
            _graph(refractory=_REFRACTORY), _graph(refractory=_REFRACTORY + 1)
        ),
    },
    unchecked={
        "queue.words": (
            "how full the delay queue gets depends on the spikes: a warning of check, an error of the "
            "run that overran it"
        ),
        "weight.bits": (
            "an option, of which larger numbers are refused with a SettingsError; what quantize rounds "
            "and clips to fewer bits it lists"
        ),
        "event.bits": (
            "the word that event.address_bits shares out; its two halves are the limits event.sources "
            "and delay.range"
        ),
        "memory.instructions": (
            "the mapper gives layers whose programs find no room cores of their own; a price with a "
            "placement can go over it"
        ),
        "npe.registers": (
            "of our own micro-kernels, which all keep to it; the option grouping ends where its kernel "
            "would not"
        ),
        "event.address_bits": "an option; the limits event.sources and delay.range follow from it",
    },
    placements=(
        {"cores": 2},
        {"cores": 6, "layout": "dense"},
        {"layers_per_core": 2, "layout": "compressed"},
    ),
)
