"""What arrives at populations, for whoever computes their neurons otherwise than `simulate` does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore._shown import one_line
from delaycore.engine import _kernels as kernels
from delaycore.engine._inbox import build_inbox, number_neurons
from delaycore.engine._numbers import pack_format
from delaycore.graph import FLOAT64, Graph
from delaycore.memory import require_memory_of

__all__ = ["Arrivals"]


class Arrivals:
    """Sums of what arrives at the populations of a graph in each step, in float64, added one after the other
    in the order that the graph fixes.

    graph:          populations and projections.
    samples, steps: of the run.

    First `note` the spikes of a step and of those before it, then `sum` what they make arrive.
    """

    def __init__(self, graph: Graph, samples: int, steps: int) -> None:
        self._graph = graph
        self._first = number_neurons(graph)
        self._rank = graph.places
        neurons = sum(p.size for p in graph.populations.values())
        synapses = sum(len(p) for p in graph.projections)

        def estimate(some: int) -> dict[str, int]:
            each = 5 * neurons + 8 * (len(graph.populations) + 1)
            return {"spikes": some * steps * each, "tables of synapses": 120 * synapses}

        require_memory_of(samples, steps, "arrivals", estimate, "compute fewer steps")
        self._fired = {
            name: np.zeros((samples, steps, p.size), dtype=np.bool_) for name, p in graph.populations.items()
        }
        self._lists = (
            np.zeros((samples, steps, neurons), dtype=np.int32),
            np.zeros((samples, steps, len(graph.populations)), dtype=np.int64),
        )
        self._inboxes = {
            name: tuple(build_inbox(graph, self._first, name, steps)) for name in graph.populations
        }
        self._overflow = np.zeros((samples, steps), dtype=np.int64)

    @one_line
    def __repr__(self) -> str:
        samples, steps = self._overflow.shape
        return f"<{type(self).__name__} in {self._graph!r}: {samples} samples of {steps} steps>"

    def note(self, source: str, t: int, fired: NDArray[np.bool_]) -> None:
        """Record which neurons of ``source`` fire in step ``t``, [samples, neurons]."""
        self._fired[source][:, t] = fired
        kernels.note_spikes(self._fired[source], t, self._first[source], self._rank[source], self._lists)

    def sum(self, target: str, t: int, samples: slice = slice(None)) -> NDArray[np.float64]:
        """Return what arrives at each neuron of ``target`` in step ``t`` of ``samples``, [samples, neurons].

        Threads may compute parts of the samples at the same time.
        """
        overflow = self._overflow[samples]
        events, counts = self._lists
        total = np.zeros((len(overflow), self._graph.populations[target].size))
        lists, number = (events[samples], counts[samples]), tuple(pack_format(FLOAT64))
        kernels.arrive(total, t, lists, self._inboxes[target], number, False, overflow)
        return total
