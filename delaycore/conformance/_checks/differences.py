"""Where two activities differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from delaycore.activity import Activity

__all__ = ["differences", "select_samples"]


def differences(got: Activity, truth: Activity, what: str) -> Iterator[str]:
    """One line per kind of thing in which ``got`` is not ``truth``, with the first place."""
    for name in truth.spikes:
        if name not in got.spikes or got.spikes[name].shape != truth.spikes[name].shape:
            yield (
                f"{what}: spikes of {name!r} are missing or have another shape than "
                f"{truth.spikes[name].shape}"
            )
        elif (off := np.argwhere(got.spikes[name] != truth.spikes[name])).size:
            sample, step, neuron = off[0]
            does = "fires" if got.spikes[name][sample, step, neuron] else "is silent"
            yield (
                f"{what}: {len(off)} spikes of {name!r} differ; in sample {sample}, step {step}, neuron "
                f"{neuron} {does}, unlike in the reference"
            )
            return  # what follows from it differs, too
    for name in got.potentials.keys() & truth.potentials.keys():
        if not np.array_equal(got.potentials[name], truth.potentials[name], equal_nan=True):
            yield f"{what}: potentials of {name!r} differ although all spikes are equal"
    for table in ("deliveries", "late", "overflow"):
        ours, theirs = getattr(got, table), getattr(truth, table)
        for name in theirs:
            if name not in ours or not np.array_equal(ours[name], theirs[name]):
                yield f"{what}: counts of {table} of {name!r} differ from the reference"


def select_samples(activity: Activity, chosen: Sequence[int]) -> Activity:
    """The activity of some samples."""

    def part(table: Any) -> dict[str, Any]:
        return {name: values[list(chosen)] for name, values in table.items()}

    a = activity
    return Activity(
        part(a.spikes), part(a.potentials), part(a.deliveries), part(a.late), part(a.overflow), a.readout
    )
