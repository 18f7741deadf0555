"""Time, energy and memory from counts: crossbar points that are read, cores in use, ticks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Cost, Placement, Quantity
from delaycore_truenorth.spec import COSTS, NOT_MODELLED

__all__ = ["cost", "events"]


def events(
    points: Mapping[str, NDArray[np.int64]], spikes: Mapping[str, NDArray[np.bool_]], samples: int, steps: int
) -> NDArray[np.float64]:
    """Crossbar points read in each sample; what is due after the last step is not."""
    total = np.zeros(samples)
    for name, table in points.items():
        for delay in np.flatnonzero(table.any(axis=0)):
            total += (spikes[name][:, : max(0, steps - delay)].astype(np.float64) @ table[:, delay]).sum(
                axis=1
            )
    return total


def cost(read: NDArray[np.float64], placement: Placement, steps: int, assumed: tuple[str, ...] = ()) -> Cost:
    """The cost of so many crossbar points ``read`` in each sample, [samples], in ``steps`` ticks."""
    cores = len(placement.cores)
    seconds = np.full(len(read), steps * float(COSTS["tick"]))
    return Cost(
        energy=Quantity(
            "J",
            {
                "synaptic events": read * float(COSTS["event"]),
                "static: cores in use": cores * float(COSTS["core.static"]) * seconds,
            },
        ),
        latency=Quantity("s", {"ticks": seconds}),
        memory={
            "core rows": cores * 256 * float(COSTS["core.row"]),
            "schedulers": cores * float(COSTS["scheduler"]),
        },
        delay_memory=("schedulers",),
        counts={"synaptic events": read},
        model="fit to published powers at 0.8 V: static per core, energy per synaptic event; ticks of 1 ms",
        not_modelled=(*NOT_MODELLED, *assumed),
    )
