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
from delaycore_loihi.spec import SPEC
from delaycore_loihi.timing import fields

__all__ = ["delayed_spikes", "relayed"]

_STEPS = SPEC.max_delay + SPEC.hop_delay
"""Steps that a synapse onto a relay takes: the largest field, and the hop."""

_THRESHOLD = 64.0
"""Of a relay, in chip units: the smallest there is."""


def relayed(graph: Graph) -> tuple[Graph, Losses]:
    """A quantized ``graph`` with relays where delays do not fit the field, and the neurons that this added.

    All other populations make the same spikes in the same steps.
    """
    timing = retime(graph, SPEC.hop_delay, None)
    if (
        not timing.ok or retime(graph, SPEC.hop_delay, SPEC.max_delay).ok
    ):  # a loop that is too short, which no relay helps, or nothing to help
        return graph, Losses()
    chains = _Chains(graph, timing.offsets)
    projections = [part for p in graph.projections for part in chains.parts(p)]
    if not chains.populations:
        return graph, Losses()
    rewritten = graph.with_(
        populations=dict(graph.populations) | chains.populations,
        projections=[*projections, *chains.projections()],
    )
    of = sum(int(p.size) for p in rewritten.populations.values())
    entries = tuple(
        Loss(
            what="neuron",
            change="added",
            place=f"populations[{name!r}]",
            count=int(p.size),
            of=of,
            detail=f"relays that fire {_STEPS} steps later",
        )
        for name, p in chains.populations.items()
    )
    return rewritten, Losses(entries=entries)


class _Chains:
    """The relays of each population: stage k repeats a spike 63 k steps later, for the neurons that need
    it.
    """

    def __init__(self, graph: Graph, offsets: Mapping[str, int]) -> None:
        self.offsets = offsets
        needed: dict[tuple[str, int], list[NDArray[np.int64]]] = {}
        for p in graph.projections:
            stage = _stages(fields(p, offsets))
            for k in range(1, int(stage.max(initial=0)) + 1):
                needed.setdefault((p.source, k), []).append(p.pre[stage >= k])
        self.neurons = {
            key: np.unique(np.concatenate(pre))
            for key, pre in sorted(needed.items(), key=lambda item: item[0][1])
        }
        self.names = {key: _free(graph.populations, f"{key[0]} +{_STEPS * key[1]}") for key in self.neurons}
        self.populations: dict[str, Population] = {
            self.names[key]: LIF(len(neurons), retain=1 / 4096, threshold=_THRESHOLD)
            for key, neurons in self.neurons.items()
        }

    def parts(self, p: Projection) -> list[Projection]:
        """The synapses of ``p`` by the stage that they come from."""
        stage = _stages(fields(p, self.offsets))
        if not stage.any():
            return [p]
        made = []
        for k in np.unique(stage):
            here = stage == k
            if k == 0:
                made.append(
                    Projection(
                        p.source, p.target, p.pre[here], p.post[here], p.weight[here], p.delay[here], p.name
                    )
                )
                continue
            key = (p.source, int(k))
            pre = np.searchsorted(self.neurons[key], p.pre[here])
            delay = p.delay[here] - _STEPS * int(k)
            made.append(
                Projection(
                    self.names[key],
                    p.target,
                    pre,
                    p.post[here],
                    p.weight[here],
                    delay,
                    f"{p.name} +{_STEPS * int(k)}",
                )
            )
        return made

    def projections(self) -> list[Projection]:
        """The synapse onto each relay, from the stage before it."""
        made = []
        for (source, k), neurons in self.neurons.items():
            before = self.neurons.get((source, k - 1))
            pre = neurons if before is None else np.searchsorted(before, neurons)
            name, n = (source if k == 1 else self.names[source, k - 1]), len(neurons)
            made.append(
                Projection(
                    name,
                    self.names[source, k],
                    pre,
                    np.arange(n),
                    np.full(n, 2 * _THRESHOLD),
                    np.full(n, _STEPS),
                )
            )
        return made


def _stages(field: NDArray[np.int64]) -> NDArray[np.int64]:
    """Relays in a row that bring each field down to the largest: none for a field that fits."""
    return np.asarray(np.maximum(-((SPEC.max_delay - field) // _STEPS), 0), dtype=np.int64)


def _free(taken: Mapping[str, Population], name: str) -> str:
    while name in taken:
        name += "'"
    return name


def delayed_spikes(graph: Graph, spikes: Mapping[str, NDArray[np.bool_]]) -> dict[str, NDArray[np.bool_]]:
    """The spikes of relays, from those of all other populations, bool [samples, steps, neurons]."""
    made: dict[str, NDArray[np.bool_]] = {}
    for name in graph.populations:
        into = graph.into(name)
        if name in spikes or not graph.populations[name].spikes or not into:
            continue
        (p,) = into
        source = made.get(p.source, spikes.get(p.source))
        assert source is not None, "a relay follows what it repeats"
        made[name] = np.zeros((*source.shape[:2], len(p)), dtype=np.bool_)
        made[name][:, _STEPS:, p.post] = source[:, : max(source.shape[1] - _STEPS, 0), p.pre]
    return made
