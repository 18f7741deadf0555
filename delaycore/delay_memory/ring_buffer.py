"""Ring buffers: the delay memory that holds weighted sums behind the synapses, one slot per target neuron and step to come."""

from __future__ import annotations

from collections.abc import Collection

from delaycore.delay_memory.capacity import ring_buffer_slots
from delaycore.graph import Graph, Input

__all__ = ["ring_slots"]


def ring_slots(graph: Graph, populations: Collection[str] | None = None) -> dict[str, int]:
    """Slots of each population that computes (or of those named): its neurons times its largest incoming delay + 1."""
    wanted = [n for n, p in graph.populations.items() if not isinstance(p, Input) and (populations is None or n in populations)]
    longest = {name: max((p.largest_delay for p in graph.into(name)), default=0) for name in wanted}
    return {name: ring_buffer_slots(graph.populations[name].size, longest[name] + 1) for name in wanted}
