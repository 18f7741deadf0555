"""Time and energy of a run from its counts and a named table of event costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Cost, Quantity
from delaycore_loihi.counts import Counts
from delaycore_loihi.memory import DELAY_MEMORY
from delaycore_loihi.spec import COSTS, HOST, LIMITS, NOT_MODELLED, TILE_CORES
from delaycore_loihi.tables import SYNCHRONISATION

__all__ = ["TABLE", "joined", "price"]

TABLE = "davies2018"
Floats = NDArray[np.float64]
Parts = dict[str, Floats]


def price(
    counts: Counts,
    memory: Mapping[str, float],
    table: str = TABLE,
    timing: str = "free",
    assumed: Sequence[str] = (),
) -> Cost:
    """What these counts take.

    Energy: each event times its cost.  Time of a step, free-running: the slowest core and the barrier
            (`_davies2018`, `_nahuku`).  With the
    host in the loop a step takes what it took on a board, or longer if the cores are not done by then.

    assumed: what the counts took for granted.
    """
    energy, step = _davies2018(counts) if table == "davies2018" else _nahuku(counts)
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
        "synaptic operations": _all(counts.synapses),
        "active neuron updates": _all(counts.active),
        "inactive neuron updates": _all(counts.inactive),
        "messages": _all(counts.messages),
        "hops": _all(counts.hops),
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


def _davies2018(c: Counts) -> tuple[Parts, Parts]:
    """Joules of each sample and seconds of each step, by part.

    The slowest core updates its neurons, sends its messages and reads its synapses one after the other; then
    comes the longest flight, then the barrier over the tiles in use, linear in tiles between the two
    published ends.
    """
    energy, time = _costs("davies2018.energy."), _costs("davies2018.time.")
    joules = {
        "synaptic operations": _all(c.synapses) * energy["synapse"],
        "active neurons": _all(c.active) * energy["active"],
        "inactive neurons": _all(c.inactive) * energy["inactive"],
        "messages": _all(c.messages) * energy["message"],
        "hops": _all(c.hops[:, :, :1]) * energy["east_west"] + _all(c.hops[:, :, 1:]) * energy["north_south"],
    }
    busy = (
        c.synapses * time["synapse"]
        + c.active * time["active"]
        + c.inactive * time["inactive"]
        + c.messages * time["message"]
    )
    all_tiles = LIMITS["chip.cores"].value / TILE_CORES
    barrier = time["barrier_least"] + (time["barrier_most"] - time["barrier_least"]) * (
        max(c.tiles, 1) - 1
    ) / (all_tiles - 1)
    flight = c.far @ np.array([time["east_west"], time["north_south"]])
    return joules, {
        "slowest core": busy.max(axis=2, initial=0.0),
        "longest flight": flight,
        "barrier": np.full(c.synapses.shape[:2], barrier),
    }


def _nahuku(c: Counts) -> tuple[Parts, Parts]:
    """Joules of each sample and seconds of each step, by part.

    A core takes messages in and reads synapses while it updates neurons and sends; the slowest core in either
    counts (the simple timing of SANA-FE), then the synchronisation of the tiles in use.
    """
    energy, time = _costs("nahuku.energy."), _costs("nahuku.time.")
    sparse = c.synapses - c.dense
    joules = {
        "synaptic operations": _all(c.dense) * energy["dense"] + _all(sparse) * energy["sparse"],
        "active neurons": _all(c.active) * (energy["access"] + energy["update"]),
        "inactive neurons": _all(c.inactive) * energy["access"],
        "spikes": _all(c.fired) * energy["spike"],
        "messages": _all(c.messages) * energy["message_out"] + _all(c.received) * energy["message_in"],
        "hops": _all(c.hops[:, :, :1]) * energy["east_west"] + _all(c.hops[:, :, 1:]) * energy["north_south"],
    }
    out = (
        (c.active + c.inactive) * time["access"]
        + c.active * time["update"]
        + c.fired * time["spike"]
        + c.messages * time["message_out"]
    )
    inward = c.received * time["message_in"] + c.dense * time["dense"] + sparse * time["sparse"]
    slowest = np.maximum(out.max(axis=2, initial=0.0), inward.max(axis=2, initial=0.0))
    wait = np.interp(
        c.tiles, list(SYNCHRONISATION), [constant.value for constant in SYNCHRONISATION.values()]
    )
    return joules, {"slowest core": slowest, "synchronisation": np.full(c.synapses.shape[:2], float(wait))}


def _costs(prefix: str) -> dict[str, float]:
    return {
        name.removeprefix(prefix): constant.value
        for name, constant in COSTS.items()
        if name.startswith(prefix)
    }


def _all(events: NDArray[np.int64]) -> Floats:
    """Events of a sample, over steps and columns."""
    return np.asarray(events.sum(axis=(1, 2)), dtype=np.float64)


def joined(costs: Sequence[Cost]) -> Cost:
    """The costs of successive samples as those of all."""
    first = costs[0]
    if len(costs) == 1:
        return first

    def whole(quantities: Sequence[Quantity]) -> Quantity:
        return Quantity(
            quantities[0].unit,
            {k: np.concatenate([q.parts[k] for q in quantities]) for k in quantities[0].parts},
        )

    energy, latency = whole([c.energy for c in costs]), whole([c.latency for c in costs])
    return replace(
        first,
        energy=energy,
        latency=latency,
        counts={k: np.concatenate([c.counts[k] for c in costs]) for k in first.counts},
    )
