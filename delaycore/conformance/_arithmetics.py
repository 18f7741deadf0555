"""Arithmetics of every sort that the core knows, and live networks brought under them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any, Literal

from delaycore.conformance._networks import LiveNetwork, calibrate_activity
from delaycore.graph import Arithmetic, Format, Population, fixed_point

__all__ = ["list_arithmetics", "round_network"]

SCALE = 64.0
"""Steps of a whole-number arithmetic per unit of a live network's potential."""


def list_arithmetics() -> dict[str, Arithmetic]:
    """Every family of formats, with arrivals in a total, in the state and apart by sign, both roundings of
    sums, both thresholds, both kinds of overflow.

    The whole numbers are narrow, so that networks under them do leave their range.
    """
    floats = [
        Arithmetic.float64(),
        Arithmetic.float32(),
        Arithmetic.bfloat16("state"),
        Arithmetic.bfloat16("total"),
    ]
    floats = [replace(a, name=f"{a.name} {a.arrivals}") for a in floats]
    floats.append(replace(floats[2], name="bfloat16 state, > after last", additions="last", fires=">"))
    floats.append(
        replace(floats[1], name="float32 state, > after last", arrivals="state", additions="last", fires=">")
    )
    overflows: tuple[Literal["wrap", "clip"], ...] = ("wrap", "clip")
    wholes = [
        _make_fixed_point(overflow, arrivals, additions, fires)
        for (overflow, arrivals), (additions, fires) in product(
            product(overflows, ("total", "state")), (("each", ">="), ("last", ">"))
        )
    ]
    apart = replace(
        wholes[-1],
        name="signs, > after last",
        total=Format(family="fixed", minimum=0, maximum=127),
        arrivals="signs",
    )
    return {a.name: a for a in (*floats, *wholes, apart)}


def _make_fixed_point(
    overflow: Literal["wrap", "clip"], arrivals: Any, additions: Any, fires: Any
) -> Arithmetic:
    potential = fixed_point(9, overflow=overflow, rounding="toward_zero")
    return Arithmetic(
        name=f"{overflow} {arrivals}, {fires} after {additions}",
        weight=fixed_point(8),
        decay=fixed_point(12, rounding="floor" if additions == "each" else "nearest_away"),
        total=fixed_point(9, overflow=overflow),
        current=fixed_point(8, overflow=overflow),
        potential=potential,
        arrivals=arrivals,
        additions=additions,
        fires=fires,
    )


def round_network(network: LiveNetwork, arithmetic: Arithmetic) -> LiveNetwork:
    """``network`` rounded onto ``arithmetic``, in steps of 1/64 of a potential where that is whole numbers,
    its thresholds found anew.
    """
    scale = SCALE if arithmetic.potential.family == "fixed" else 1.0
    populations = {
        name: _round_parameters(p, arithmetic, scale, ("bias", "adaptation", "threshold"))
        for name, p in network.graph.populations.items()
    }
    projections = [
        p.with_weight(arithmetic.weight.round(p.weight * scale)) for p in network.graph.projections
    ]
    graph = calibrate_activity(
        network.graph.with_(populations=populations, projections=projections, arithmetic=arithmetic),
        network.spikes,
        0.15,
    )
    settled = {
        name: _round_parameters(p, arithmetic, 1.0, ("threshold",)) for name, p in graph.populations.items()
    }
    return LiveNetwork(graph.with_(populations=settled), network.spikes)


def _round_parameters(
    population: Population, arithmetic: Arithmetic, scale: float, names: tuple[str, ...]
) -> Population:
    moved: dict[str, Any] = {
        n: arithmetic.potential.round(getattr(population, n) * scale)
        for n in population.parameters()
        if n in names
    }
    return replace(population, **moved)
