"""Random networks of every kind that a Graph can say, drawn without any generator of the package itself.

Each is the same for the same seed.  Most numbers come from small sets in which sums tie with thresholds:
tenths, quarters, whole numbers, and numbers so unlike in size that a sum depends on the order of its
additions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import engine
from delaycore.graph import (
    LIF,
    AdaptiveLIF,
    Arithmetic,
    CurrentLIF,
    Format,
    Framing,
    Graph,
    Input,
    Integrator,
    Population,
    Projection,
    Readout,
)

__all__ = ["Case", "Limits", "draw_arithmetic", "draw_case", "waken"]

Rng = np.random.Generator

NAMES = (
    *(
        "type",
        "keys",
        "training",
        "forward",
        "weight",
        "populations",
        "readout",
        "in",
        "out",
        "in->out",
        "->",
    ),
    *("a.b", "a.b.c", "layers.0.lif", "population 1", " ", "0", "None", "__class__", "'quoted'", "a\\b"),
    *("Ω", "日本", "é", "e\u0301", "line\nbreak", "[x]", "{name}", "%s"),
)
"""Names that a Graph takes, and that mean something to torch, Python or a format of names."""

PROJECTION_NAMES = (*NAMES, "a/b", "a.b/", "/", "in->out/2", "a->b->c", "in->h", "projection 0")

KINDS = ("lif", "current_lif", "adaptive_lif", "integrator")


@dataclass(frozen=True)
class Limits:
    """What may occur in a network; a chip that takes less narrows it.

    kinds:         of populations that compute; resets: of those that fire.
    inputs:        the largest number of input populations.
    smallest_delay, largest_delay: in steps; smallest_loop: of a synapse that does not lead onwards.
    """

    kinds: tuple[str, ...] = KINDS
    resets: tuple[str, ...] = ("zero", "subtract")
    inputs: int = 3
    smallest_delay: int = 0
    smallest_loop: int = 1
    largest_delay: int = 12
    refractory: int = 3
    bias: bool = True
    starts: bool = True
    leak: bool = True
    several: bool = True
    twins: bool = True
    """Whether two neurons may have synapses of the same delay."""
    loops: bool = True
    strict: bool = True
    odd: bool = True
    """Whether thresholds may be 0 or negative, and weights wildly unlike."""


@dataclass(frozen=True)
class Case:
    """A network and input spikes by population, bool [samples, steps, neurons]."""

    graph: Graph
    spikes: dict[str, NDArray[np.bool_]]

    def rates(self) -> dict[str, float]:
        """Return spikes per neuron and step of every population that computes and fires."""
        made = engine.simulate(self.graph, self.spikes, threads=1).rates()
        return {n: made[n] for n, p in self.graph.populations.items() if p.spikes and n not in self.spikes}


def _pick(rng: Rng, options: Any) -> Any:
    return options[int(rng.integers(len(options)))]


def _draw_numbers(rng: Rng, size: int, draw: Callable[[int], NDArray[Any]]) -> Any:
    """Return a number for all neurons, or one for each."""
    return float(draw(1)[0]) if rng.random() < 0.4 else draw(size)


def _tenths(rng: Rng, first: int, last: int) -> Callable[[int], NDArray[Any]]:
    return lambda n: rng.integers(first, last + 1, n) * 0.1


def _draw_fractions(rng: Rng, size: int) -> Any:
    sets = [
        lambda n: rng.choice([0.0, 0.5, 1.0], n),
        lambda n: rng.choice([0.1, 0.9, 1.0 - 2.0**-53], n),
        lambda n: rng.uniform(0.0, 1.0, n),
        lambda n: np.exp(-1e-3 / rng.uniform(1e-3, 0.1, n)),
        lambda n: rng.choice([1.0], n),
    ]
    return _draw_numbers(rng, size, _pick(rng, sets))


def _draw_thresholds(rng: Rng, size: int, odd: bool) -> Any:
    sets = [
        lambda n: np.full(n, 1.0),
        _tenths(rng, 1, 12),
        lambda n: rng.choice([0.25, 0.5, 1.0, 2.0], n),
        lambda n: 10.0 ** rng.uniform(-1, 0.5, n),
    ]
    if odd and rng.random() < 0.08:
        sets = [_tenths(rng, -2, 2)]
    return _draw_numbers(rng, size, _pick(rng, sets))


def _draw_population(rng: Rng, kind: str, limits: Limits) -> Population:
    size = int(rng.integers(1, 6))
    given: dict[str, Any] = {"retain": _draw_fractions(rng, size) if limits.leak else 1.0}
    if limits.bias and rng.random() < 0.4:
        given["bias"] = _draw_numbers(rng, size, _tenths(rng, -2, 3))
    if limits.starts and rng.random() < 0.25:
        given["start"] = int(rng.integers(1, 5))
    if kind == "integrator":
        return Integrator(size, **given)
    given["threshold"] = _draw_thresholds(rng, size, limits.odd)
    given["refractory"] = int(rng.integers(0, limits.refractory + 1)) if rng.random() < 0.5 else 0
    given["reset"] = _pick(rng, limits.resets)
    if kind == "lif":
        return LIF(size, **given)
    if kind == "current_lif":
        return CurrentLIF(size, **given, retain_current=_draw_fractions(rng, size))
    adaptation = _draw_numbers(rng, size, _tenths(rng, -1, 5))
    return AdaptiveLIF(size, **given, retain_trace=_draw_fractions(rng, size), adaptation=adaptation)


def _draw_weights(rng: Rng, count: int, odd: bool) -> NDArray[np.float64]:
    sets: list[Callable[[int], NDArray[np.float64]]] = [
        lambda n: np.full(n, 0.1),
        lambda n: rng.choice([0.1, 0.2, 0.3, -0.1], n),
        lambda n: rng.integers(-2, 5, n) / 4,
        lambda n: rng.normal(0.2, 0.4, n),
    ]
    if odd:
        sets += [
            lambda n: rng.choice([1e16, -1e16, 1.0, 0.5, 0.1], n),
            lambda n: rng.choice([0.0, -0.0, 0.7, 5e-324], n),
        ]
    return _pick(rng, sets[:4] if rng.random() < 0.85 else sets)(count)


def _draw_synapses(
    rng: Rng, ends: tuple[str, str], sizes: tuple[int, int], least: int, limits: Limits, name: str
) -> Projection:
    """Return synapses of a random number, none among them; some stand twice."""
    pairs = sizes[0] * sizes[1]
    count = int(rng.integers(0, 2 * pairs + 2)) if rng.random() < 0.9 else 0
    if not limits.several:
        chosen = rng.permutation(pairs)[: min(count, pairs)]
        pre, post = np.divmod(chosen, sizes[1])
    else:
        pre, post = rng.integers(0, sizes[0], count), rng.integers(0, sizes[1], count)
    most = max(least, int(_pick(rng, [least, 2, limits.largest_delay, limits.largest_delay])))
    delay: NDArray[Any] = rng.integers(least, most + 1, len(pre))
    weight = _draw_weights(rng, len(pre), limits.odd)
    if not limits.twins:
        _, first = np.unique(np.stack([pre, post, delay]), axis=1, return_index=True)
        pre, post, delay, weight = (a[np.sort(first)] for a in (pre, post, delay, weight))
    elif limits.several and len(pre) > 1 and rng.random() < 0.3:
        twice = rng.integers(0, len(pre), 3)  # pair and delay again, with weights of their own
        pre, post, delay = (np.r_[a, a[twice]] for a in (pre, post, delay))
        weight = np.r_[weight, _draw_weights(rng, 3, limits.odd)]
    return Projection(*ends, pre, post, weight, delay, name)


def _draw_readout(rng: Rng, populations: dict[str, Population], steps: int) -> Readout | None:
    if rng.random() < 0.2:
        return None
    name = _pick(rng, [n for n, p in populations.items() if not isinstance(p, Input)])
    fires = populations[name].spikes
    statistic = "spike_count" if fires else _pick(rng, ["last", "maximum", "mean", "softmax_sum"])
    classes = [f"class {i}" for i in range(populations[name].size)] if rng.random() < 0.3 else []
    first = int(rng.integers(0, steps))
    window = None if rng.random() < 0.5 else (first, int(rng.integers(first + 1, steps + 3)))
    return Readout(name, statistic, window, float(_pick(rng, [1.0, 0.1, 64.0])), tuple(classes))


def draw_case(seed: int, limits: Limits = Limits(), steps: int = 22, samples: int = 2) -> Case:
    """Return a network within ``limits``, and spikes for it."""
    rng = np.random.default_rng([seed, 20261126])
    inputs, hidden = int(rng.integers(1, limits.inputs + 1)), int(rng.integers(1, 5))
    names = [str(n) for n in rng.permutation(list(NAMES))[: inputs + hidden]]
    if rng.random() < 0.5:
        names = [*(f"in{i}" for i in range(inputs)), *(f"h{i}" for i in range(hidden))]
    drawn: dict[str, Population] = {n: Input(int(rng.integers(1, 6))) for n in names[:inputs]}
    for n in names[inputs:]:
        drawn[n] = _draw_population(rng, _pick(rng, limits.kinds), limits)
    order = rng.permutation(len(names)) if limits.odd and rng.random() < 0.5 else range(len(names))
    populations = {names[i]: drawn[names[i]] for i in order}
    onwards = {n: i for i, n in enumerate([*names[:inputs], *rng.permutation(names[inputs:])])}
    projections: list[Projection] = []
    free = [str(n) for n in rng.permutation(list(PROJECTION_NAMES))]

    def join(source: str, target: str) -> None:
        ahead = onwards[source] < onwards[target]
        least = limits.smallest_delay if ahead else max(limits.smallest_delay, limits.smallest_loop)
        plain = f"{source}->{target}"
        taken = {p.name for p in projections}
        name = plain if plain not in taken and rng.random() < 0.6 else next(n for n in free if n not in taken)
        sizes = populations[source].size, populations[target].size
        projections.append(_draw_synapses(rng, (source, target), sizes, least, limits, name))

    sources = [n for n, p in populations.items() if p.spikes]
    for target in names[inputs:]:
        for _ in range(int(rng.integers(1, 4))):
            usable = [
                s
                for s in sources
                if (limits.loops or onwards[s] < onwards[target])
                and (limits.several or all((p.source, p.target) != (s, target) for p in projections))
            ]
            if usable:
                join(_pick(rng, usable), target)
    projections = [projections[i] for i in rng.permutation(len(projections))]
    total = sum(populations[n].size for n in names[:inputs])
    graph = Graph(
        float(_pick(rng, [1e-3, 0.016, 1 / 3])),
        populations,
        projections,
        _draw_readout(rng, populations, steps),
        Arithmetic(
            name=_pick(rng, ["float64", "own"]), fires=">" if limits.strict and rng.random() < 0.4 else ">="
        ),
        Framing(steps=steps, step=0.5, channels=total) if rng.random() < 0.3 else None,
    )
    rate = rng.uniform(0.05, 0.6)
    spikes = {n: rng.random((samples, steps, populations[n].size)) < rate for n in graph.inputs}
    return Case(graph, spikes)


def waken(case: Case, low: float = 0.02, high: float = 0.5) -> Case:
    """Return ``case`` with the thresholds of populations that are silent or fire nearly always moved to a
    quantile of their potentials, one population after the other.
    """
    for name in case.graph.order:
        p: Any = case.graph.populations[name]
        if name in case.spikes or not p.spikes or low <= case.rates()[name] <= high:
            continue
        made = engine.simulate(case.graph, case.spikes, states=[name], threads=1).potentials[name]
        level = np.quantile(made, 0.8, axis=(0, 1))
        if not (np.isfinite(level) & (level > 0)).any():
            continue
        threshold = np.where(level > 0, level, np.max(level))
        moved = {**case.graph.populations, name: replace(p, threshold=threshold)}
        case = replace(case, graph=case.graph.with_(populations=moved))
    return case


def _draw_fixed(rng: Rng, step: float) -> Format:
    low, high = int(_pick(rng, [-8, -32, -128, 0])), int(_pick(rng, [7, 31, 127]))
    return Format(
        family="fixed",
        step=step,
        minimum=low * step,
        maximum=high * step,
        overflow=_pick(rng, ["wrap", "clip"]),
        rounding=_pick(rng, ["nearest_even", "nearest_away", "toward_zero", "floor"]),
    )


def draw_arithmetic(seed: int) -> Arithmetic:
    """Return an arithmetic of formats, ranges and orders of rounding in any combination."""
    rng = np.random.default_rng([seed, 8])
    step = float(_pick(rng, [0.1, 1 / 3, 0.25, 2.0**-6, 0.3]))

    def draw() -> Format:
        family = _pick(rng, ["float64", "float32", "bfloat16", "fixed", "fixed", "fixed"])
        return (
            _draw_fixed(rng, float(_pick(rng, [step, step, step / 2])))
            if family == "fixed"
            else Format(family=family)
        )

    return Arithmetic(
        name="drawn",
        weight=draw(),
        decay=draw(),
        total=draw(),
        current=draw(),
        potential=draw(),
        arrivals=_pick(rng, ["total", "state", "signs"]),
        additions=_pick(rng, ["each", "last"]),
        fires=_pick(rng, [">=", ">"]),
    )
