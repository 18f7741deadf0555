"""What does not fit is found, what a run shows is reported, and costs follow from counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from delaycore_spinnaker.backend import SpinnakerBackend
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.spec import COSTS, LIMITS, SPEC

import delaycore
from delaycore import conformance
from delaycore.graph import LIF, Graph, Input, Projection
from delaycore.hardware import Slice

CHIP = SpinnakerBackend()


def one(delay: int) -> Graph:
    way = Projection("in", "h", [0, 0], [0, 0], [1.0, 1.0], [1, delay])
    return Graph(1e-3, {"in": Input(1), "h": LIF(1, retain=0.5, threshold=0.5)}, [way])


def test_it_passes_the_conformance_suite() -> None:
    verdict = conformance.run(CHIP)
    assert verdict.ok, verdict


@pytest.mark.parametrize(
    ("rule", "neurons", "slots"),
    [
        ("current", 256, 32),
        ("current", 128, 64),
        ("current", 64, 128),
        ("classic", 256, 16),
        ("classic", 64, 16),
    ],
)
def test_the_two_rules_of_delay_extension(rule: str, neurons: int, slots: int) -> None:
    options = {"rule": rule, "neurons_per_core": neurons}
    assert Options.parse(options).slots == slots
    assert CHIP.check(one(9 * slots), **options).ok
    report = CHIP.check(one(9 * slots + 1), **options)
    assert next((f.code, f.needed, f.available) for f in report.errors) == (
        "delay.range",
        9 * slots + 1,
        9 * slots,
    )


def test_a_longer_delay_takes_stages_packets_and_rows() -> None:
    spikes = np.zeros((1, 40, 1), dtype=np.bool_)
    spikes[0, 2] = True
    near, far = (CHIP.simulate(CHIP.map(one(d), rule="classic"), spikes).cost for d in (16, 17))
    assert (near.counts["packets"].item(), far.counts["packets"].item()) == (1, 2)
    assert near.counts["synaptic events"] == far.counts["synaptic events"] == 2
    assert far.memory["synaptic rows"] == 8 * 4 * 2 * (3 + 1) and near.memory["synaptic rows"] == 8 * 4 * (
        3 + 2
    )


def dense(inputs: int, neurons: int) -> Graph:
    return Graph.from_arrays([np.full((inputs, neurons), 0.001), np.ones((neurons, 1))], [1, 1], retain=0.5)


def test_missed_ticks_are_found_from_counts_at_200_000_cycles() -> None:
    per_tick = (
        (float(LIMITS["tick.cycles"]) - 256 * float(COSTS["neuron.cycles"]))
        / float(COSTS["synapse.cycles"])
        / 256
    )
    program = CHIP.map(dense(40, 256))
    for active, missed in ((int(per_tick), False), (int(per_tick) + 1, True)):
        spikes = np.zeros((2, 8, 40), dtype=np.bool_)
        spikes[1, 3, :active] = True
        found = [f for f in CHIP.simulate(program, spikes).findings if f.code == "tick.cycles"]
        assert bool(found) == missed, active
        if missed:
            assert (
                found[0].needed == pytest.approx(256 * 224 + active * 256 * 15.4)
                and "1 of " in found[0].message
            )
    split = CHIP.map(dense(40, 256), neurons_per_core=128)
    assert not [f for f in CHIP.simulate(split, spikes).findings if f.code == "tick.cycles"]


def test_static_and_marginal_energy_stand_apart_and_add_up() -> None:
    spikes = np.ones((1, 10, 40), dtype=np.bool_)
    cost = CHIP.simulate(CHIP.map(dense(40, 20)), spikes).cost
    steps = cost.latency.total[0] / 1e-3
    assert cost.energy.parts["static: idle chips"] == pytest.approx(0.35 * steps * 1e-3)
    assert cost.energy.parts["synaptic events"] == pytest.approx(
        cost.counts["synaptic events"] * 15.4 * 170e-12
    )
    assert cost.energy.parts["neurons"] == pytest.approx(21 * steps * 224 * 170e-12)


def test_kinds_biases_and_options_that_it_does_not_take() -> None:
    way = Projection("in", "h", [0], [0], [1.0], [0])
    biased = Graph(
        1e-3, {"in": Input(1), "h": LIF(1, retain=0.5, threshold=1.0, bias=0.1, reset="subtract")}, [way]
    )
    assert CHIP.check(biased).codes() == {"population.bias", "population.reset"}
    for wrong in ({"rule": "newest"}, {"neurons_per_core": 0}, {"rate": 0.0}, {"cores": 2}):
        with pytest.raises(delaycore.SettingsError):
            CHIP.check(one(1), **wrong)
    assert "core.neurons" in CHIP.check(one(1), neurons_per_core=257).codes()


def test_thresholds_that_one_enormous_weight_rounds_to_nothing_are_an_error() -> None:
    assert CHIP.check(one(1)).ok
    enormous = Projection("in", "h", [0], [0], [1e300], [1])
    report = CHIP.check(one(1).with_(projections=[enormous]))
    assert report.codes() == {"threshold.range", "arithmetic.rounding"}
    assert {f.code for f in report.errors} == {"threshold.range"}


def test_a_larger_expected_rate_takes_coarser_weights_and_less_saturation() -> None:
    rng = np.random.default_rng(0)
    graph = Graph.from_arrays([rng.normal(0.1, 0.5, (60, 5))], [2])
    fine, coarse = (CHIP.quantize(graph, rate=r) for r in (0.01, 0.9))
    assert np.abs(fine[0].projections[0].weight).max() > np.abs(coarse[0].projections[0].weight).max()
    largest = [max(loss.largest for loss in losses if loss.what == "weight") for _, losses in (fine, coarse)]
    assert largest[0] < largest[1]
    assert np.abs(coarse[0].projections[0].weight).max() <= 65535


def test_rows_over_the_memory_of_a_chip_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    program = CHIP.map(dense(40, 20))
    bits = CHIP.simulate(program, np.zeros((1, 1, 40), dtype=np.bool_)).cost.memory["synaptic rows"]
    for room, fits in ((bits / 8, True), (bits / 8 - 1, False)):
        limits = LIMITS | {"chip.sdram": replace(LIMITS["chip.sdram"], value=room)}
        monkeypatch.setattr("delaycore_spinnaker.plan.SPEC", replace(SPEC, limits=limits))
        assert CHIP.check(dense(40, 20)).ok == fits


def test_recorded_spikes_cost_what_their_run_cost() -> None:
    graph = dense(40, 30)
    spikes = np.random.default_rng(0).random((3, 40, 40)) < 0.3
    spikes[:, 20:] = False  # so that nothing fires late
    program = CHIP.map(graph, neurons_per_core=8)
    ran = CHIP.simulate(program, spikes)
    for slices in (None, program.placement.slices):
        priced = CHIP.price(delaycore.Workload(graph, ran.spikes, slices), neurons_per_core=8)
        assert priced.feasible and priced.mapping == program.mapping
        for name in ("energy", "latency"):
            np.testing.assert_allclose(
                getattr(priced.cost, name).total, getattr(ran.cost, name).total, rtol=1e-12
            )
        assert priced.cost.memory == ran.cost.memory and ran.cost.counts["synaptic events"].min() > 100


def test_routing_entries_are_counted_per_chip_for_sources_and_targets_and_every_stage() -> None:
    """20 inputs in one part; 40 neurons on 10 cores of 4, that is on chip 0; the read-out on core 10; the
    loop needs two stages.
    """
    graph = Graph.from_arrays([np.ones((20, 40)), np.ones((40, 1))], [1, 1], retain=0.5)
    assert CHIP.map(graph, neurons_per_core=4).mapping.router_entries == {0: 1 + 10}
    far = Graph.from_arrays(
        [np.ones((20, 80)), np.ones((80, 1))], [1, 1], retain=0.5
    )  # 20 cores, so that the last 4 lie on chip 1, as the read-out does
    assert CHIP.map(far, neurons_per_core=4).mapping.router_entries == {0: 1 + 16, 1: 1 + 20}
    late = graph.with_(
        projections=[graph.projections[0], Projection("h1", "out", [0, 0], [0, 0], [1.0, 1.0], [1, 17])]
    )
    assert CHIP.map(late, neurons_per_core=4, rule="classic").mapping.router_entries == {0: 1 + 2}


def test_slices_that_a_core_cannot_run_are_refused() -> None:
    graph = dense(4, 8)
    spikes = {"in": np.zeros((1, 5, 4), bool), "h1": np.zeros((1, 5, 8), bool)}
    shared = (Slice("h1", 0, 8, 0), Slice("out", 0, 1, 0))
    with pytest.raises(delaycore.DoesNotFit, match=r"core\.slices"):
        CHIP.price(delaycore.Workload(graph, spikes, shared))
    crooked = (Slice("h1", 0, 3, 0), Slice("h1", 3, 8, 1), Slice("out", 0, 1, 2))
    with pytest.raises(delaycore.DoesNotFit, match=r"core\.neurons"):
        CHIP.price(delaycore.Workload(graph, spikes, crooked), neurons_per_core=4)
