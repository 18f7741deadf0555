"""Delays beyond the field, as an exact rewrite: relay neurons that repeat every spike of a neuron some steps
later.

A relay neuron is at rest, has one synapse, and fires whenever that delivers: a spike of step t with a delay
of 63 makes it fire in step t + 63, after which it is at rest again.  Synapses with longer delays come from it
with the rest of their delay.  Neurons that need them have one chain of relays, shared by all their synapses
(Quartz chains neurons so, too).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import LIF, Graph, Population, Projection
from delaycore.hardware import Loss, Losses, retime
from delaycore_loihi.mapping._timing import compute_delay_fields
from delaycore_loihi.numbers import DECAY_UNITS, THRESHOLD_STEP
from delaycore_loihi.spec import SPEC

__all__ = ["count_relays", "derive_relay_spikes", "insert_relays"]

_STEPS = SPEC.max_delay + SPEC.hop_delay
"""Steps that a synapse onto a relay takes: the largest field, and the hop."""

_THRESHOLD = THRESHOLD_STEP
"""The threshold of a relay, in chip units: the smallest there is."""


def count_relays(graph: Graph) -> int:
    """Return the relay neurons that the delays of a quantized ``graph`` take; 0 where none is needed, or
    helps.
    """
    timing = retime(graph, SPEC.hop_delay, None)
    if not timing.ok or retime(graph, SPEC.hop_delay, SPEC.max_delay).ok:
        return 0
    most = {name: np.zeros(int(p.size), dtype=np.int64) for name, p in graph.populations.items()}
    for p in graph.projections:
        np.maximum.at(most[p.source], p.pre, _count_relays(compute_delay_fields(p, timing.offsets)))
    return sum(int(each.sum()) for each in most.values())


def insert_relays(graph: Graph) -> tuple[Graph, Losses]:
    """Return a quantized ``graph`` with relays where delays do not fit the field, and the neurons that this
    added.

    All other populations make the same spikes in the same steps.
    """
    if not count_relays(graph):  # delays fit, or a loop is too short, which no relay helps
        return graph, Losses()
    chains = _Chains(graph, retime(graph, SPEC.hop_delay, None).offsets)
    projections = [part for p in graph.projections for part in chains.split_projection(p)]
    rewritten = graph.with_(
        populations=dict(graph.populations) | chains.populations,
        projections=[*projections, *chains.make_projections()],
    )
    neurons = sum(int(p.size) for p in rewritten.populations.values())
    entries = tuple(
        Loss(
            what="neuron",
            change="added",
            place=f"populations[{name!r}]",
            count=int(p.size),
            of=neurons,
            detail=f"relays that fire {_STEPS} steps later",
        )
        for name, p in chains.populations.items()
    )
    return rewritten, Losses(entries=entries)


class _Chains:
    """The relays of each population: stage k repeats a spike 63 k steps later, for the neurons that need it.

    neurons:     of the source population that have a relay, by source and stage, rising.
    names:       of the relays' populations, by source and stage.
    populations: of relays, by name.
    """

    def __init__(self, graph: Graph, offsets: Mapping[str, int]) -> None:
        self.offsets = offsets
        needed: dict[tuple[str, int], list[NDArray[np.int64]]] = {}
        for p in graph.projections:
            stage = _count_relays(compute_delay_fields(p, offsets))
            for k in range(1, int(stage.max(initial=0)) + 1):
                needed.setdefault((p.source, k), []).append(p.pre[stage >= k])
        self.neurons = {
            key: np.unique(np.concatenate(pre))
            for key, pre in sorted(needed.items(), key=lambda item: item[0][1])
        }
        self.names = {
            key: _find_free_name(graph.populations, f"{key[0]} +{_STEPS * key[1]}") for key in self.neurons
        }
        self.populations: dict[str, Population] = {
            self.names[key]: LIF(len(neurons), retain=1 / DECAY_UNITS, threshold=_THRESHOLD)
            for key, neurons in self.neurons.items()
        }

    def split_projection(self, p: Projection) -> list[Projection]:
        """Return the synapses of ``p`` by the stage that they come from."""
        stage = _count_relays(compute_delay_fields(p, self.offsets))
        if not stage.any():
            return [p]
        parts = []
        for k in np.unique(stage).tolist():
            here = stage == k
            source, pre, delay, name = p.source, p.pre[here], p.delay[here], p.name
            if k:
                source, pre = self.names[p.source, k], np.searchsorted(self.neurons[p.source, k], pre)
                delay, name = delay - _STEPS * k, f"{p.name} +{_STEPS * k}"
            parts.append(Projection(source, p.target, pre, p.post[here], p.weight[here], delay, name))
        return parts

    def make_projections(self) -> list[Projection]:
        """Return the synapse onto each relay, from the stage before it."""
        made = []
        for (source, k), neurons in self.neurons.items():
            n, before = len(neurons), self.neurons.get((source, k - 1))
            name = source if before is None else self.names[source, k - 1]
            pre = neurons if before is None else np.searchsorted(before, neurons)
            weight, delay = np.full(n, 2 * _THRESHOLD), np.full(n, _STEPS)
            made.append(Projection(name, self.names[source, k], pre, np.arange(n), weight, delay))
        return made


def _count_relays(field: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the relays in a row that bring each field down to the largest: none for a field that fits."""
    return np.asarray(np.maximum(-((SPEC.max_delay - field) // _STEPS), 0), dtype=np.int64)


def _find_free_name(taken: Mapping[str, Population], name: str) -> str:
    while name in taken:
        name += "'"
    return name


def derive_relay_spikes(
    graph: Graph, spikes: Mapping[str, NDArray[np.bool_]]
) -> dict[str, NDArray[np.bool_]]:
    """Return the spikes of relays, from those of all other populations, bool [samples, steps, neurons]."""
    derived: dict[str, NDArray[np.bool_]] = {}
    for name in graph.populations:
        into = graph.into(name)
        if name in spikes or not graph.populations[name].spikes or not into:
            continue
        (p,) = into
        source = derived.get(p.source, spikes.get(p.source))
        assert source is not None, "a relay follows what it repeats"
        derived[name] = np.zeros((*source.shape[:2], len(p)), dtype=np.bool_)
        derived[name][:, _STEPS:, p.post] = source[:, : max(source.shape[1] - _STEPS, 0), p.pre]
    return derived
