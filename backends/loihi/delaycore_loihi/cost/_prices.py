"""Time and energy of a run from its counts and a named table of event costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Cost, Quantity
from delaycore_loihi.cost._events import EventCounts
from delaycore_loihi.cost._memory import DELAY_MEMORY
from delaycore_loihi.limits import LIMITS, TILE_CORES
from delaycore_loihi.spec import HOST, NOT_MODELLED
from delaycore_loihi.tables import COSTS, SYNCHRONISATION

__all__ = ["compute_cost", "concatenate_costs"]

Floats = NDArray[np.float64]
Parts = dict[str, Floats]


def compute_cost(
    counts: EventCounts,
    memory: Mapping[str, float],
    table: str = "davies2018",
    timing: str = "free",
    assumed: Sequence[str] = (),
) -> Cost:
    """Return what these counts take.

    Energy: each event times its cost.
    Time of a step, free-running: the slowest core and the barrier (`_price_davies2018`, `_price_nahuku`).
    With the host in the loop a step takes what it took on a board, or longer if the cores are not done by
    then.

    assumed: what the counts took for granted.
    """
    energy, step = _price_davies2018(counts) if table == "davies2018" else _price_nahuku(counts)
    steps = counts.synapses.shape[1]
    own = steps - counts.pipeline
    if timing == "host":
        each = np.maximum(sum(step.values(), start=np.zeros(1)), COSTS["host.time.step"].value)
        latency = {
            "steps with the host": each[:, :own].sum(axis=1),
            "pipeline steps": each[:, own:].sum(axis=1),
        }
        left_out: tuple[str, ...] = tuple(line for line in NOT_MODELLED if line != HOST)
    else:
        latency, left_out = {part: seconds.sum(axis=1) for part, seconds in step.items()}, NOT_MODELLED
    model = table if timing == "free" else f"{table}, host in the loop"
    samples = len(counts.inputs)
    shown = {
        "synaptic operations": _total(counts.synapses),
        "active neuron updates": _total(counts.active),
        "inactive neuron updates": _total(counts.inactive),
        "messages": _total(counts.messages),
        "hops": _total(counts.hops),
        "input spikes": counts.inputs.astype(np.float64),
        "steps": np.full(samples, float(steps)),
        "pipeline steps": np.full(samples, float(counts.pipeline)),
    }
    return Cost(
        Quantity("J", energy),
        Quantity("s", latency),
        memory,
        DELAY_MEMORY,
        shown,
        model,
        (*left_out, *assumed),
    )


def _price_davies2018(c: EventCounts) -> tuple[Parts, Parts]:
    """Return the joules of each sample and the seconds of each step, by part.

    The slowest core updates its neurons, sends its messages and reads its synapses one after the other; then
    comes the longest flight, then the barrier over the tiles in use, linear in tiles between the two
    published ends.
    """
    energy, time = _select_costs("davies2018.energy."), _select_costs("davies2018.time.")
    joules = {
        "synaptic operations": _total(c.synapses) * energy["synapse"],
        "active neurons": _total(c.active) * energy["active"],
        "inactive neurons": _total(c.inactive) * energy["inactive"],
        "messages": _total(c.messages) * energy["message"],
        "hops": _price_hops(c, energy),
    }
    busy = (
        c.synapses * time["synapse"]
        + c.active * time["active"]
        + c.inactive * time["inactive"]
        + c.messages * time["message"]
    )
    other_tiles = (max(c.tiles, 1) - 1) / (LIMITS["chip.cores"].value / TILE_CORES - 1)
    barrier = time["barrier_least"] + (time["barrier_most"] - time["barrier_least"]) * other_tiles
    flight = c.far @ np.array([time["east_west"], time["north_south"]])
    return joules, {
        "slowest core": busy.max(axis=2, initial=0.0),
        "longest flight": flight,
        "barrier": np.full(c.synapses.shape[:2], barrier),
    }


def _price_nahuku(c: EventCounts) -> tuple[Parts, Parts]:
    """Return the joules of each sample and the seconds of each step, by part.

    A core takes messages in and reads synapses while it updates neurons and sends; the slowest core in either
    counts (the simple timing of SANA-FE), then the synchronisation of the tiles in use.
    """
    energy, time = _select_costs("nahuku.energy."), _select_costs("nahuku.time.")
    sparse = c.synapses - c.dense
    joules = {
        "synaptic operations": _total(c.dense) * energy["dense"] + _total(sparse) * energy["sparse"],
        "active neurons": _total(c.active) * (energy["access"] + energy["update"]),
        "inactive neurons": _total(c.inactive) * energy["access"],
        "spikes": _total(c.fired) * energy["spike"],
        "messages": _total(c.messages) * energy["message_out"] + _total(c.received) * energy["message_in"],
        "hops": _price_hops(c, energy),
    }
    out = (
        (c.active + c.inactive) * time["access"]
        + c.active * time["update"]
        + c.fired * time["spike"]
        + c.messages * time["message_out"]
    )
    inward = c.received * time["message_in"] + c.dense * time["dense"] + sparse * time["sparse"]
    slowest = np.maximum(out.max(axis=2, initial=0.0), inward.max(axis=2, initial=0.0))
    wait = np.interp(c.tiles, list(SYNCHRONISATION), [wait.value for wait in SYNCHRONISATION.values()])
    return joules, {"slowest core": slowest, "synchronisation": np.full(c.synapses.shape[:2], float(wait))}


def _price_hops(c: EventCounts, energy: Mapping[str, float]) -> Floats:
    """Return the joules of each sample's hops."""
    return _total(c.hops[:, :, :1]) * energy["east_west"] + _total(c.hops[:, :, 1:]) * energy["north_south"]


def _select_costs(prefix: str) -> dict[str, float]:
    return {
        name.removeprefix(prefix): constant.value
        for name, constant in COSTS.items()
        if name.startswith(prefix)
    }


def _total(events: NDArray[np.int64]) -> Floats:
    """Return the events of each sample, over steps and columns."""
    return np.asarray(events.sum(axis=(1, 2)), dtype=np.float64)


def concatenate_costs(costs: Sequence[Cost]) -> Cost:
    """Return the costs of successive samples as those of all."""
    if len(costs) == 1:
        return costs[0]

    def concatenate(tables: Sequence[Mapping[str, Floats]]) -> Parts:
        return {key: np.concatenate([table[key] for table in tables]) for key in tables[0]}

    return replace(
        costs[0],
        energy=Quantity("J", concatenate([c.energy.parts for c in costs])),
        latency=Quantity("s", concatenate([c.latency.parts for c in costs])),
        counts=concatenate([c.counts for c in costs]),
    )
