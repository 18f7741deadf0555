"""Time and energy of a run from its counts and a named table of event costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from delaycore.hardware import Constant, Cost, Quantity
from delaycore_loihi.counts import Counts
from delaycore_loihi.memory import DELAY_MEMORY
from delaycore_loihi.spec import COSTS, LIMITS, NOT_MODELLED, TILE_CORES

__all__ = ["TABLE", "joined", "price"]

TABLE = "davies2018"


def price(counts: Counts, memory: Mapping[str, float], table: str = TABLE) -> Cost:
    """What these counts take.

    Energy: each event times its cost.  Time of a step, free-running: the slowest core, which updates its neurons, sends its messages and
    reads its synapses one after the other, then the longest flight, then the barrier over the tiles in use.
    """
    energy = {name: _cost(table, "energy", name) for name in ("synapse", "active", "inactive", "message", "east_west", "north_south")}
    time = {name: _cost(table, "time", name) for name in ("synapse", "active", "inactive", "message", "east_west", "north_south")}
    events = {"synapse": counts.synapses, "active": counts.active, "inactive": counts.inactive, "message": counts.messages}
    events |= {"east_west": counts.hops[:, :, :1], "north_south": counts.hops[:, :, 1:]}
    total = {name: array.sum(axis=(1, 2)).astype(np.float64) for name, array in events.items()}
    parts = {
        "synaptic operations": total["synapse"] * energy["synapse"],
        "active neurons": total["active"] * energy["active"],
        "inactive neurons": total["inactive"] * energy["inactive"],
        "messages": total["message"] * energy["message"],
        "hops": total["east_west"] * energy["east_west"] + total["north_south"] * energy["north_south"],
    }
    busy = sum((events[name] * time[name] for name in ("synapse", "active", "inactive", "message")), start=np.zeros(1))
    slowest = busy.max(axis=2, initial=0.0).sum(axis=1)
    flight = (counts.far @ np.array([time["east_west"], time["north_south"]])).sum(axis=1)
    steps = counts.synapses.shape[1]
    barrier = np.full(len(slowest), steps * _barrier(counts.tiles, table))
    latency = {"slowest core": slowest, "longest flight": flight, "barrier": barrier}
    shown = {
        "synaptic operations": total["synapse"],
        "active neuron updates": total["active"],
        "inactive neuron updates": total["inactive"],
        "messages": total["message"],
        "hops": total["east_west"] + total["north_south"],
        "input spikes": counts.inputs.astype(np.float64),
        "steps": np.full(len(slowest), float(steps)),
    }
    return Cost(Quantity("J", parts), Quantity("s", latency), memory, DELAY_MEMORY, shown, table, NOT_MODELLED)


def _cost(table: str, what: str, event: str) -> float:
    constant: Constant = COSTS[f"{table}.{what}.{event}"]
    return constant.value


def _barrier(tiles: int, table: str) -> float:
    """Seconds of the barrier, linear in tiles between the two published ends."""
    least, most = _cost(table, "time", "barrier_least"), _cost(table, "time", "barrier_most")
    all_tiles = LIMITS["chip.cores"].value / TILE_CORES
    return least + (most - least) * (max(tiles, 1) - 1) / (all_tiles - 1)


def joined(costs: Sequence[Cost]) -> Cost:
    """The costs of successive samples as those of all."""
    first = costs[0]
    if len(costs) == 1:
        return first

    def whole(quantities: Sequence[Quantity]) -> Quantity:
        return Quantity(quantities[0].unit, {k: np.concatenate([q.parts[k] for q in quantities]) for k in quantities[0].parts})

    energy, latency = whole([c.energy for c in costs]), whole([c.latency for c in costs])
    return replace(first, energy=energy, latency=latency, counts={k: np.concatenate([c.counts[k] for c in costs]) for k in first.counts})
