"""Every chip on random networks that fire: it refuses them, or does what the reference does with its
quantized graph; and what quantizing altered is what another count finds.

The installed chips of the project are tried; the plugins' too where they can be loaded (``make test-all``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore import reference
from delaycore.graph import Graph
from delaycore.hardware import DoesNotFit, Losses, QuantizationScheme
from delaycore.registry import load_backend
from tests.properties.networks import Case, Limits, draw_case, waken

PLAIN: Any = {"odd": False, "strict": False, "starts": False}
LIMITS = {
    "loihi": Limits(
        kinds=("lif", "current_lif", "integrator"),
        resets=("zero",),
        smallest_delay=1,
        odd=False,
        starts=False,
    ),
    "seneca": Limits(**PLAIN),
    "spinnaker": Limits(kinds=("lif",), resets=("zero",), smallest_delay=1, bias=False, **PLAIN),
    "truenorth": Limits(
        kinds=("lif",),
        smallest_delay=1,
        smallest_loop=2,
        bias=False,
        leak=False,
        refractory=0,
        twins=False,
        **PLAIN,
    ),
}
TARGETS = [pytest.param(t, id=t) for t in LIMITS if t in dc.targets()]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.networks(ordinary=12, thorough=600)
def test_a_chip_does_what_the_reference_does_with_its_quantized_graph(
    target: str, seeds: range, record_property
) -> None:
    ran = alive = 0
    for seed in seeds:
        case = waken(draw_case(seed, LIMITS[target]))
        if not dc.check(case.graph, target=target).ok:
            with pytest.raises(DoesNotFit):
                dc.map(case.graph, target=target)
            continue
        program = dc.map(case.graph, target=target)
        truth = reference.simulate(program.graph, case.spikes, states=True)
        made = dc.simulate(program, case.spikes, states=True).activity
        assert made.same_as(truth), f"{target}, network {seed}"
        ran += 1
        alive += any(truth.spikes[n].any() for n in truth.spikes if n not in case.spikes)
    record_property(f"networks run on {target}", ran)
    record_property("networks that fire", alive)
    assert alive >= 0.5 * len(seeds)


def recount(before: Graph, after: Graph, scheme: QuantizationScheme) -> Iterator[tuple[str, int, float]]:
    """Yield every place of synapses, weights and parameters that differ, how many do, and the largest
    difference, in the units of ``before``.

    A synapse that is gone has the weight 0.  Where only one of the two fires at its thresholds, one that was
    rounded and no more loses its ties.
    """
    scale = dict.fromkeys(before.populations, 1.0) | dict(scheme.scale)
    for p, q in zip(before.projections, after.projections, strict=True):
        assert (p.name, p.source, p.target) == (q.name, q.source, q.target)
        left = [*zip(q.pre, q.post, q.delay, q.weight / scale[p.target], strict=True)]
        found = np.zeros(len(p))
        for i, synapse in enumerate(zip(p.pre, p.post, p.delay, strict=True)):
            if left and left[0][:3] == synapse:
                found[i] = left.pop(0)[3]
        assert not left, "synapses that were not there before, or in another order"
        yield _compare(f"{p.place}.weight", p.weight, found)
        yield p.place, len(p) - len(q), 0.0
    for name, population in before.populations.items():
        other = after.populations[name]
        assert type(other) is type(population) and other.size == population.size
        for parameter in population.parameters():
            unit = scale[name] if parameter in ("threshold", "bias", "adaptation") else 1.0
            found = getattr(other, parameter) / unit
            yield _compare(f"populations[{name!r}].{parameter}", getattr(population, parameter), found)
        number = scheme.parameters.get(f"{name}.threshold")
        if before.arithmetic.fires != after.arithmetic.fires and number is not None:
            old, new = (getattr(p, "threshold", np.zeros(0)) for p in (population, other))
            stays = number.round(old) == new / scale[name]
            yield f"populations[{name!r}]", int(stays.sum()), 0.0
        rules = ("start", "refractory", "reset")
        assert all(getattr(population, r, None) == getattr(other, r, None) for r in rules)


def _compare(place: str, a: np.ndarray, b: np.ndarray) -> tuple[str, int, float]:
    error = np.abs(a - b)
    return place, int((error > 0).sum()), float(error.max(initial=0.0))


def summed(losses: Losses) -> dict[str, tuple[int, float]]:
    """Return the count and the largest error that losses report for each place."""
    found: dict[str, tuple[int, float]] = {}
    for entry in losses:
        count, largest = found.get(entry.place, (0, 0.0))
        found[entry.place] = count + entry.count, max(largest, entry.largest)
    return found


def spread(case: Case, seed: int) -> Case:
    """Return ``case`` with numbers that a grid can hardly hold: outliers, tiny weights, or as they are."""
    rng = np.random.default_rng(seed)
    factors = [1.0, 1.0, 1000.0, 1e-3]
    weights = [p.with_weight(p.weight * rng.choice(factors, len(p))) for p in case.graph.projections]
    return Case(case.graph.with_(projections=weights), case.spikes) if seed % 2 else case


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.networks(ordinary=30, thorough=1500)
def test_losses_are_what_a_recount_of_both_graphs_finds(target: str, seeds: range, record_property) -> None:
    ran = 0
    backend = load_backend(target)
    for seed in seeds:
        case = spread(draw_case(seed, LIMITS[target]), seed)
        try:
            after, losses = backend.quantize(case.graph)
        except DoesNotFit:
            continue
        scheme = backend.quantization_scheme(case.graph)
        counted = {place: found for place, *found in recount(case.graph, after, scheme) if found[0]}
        reported = {place: list(found) for place, found in summed(losses).items()}
        assert reported == counted, f"{target}, network {seed}"
        ran += 1
    record_property(f"networks quantized for {target}", ran)
    assert ran >= 0.5 * len(seeds)
