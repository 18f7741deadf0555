"""A network of which only the shape is known: sizes, and which delays each pair of neurons keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from delaycore import graph as ir
from delaycore._contradictions import relation
from delaycore._part import Count, CountOrNone, Part, SpikeCount
from delaycore.memory import require_memory

__all__ = ["Delays", "Layer", "Projection", "build_assumed_graph"]

_SYNAPSE, _LEVEL = 96, 24
"""Bytes of a synapse, and of a delay that it may have, while synapses are drawn."""


class Delays(Part):
    """Delays of a pair of neurons: some of first, first + stride, ..., drawn for each pair.

    levels: number of delays to draw from.
    stride: from one delay to the next.
    first:  the shortest delay.
    keep:   delays of each pair; all of them unless given.
    """

    levels: Count = 1
    stride: Count = 1
    first: CountOrNone = 0
    keep: Count | None = None
    units: ClassVar[Mapping[str, str]] = {
        "levels": "delays",
        "stride": "steps",
        "first": "steps",
        "keep": "delays",
    }

    @relation
    def _require_delays_to_keep(self) -> Iterator[str]:
        """Yield a sentence if more delays are to be kept than there are."""
        if self.keep is not None and self.keep > self.levels:
            yield f"keep = {self.keep} is more than levels = {self.levels}"


class Layer(Part):
    """Neurons, and the synapses from the layer before.

    name:   of the population.
    size:   its neurons.
    kind:   of the neurons.  The first layer is an input; of the others, one without spikes is an integrator,
            and ``lif`` is the default for the rest.
    spikes: in a sample; a read-out that never fires has none.
    retain: fraction of the potential kept per step; some chips have no other than 1.
    delays: of the synapses from the layer before.
    fan_in: sources of each neuron, drawn at random; all of them unless given.
    """

    name: Annotated[str, Field(min_length=1, pattern="^[^/]+$")]
    size: Count
    kind: Literal["lif", "current_lif", "integrator"] | None = None
    spikes: SpikeCount | None = None
    retain: Annotated[float, Field(ge=0, le=1)] = 0.9
    delays: Delays = Delays()
    fan_in: Count | None = None
    units: ClassVar[Mapping[str, str]] = {"size": "neurons", "spikes": "per sample", "fan_in": "neurons"}

    @relation
    def _require_silent_integrators(self) -> Iterator[str]:
        """Yield a sentence for an integrator with spikes."""
        if self.kind == "integrator" and self.spikes:
            yield f"layer {self.name!r} is an integrator, which never fires, but has {self.spikes} spikes"


class Projection(Part):
    """Synapses between any two layers, or from one to itself.

    source: name of the layer that they begin at.
    target: name of the layer that they end at.
    delays: of the synapses.
    fan_in: as of a `Layer`.
    """

    source: str
    target: str
    delays: Delays = Delays()
    fan_in: Count | None = None
    units: ClassVar[Mapping[str, str]] = {"fan_in": "neurons"}


def build_assumed_graph(
    layers: Sequence[Layer], projections: Sequence[Projection], step: float, seed: int
) -> ir.Graph:
    """Build a graph of this shape.

    Its weights are +1 and -1 at random, since only their number and signs change what a chip stores.

    step: seconds of a step.
    """
    rng = np.random.default_rng(seed)
    populations: dict[str, ir.Population] = {}
    for i, layer in enumerate(layers):
        populations[layer.name] = ir.Input(layer.size) if i == 0 else _make_population(layer)
    chain = [
        Projection(source=a.name, target=b.name, delays=b.delays, fan_in=b.fan_in)
        for a, b in pairwise(layers)
    ]
    all_projections = []
    for i, p in enumerate([*chain, *projections]):
        name = f"{p.source}->{p.target}" + ("" if i < len(chain) else f" {i}")
        pre, post, delay = _draw_synapses(
            rng, int(populations[p.source].size), int(populations[p.target].size), p
        )
        all_projections.append(
            ir.Projection(p.source, p.target, pre, post, rng.choice([-1.0, 1.0], len(pre)), delay, name)
        )
    return ir.Graph(step, populations, all_projections)


def _make_population(layer: Layer) -> ir.Population:
    match layer.kind or ("integrator" if layer.spikes is None else "lif"):
        case "integrator":
            return ir.Integrator(layer.size, retain=layer.retain)
        case "current_lif":
            return ir.CurrentLIF(layer.size, retain=layer.retain, threshold=1.0, retain_current=0.5)
    return ir.LIF(layer.size, retain=layer.retain, threshold=1.0)


def _draw_synapses(
    rng: np.random.Generator, sources: int, targets: int, p: Projection
) -> tuple[NDArray[np.int64], ...]:
    """Draw the synapses of all pairs; return source neuron, target neuron and delay of each."""
    each = sources if p.fan_in is None else min(p.fan_in, sources)
    keep = p.delays.levels if p.delays.keep is None else p.delays.keep
    require_memory(
        f"{p.source}->{p.target}",
        {
            f"the {targets * each * keep:,} synapses": _SYNAPSE * targets * each * keep,
            "the delays that they are drawn from": _LEVEL * targets * each * p.delays.levels,
        },
        "give fewer neurons, delays or a fan_in",
    )
    if p.fan_in is None or p.fan_in >= sources:
        pre, post = (x.ravel() for x in np.meshgrid(np.arange(sources), np.arange(targets), indexing="ij"))
    else:
        pre = np.concatenate([rng.choice(sources, p.fan_in, replace=False) for _ in range(targets)])
        post = np.repeat(np.arange(targets), p.fan_in)
    d = p.delays
    level = (
        rng.random((len(pre), d.levels)).argsort(axis=1)[:, :keep]
        if keep < d.levels
        else np.tile(np.arange(d.levels), (len(pre), 1))
    )
    return np.repeat(pre, keep), np.repeat(post, keep), (d.first + d.stride * level).ravel()
