"""A network of which only the shape is known: sizes, and which delays each pair of neurons keeps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from delaycore import graph as ir

__all__ = ["Delays", "Layer", "Projection", "assumed_graph"]

Whole = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Delays(_Part):
    """Delays of a pair of neurons: ``kept`` of the ``levels`` first, first + stride, ..., drawn for each
    pair; all of them unless given.
    """

    levels: Whole = 1
    stride: Whole = 1
    first: Annotated[int, Field(ge=0)] = 0
    kept: Whole | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.kept is not None and self.kept > self.levels:
            raise ValueError(f"kept = {self.kept} is more than levels = {self.levels}")
        return self


class Layer(_Part):
    """Neurons, and the synapses from the layer before.

    kind:   the first layer is an input; of the others, one without spikes is an integrator, and ``lif`` is
            the default for the rest.
    spikes: per sample; None for a read-out that never fires.
    retain: fraction of the potential kept per step; there are chips that take 1 alone.
    fan_in: sources of each neuron, drawn at random; all of them unless given.
    """

    name: Annotated[str, Field(min_length=1, pattern="^[^/]+$")]
    size: Whole
    kind: Literal["lif", "current_lif", "integrator"] | None = None
    spikes: Annotated[int, Field(ge=0)] | None = None
    retain: Annotated[float, Field(ge=0, le=1)] = 0.9
    delays: Delays = Delays()
    fan_in: Whole | None = None

    @model_validator(mode="after")
    def _fires(self) -> Self:
        if self.kind == "integrator" and self.spikes:
            raise ValueError(
                f"layer {self.name!r} is an integrator, which never fires, but has {self.spikes} spikes"
            )
        return self


class Projection(_Part):
    """Synapses between any two layers, or from one to itself."""

    source: str
    target: str
    delays: Delays = Delays()
    fan_in: Whole | None = None


def assumed_graph(
    layers: Sequence[Layer], projections: Sequence[Projection], step: float, seed: int
) -> ir.Graph:
    """The graph of this shape; weights are +1 and -1 at random, since only their number and signs are stored
    differently.
    """
    rng = np.random.default_rng(seed)
    populations: dict[str, ir.Population] = {}
    for i, layer in enumerate(layers):
        populations[layer.name] = ir.Input(layer.size) if i == 0 else _population(layer)
    chain = [
        Projection(source=a.name, target=b.name, delays=b.delays, fan_in=b.fan_in)
        for a, b in pairwise(layers)
    ]
    made = []
    for i, p in enumerate([*chain, *projections]):
        name = f"{p.source}->{p.target}" + ("" if i < len(chain) else f" {i}")
        pre, post, delay = _synapses(rng, int(populations[p.source].size), int(populations[p.target].size), p)
        made.append(
            ir.Projection(p.source, p.target, pre, post, rng.choice([-1.0, 1.0], len(pre)), delay, name)
        )
    return ir.Graph(step, populations, made)


def _population(layer: Layer) -> ir.Population:
    match layer.kind or ("integrator" if layer.spikes is None else "lif"):
        case "integrator":
            return ir.Integrator(layer.size, retain=layer.retain)
        case "current_lif":
            return ir.CurrentLIF(layer.size, retain=layer.retain, threshold=1.0, retain_current=0.5)
    return ir.LIF(layer.size, retain=layer.retain, threshold=1.0)


def _synapses(
    rng: np.random.Generator, sources: int, targets: int, p: Projection
) -> tuple[NDArray[np.int64], ...]:
    """Columns pre, post and delay of every pair's synapses."""
    if p.fan_in is None or p.fan_in >= sources:
        pre, post = (x.ravel() for x in np.meshgrid(np.arange(sources), np.arange(targets), indexing="ij"))
    else:
        pre = np.concatenate([rng.choice(sources, p.fan_in, replace=False) for _ in range(targets)])
        post = np.repeat(np.arange(targets), p.fan_in)
    d = p.delays
    kept = d.levels if d.kept is None else d.kept
    level = (
        rng.random((len(pre), d.levels)).argsort(axis=1)[:, :kept]
        if kept < d.levels
        else np.tile(np.arange(d.levels), (len(pre), 1))
    )
    return np.repeat(pre, kept), np.repeat(post, kept), (d.first + d.stride * level).ravel()
