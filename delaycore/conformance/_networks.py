"""Small random networks that live: neither silent nor saturated, with loops, biases and several delays per
pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import engine
from delaycore._shown import show_line
from delaycore.graph import (
    LIF,
    AdaptiveLIF,
    CurrentLIF,
    Graph,
    Input,
    Integrator,
    Population,
    Projection,
    Readout,
)
from delaycore.hardware import Draw

__all__ = ["LiveNetwork", "calibrate_activity", "live_network"]

LIVE = (0.02, 0.40)
"""Spikes per neuron and step between which a population counts as live."""


@dataclass(frozen=True)
class LiveNetwork:
    """A graph in float64, and input spikes, bool [samples, steps, inputs], under which it fires."""

    graph: Graph
    spikes: NDArray[np.bool_]

    __repr__ = show_line

    @property
    def live(self) -> bool:
        """Whether every spiking population fires in 2 to 40 % of neurons and steps."""
        return is_live(self.graph, engine.simulate(self.graph, self.spikes, threads=1).rates())


def is_live(graph: Graph, rates: dict[str, float]) -> bool:
    """Whether the rates of all populations that can fire lie in the live range."""
    return all(LIVE[0] <= rates[name] <= LIVE[1] for name, p in graph.populations.items() if p.spikes)


def live_network(
    seed: int,
    *,
    kinds: Sequence[str] = ("lif", "current_lif"),
    resets: Sequence[str] = ("zero",),
    largest_delay: int = 12,
    refractory: int = 2,
    biased: bool = True,
    loops: bool = True,
    samples: int = 3,
    steps: int = 40,
    smallest_delay: int = 0,
    smallest_loop: int = 1,
    several: bool = True,
    synaptic_delays: bool = True,
    leaky: bool = True,
    integrates: bool = True,
    own: Mapping[str, Draw] | None = None,
) -> LiveNetwork:
    """A random network that fires, the same for the same arguments.

    kinds:         of the hidden populations; the read-out is an integrator.
    resets:        to draw from.
    largest_delay: of any synapse; one synapse at least has it.
    refractory:    largest refractory period that is drawn.
    biased, loops: whether biases and recurrent projections occur.
    smallest_delay, smallest_loop: of any synapse, and of one that leads back: where each hop takes a step, a
                   loop of two projections needs two.
    several:       whether two neurons may have several synapses.
    synaptic_delays: whether the synapses of a source neuron may differ in delay.
    leaky:         whether neurons leak; if not, their ``retain`` is 1.
    integrates:    whether the answer is read from an integrator, or from the spike counts of a population
                   that fires.
    own:           how to draw a population of each kind in ``kinds`` that the core does not bring.
    """
    rng = np.random.default_rng(seed)
    sizes = {
        "in": int(rng.integers(3, 9)),
        **{f"h{i}": int(rng.integers(2, 9)) for i in range(1, int(rng.integers(2, 4)))},
    }
    populations: dict[str, Population] = {"in": Input(sizes["in"])}
    for name in list(sizes)[1:]:
        kind, reset = str(rng.choice(list(kinds))), str(rng.choice(list(resets)))
        draw = (own or {}).get(kind)
        populations[name] = (
            draw(rng, sizes[name])
            if draw
            else _draw_hidden(rng, kind, sizes[name], reset, refractory, biased, leaky)
        )
    classes = int(rng.integers(2, 5))
    if integrates:
        populations["out"] = Integrator(
            classes, retain=np.full(classes, rng.uniform(0.5, 0.98) if leaky else 1.0)
        )
    else:
        populations["out"] = populations["h1"].slice(0, 2)
    hidden = list(sizes)[1:]
    chain = ["in", *hidden, "out"]
    least = smallest_delay
    projections = [_draw_synapses(rng, populations, a, b, largest_delay, least) for a, b in pairwise(chain)]
    if rng.random() < 0.5:
        projections.append(
            _draw_synapses(
                rng, populations, "in", "out" if len(hidden) > 1 else hidden[0], largest_delay, least, "more"
            )
        )
    if loops and rng.random() < 0.7:
        projections.append(
            _draw_synapses(
                rng, populations, hidden[-1], str(rng.choice(hidden)), largest_delay, smallest_loop, "loop"
            )
        )
    if not several:
        projections = [_keep_one_each(p) for p in projections]
    if not synaptic_delays:
        projections = _make_axonal(populations, projections)
    statistic = str(rng.choice(["maximum", "last", "mean"])) if integrates else "spike_count"
    names = tuple(f"class {i}" for i in range(populations["out"].size))
    graph = Graph(1e-3, populations, projections, Readout("out", statistic, classes=names))
    spikes = rng.random((samples, steps, sizes["in"])) < rng.uniform(0.05, 0.3)
    return LiveNetwork(calibrate_activity(graph, spikes, float(rng.uniform(0.08, 0.25))), spikes)


def _draw_hidden(
    rng: np.random.Generator, kind: str, size: int, reset: str, refractory: int, biased: bool, leaky: bool
) -> Population:
    common: dict[str, Any] = {
        "retain": rng.uniform(0.4, 0.97, size) if leaky else 1.0,
        "threshold": 1.0,
        "bias": rng.normal(0.0, 0.03, size) if biased and rng.random() < 0.4 else 0.0,
        "refractory": int(rng.integers(0, refractory + 1)),
        "reset": reset,
    }
    match kind:
        case "lif":
            return LIF(size, **common)
        case "current_lif":
            return CurrentLIF(size, **common, retain_current=rng.uniform(0.0, 0.8, size))
        case "adaptive_lif":
            return AdaptiveLIF(
                size,
                **common,
                retain_trace=rng.uniform(0.6, 0.95, size),
                adaptation=rng.uniform(0.0, 0.3, size),
            )
    raise ValueError(f"no such kind of hidden population: {kind!r}")


def _draw_synapses(
    rng: np.random.Generator,
    populations: dict[str, Population],
    source: str,
    target: str,
    largest: int,
    smallest: int,
    name: str = "",
) -> Projection:
    """About two thirds of all pairs, with one to three synapses each, repeated delays among them."""
    a, b = populations[source].size, populations[target].size
    number = max(2, int(a * b * rng.uniform(0.4, 1.2)))
    delay = rng.integers(smallest, largest + 1, number)
    delay[0] = largest
    weight = rng.normal(0.25, 0.5, number)
    label = f"{source}->{target}" + (f" {name}" if name else "")
    return Projection(
        source, target, rng.integers(0, a, number), rng.integers(0, b, number), weight, delay, label
    )


def _keep_one_each(p: Projection) -> Projection:
    """One synapse for each pair of neurons: the first, which has the largest delay of all."""
    _, first = np.unique(np.stack([p.pre, p.post]), axis=1, return_index=True)
    kept = np.sort(first)
    return replace(p, pre=p.pre[kept], post=p.post[kept], weight=p.weight[kept], delay=p.delay[kept])


def _make_axonal(populations: dict[str, Population], projections: Sequence[Projection]) -> list[Projection]:
    """All synapses of a source neuron with the largest of its delays."""
    longest = {name: np.zeros(int(p.size), dtype=np.int64) for name, p in populations.items()}
    for p in projections:
        np.maximum.at(longest[p.source], p.pre, p.delay)
    return [replace(p, delay=longest[p.source][p.pre]) for p in projections]


def calibrate_activity(graph: Graph, spikes: NDArray[np.bool_], wanted: float) -> Graph:
    """``graph`` with thresholds under which its populations fire at about the ``wanted`` rate.

    In rounds, the first population that is out of range gets the threshold that its potentials of the last
    round would cross at that rate.
    """
    for _ in range(24):
        activity = engine.simulate(graph, spikes, states=True, threads=1)
        rates = activity.rates()
        off = [
            n
            for n, p in graph.populations.items()
            if p.spikes and not isinstance(p, Input) and not 0.5 * wanted <= rates[n] <= 1.5 * wanted
        ]
        if not off:
            break
        name = off[0]
        threshold = np.quantile(activity.potentials[name], 1 - wanted, axis=(0, 1))
        population: Any = graph.populations[name]
        moved = 0.5 * (population.threshold + np.maximum(threshold, 0.05))
        graph = graph.with_(
            populations=dict(graph.populations) | {name: replace(population, threshold=moved)}
        )
    return graph
