"""Delays as the chip's fields: a spike of step t with field f acts at t + 1 + f."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph, Projection
from delaycore.hardware import Finding, Retiming
from delaycore_loihi.spec import SPEC

__all__ = ["compute_delay_fields", "find_delayed_starts"]


def compute_delay_fields(projection: Projection, offsets: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the delay field of every synapse under the ``offsets`` of its populations, [synapses]."""
    return np.asarray(
        projection.delay
        + (offsets.get(projection.target, 0) - offsets.get(projection.source, 0) - SPEC.hop_delay)
    )


def find_delayed_starts(graph: Graph, timing: Retiming) -> Iterator[Finding]:
    """Yield the populations with a bias that run behind the graph, if all delays fit."""
    if not timing.ok:
        return
    for name, population in graph.populations.items():
        late = timing.offsets[name]
        if late and np.any(getattr(population, "bias", 0.0)):
            yield Finding(
                code="start.delayed",
                severity="note",
                place=f"populations[{name!r}]",
                message=f"runs {late} {'step' if late == 1 else 'steps'} behind the graph and has a bias, "
                f"which an x86 core must write at the end of step {late - 1} of every sample",
                source="retiming is exact only for neurons that stay at rest until their time begins",
                remedy="none needed; the x86 core's work is not modelled",
            )
