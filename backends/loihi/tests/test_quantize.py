"""Quantizing keeps what can be kept, counts what it changes, and changes nothing twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from delaycore_loihi import ARITHMETIC, LoihiBackend
from delaycore_loihi.numbers import choose_grid

import delaycore as dc
from delaycore import engine
from delaycore.conformance import live_network

LOIHI = LoihiBackend()
SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_quantized_stays_as_it_is(seed: int) -> None:
    exact, losses = LOIHI.quantize(live_network(seed, samples=1).graph)
    assert losses
    again, more = LOIHI.quantize(exact)
    assert again == exact
    assert not more, str(more)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("unit", [1.0, 2.0**-14])
def test_a_float_graph_on_the_grid_loses_nothing_and_fires_alike(seed: int, unit: float) -> None:
    live = live_network(seed, samples=1)
    exact, _ = LOIHI.quantize(live.graph)
    again, losses = LOIHI.quantize(as_floats(exact, unit, ">"))
    assert not losses, str(losses)
    a, b = (engine.simulate(graph, live.spikes, threads=1) for graph in (exact, again))
    rates = zip(a.rates().values(), b.rates().values(), strict=True)
    assert all(
        abs(x - y) < 0.02 for x, y in rates
    )  # only the rounding of decays may differ, at another scale


def as_floats(exact: dc.Graph, unit: float, fires: Any) -> dc.Graph:
    scale = {name: unit for name, p in exact.populations.items() if not isinstance(p, dc.Input)}
    return dc.hardware.rescale(exact, scale, dc.Arithmetic(fires=fires))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("unit", [1.0, 2.0**-14])
def test_a_float_graph_on_the_grid_that_fires_at_its_thresholds_loses_a_step_of_them_or_ties(
    seed: int, unit: float
) -> None:
    exact, _ = LOIHI.quantize(live_network(seed, samples=1).graph)
    graph = as_floats(exact, unit, ">=")
    again, losses = LOIHI.quantize(graph)
    scale = LOIHI.quantization_scheme(graph).scale
    ties = {loss.place for loss in losses if loss.what == "tie"}
    assert {loss.what for loss in losses} <= {"threshold", "tie"} and losses
    for name, population in again.populations.items():
        if population.spikes and not isinstance(population, dc.Input):
            step = 0 if f"populations[{name!r}]" in ties else 64
            given: Any = graph.populations[name]
            made: Any = population
            assert np.array_equal(made.threshold, given.threshold * scale[name] - step)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_alteration_is_counted(seed: int) -> None:
    graph = live_network(seed, samples=1).graph
    scheme = LOIHI.quantization_scheme(graph)
    exact, losses = LOIHI.quantize(graph)
    changed: Any = 0
    for before, after in zip(graph.projections, exact.projections, strict=True):
        back = after.weight / scheme.scale[after.target]
        changed += np.count_nonzero(back != before.weight)
        assert np.abs(back - before.weight).max() <= scheme.weights[before.name].step
    for name, population in graph.populations.items():
        for parameter in population.parameters():
            unit = scheme.scale[name] if parameter in ("threshold", "bias") else 1.0
            changed += np.count_nonzero(
                getattr(exact.populations[name], parameter) / unit != getattr(population, parameter)
            )
    assert sum(loss.count for loss in losses) == changed


@pytest.mark.parametrize("seed", SEEDS)
def test_all_numbers_lie_on_the_registers(seed: int) -> None:
    exact, _ = LOIHI.quantize(live_network(seed, samples=1).graph)
    assert exact.arithmetic == ARITHMETIC
    for p in exact.projections:
        assert choose_grid(p.weight)[0].to_format().holds(p.weight).all()
    for population in exact.populations.values():
        if isinstance(population, dc.LIF | dc.CurrentLIF):
            assert (population.threshold % 64 == 0).all()
            assert (population.retain * 4096 % 1 == 0).all()
            assert (population.retain >= 1 / 4096).all()


def two_projections(small: float) -> dc.Graph:
    """A neuron driven by weights of about 1 and of about ``small``."""
    inputs = {"a": dc.Input(4), "b": dc.Input(4)}
    one = np.array([1.0, -0.7, 0.3, 0.11])
    columns: dict[str, Any] = {"pre": np.arange(4), "post": np.zeros(4, int), "delay": np.ones(4)}
    projections = [
        dc.Projection("a", "h", weight=one, **columns),
        dc.Projection("b", "h", weight=one * small, **columns),
    ]
    return dc.Graph(1e-3, inputs | {"h": dc.LIF(1, retain=0.9, threshold=1.0)}, projections)


def test_smaller_projections_get_finer_exponents() -> None:
    exact, _ = LOIHI.quantize(two_projections(1 / 16))
    top, fine = (choose_grid(p.weight)[0].exponent for p in exact.projections)
    assert top - fine == 4


def test_one_step_of_all_arrivals_stays_inside_the_accumulator_where_it_can() -> None:
    exact, _ = LOIHI.quantize(two_projections(0.5))
    up = sum(np.maximum(p.weight, 0).sum() for p in exact.projections)
    assert 2**20 < 4 * up < 2**23  # not needlessly small
    assert up < 2**21
    assert "accumulator.range" not in LOIHI.check(two_projections(0.5)).codes()


def test_where_the_bound_would_cost_bits_the_bits_are_kept_and_the_bound_is_a_warning() -> None:
    n = 4000
    wide = dc.Projection(
        "in", "h", pre=np.arange(n), post=np.zeros(n, int), weight=np.full(n, 0.1), delay=np.ones(n)
    )
    graph = dc.Graph(1e-3, {"in": dc.Input(n), "h": dc.LIF(1, retain=0.5, threshold=1.0)}, [wide])
    report = LOIHI.check(graph)
    (finding,) = [f for f in report.findings if f.code == "accumulator.range"]
    assert finding.severity == "warning"
    assert report.ok
    exact, _ = LOIHI.quantize(graph)
    assert finding.needed == exact.projections[0].weight.sum() > finding.available == 2**21 - 1
    assert choose_grid(exact.projections[0].weight)[0].to_mantissas(exact.projections[0].weight).max() >= 128


def test_a_read_out_within_the_bound_cannot_fire_whatever_comes() -> None:
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.1, 1.0, 20)
    projection = dc.Projection(
        "in", "out", pre=np.arange(20), post=np.zeros(20, int), weight=weights, delay=np.ones(20)
    )
    graph = dc.Graph(
        1e-3, {"in": dc.Input(20), "out": dc.Integrator(1, retain=0.9)}, [projection], dc.Readout("out")
    )
    program = LOIHI.map(graph)
    assert "readout.reach" not in program.report.codes()
    result = LOIHI.simulate(program, np.ones((1, 100, 20), dtype=bool))
    assert not result.findings
    assert 131071 * 64 / 8 < result.states["out"].max() <= 131071 * 64


def test_fewer_bits_lose_more() -> None:
    graph = live_network(3, samples=1).graph
    place = graph.projections[0].place
    largest = [
        max(
            loss.largest
            for loss in LOIHI.quantize(graph, weight_bits=bits)[1]
            if loss.place.startswith(place)
        )
        for bits in (8, 6, 4, 2)
    ]
    assert largest == sorted(largest)
    assert largest[-1] > 8 * largest[0]


def test_retain_beyond_the_registers_is_a_loss() -> None:
    graph = live_network(0, samples=1).graph
    out: Any = graph.populations["out"]
    none_kept = dict(graph.populations) | {"out": replace(out, retain=0.0)}
    _, losses = LOIHI.quantize(graph.with_(populations=none_kept))
    (loss,) = [loss for loss in losses if loss.place == "populations['out'].retain"]
    assert (loss.change, loss.largest) == ("clipped", 1 / 4096)


@pytest.mark.parametrize(
    ("population", "code"),
    [
        (dc.AdaptiveLIF(2, retain=0.9, threshold=1.0), "population.kind"),
        (dc.LIF(2, retain=0.9, threshold=1.0, reset="subtract"), "population.reset"),
        (dc.LIF(2, retain=0.9, threshold=[1.0, -1.0]), "threshold.range"),
    ],
)
def test_what_the_chip_cannot_compute_is_refused_with_the_full_report(
    population: dc.Population, code: str
) -> None:
    projection = dc.Projection("in", "h", pre=[0, 0], post=[0, 1], weight=[1.0, 1.0], delay=[1, 99])
    graph = dc.Graph(1e-3, {"in": dc.Input(1), "h": population}, [projection])
    for door in (LOIHI.quantize, LOIHI.quantization_scheme, LOIHI.map):
        with pytest.raises(dc.DoesNotFit) as caught:
            door(graph)
        assert {code, "delay.range"} <= caught.value.report.codes()


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1e30, 1e300])
def test_numbers_of_any_size_are_quantized(size: float) -> None:
    graph = two_projections(0.5)
    scale = {p.name: p.with_weight(p.weight * size) for p in graph.projections}
    grown = graph.with_(
        projections=list(scale.values()),
        populations=dict(graph.populations) | {"h": dc.LIF(1, retain=0.9, threshold=size)},
    )
    exact, losses = LOIHI.quantize(grown)
    h: Any = exact.populations["h"]
    assert h.threshold[0] >= 128 * 64
    assert all(loss.relative < 0.01 for loss in losses)
