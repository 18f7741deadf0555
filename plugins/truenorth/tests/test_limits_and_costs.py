"""What does not fit is found, axons and copies are counted, and a network built for the chip does its task on
it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from delaycore_truenorth.backend import TrueNorthBackend
from delaycore_truenorth.neuron import LinearLeak
from delaycore_truenorth.plan import CoreUse

from delaycore import DataError, DoesNotFit, SettingsError, Workload, conformance, reference
from delaycore.graph import LIF, Graph, Input, Integrator, Projection, Readout
from delaycore.hardware import round_to

CHIP = TrueNorthBackend()


def test_it_passes_the_conformance_suite() -> None:
    verdict = conformance.run(CHIP)
    assert verdict.ok, verdict


def joined(*delays: int, weight: tuple[float, ...] = (), hidden: LIF | LinearLeak | None = None) -> Graph:
    n = len(delays)
    way = Projection("in", "h", [0] * n, [0] * n, weight or [1.0] * n, delays)
    return Graph(1e-3, {"in": Input(1), "h": hidden or LIF(1, retain=1.0, threshold=1.0)}, [way])


def test_exponential_leak_is_refused_with_what_to_train_instead() -> None:
    report = CHIP.check(joined(1, hidden=LIF(1, retain=0.9, threshold=1.0)))
    assert report.codes() == {"population.leak"}
    assert "retain 1" in report.errors[0].remedy and "linear_leak" in report.errors[0].remedy
    out = Graph(
        1e-3,
        {"in": Input(1), "out": Integrator(1, retain=1.0)},
        [Projection("in", "out", [0], [0], [1.0], [1])],
    )
    assert (
        CHIP.check(out).codes() == {"population.kind"} and "spike counts" in CHIP.check(out).errors[0].remedy
    )
    with pytest.raises(SettingsError):
        CHIP.check(out, cores=3)


def test_thresholds_that_one_enormous_weight_rounds_to_nothing_are_an_error() -> None:
    assert CHIP.check(joined(1)).ok
    assert CHIP.check(joined(1, weight=(1e300,))).codes() == {"threshold.range"}


def test_each_delay_and_each_weight_of_a_source_takes_an_axon() -> None:
    for delays, weight, axons in (
        ((1, 5, 15), (), 3),
        ((4, 4), (), 2),
        ((4,), (), 1),
        ((4, 4), (1.0, -1.0), 2),
    ):
        assert CHIP.map(joined(*delays, weight=weight)).mapping.cores[0].axons == axons


def test_a_neuron_is_copied_for_every_axon_that_it_feeds() -> None:
    loop = joined(1).with_(
        projections=[
            *joined(1).projections,
            Projection("h", "h", [0, 0, 0], [0, 0, 0], [1.0, 1.0, 1.0], [1, 2, 3]),
        ]
    )
    assert CHIP.map(loop).mapping.cores[0] == CoreUse(axons=4, neurons=3)


def test_a_neuron_keeps_four_weights_and_the_losses_say_what_went() -> None:
    four = joined(1, 2, 3, 4, weight=(1.0, 0.5, -0.25, -1.0))
    assert not [loss for loss in CHIP.quantize(four)[1] if loss.what == "weight"]
    five = joined(1, 2, 3, 4, 5, weight=(1.0, 0.5, -0.25, -1.0, 0.875))
    for values, kept in ((2, {-1, 1}), (4, {-2, -1, 1, 2})):
        exact, losses = CHIP.quantize(five, values=values)
        unit = np.abs(exact.projections[0].weight).min()
        assert set(exact.projections[0].weight / unit) <= kept
        (rounded,) = [loss for loss in losses if loss.change == "rounded"]
        assert rounded.what == "weight" and rounded.largest <= 0.5
        assert sum(loss.count for loss in losses if loss.change == "dropped") == 5 - len(exact.projections[0])
    assert CHIP.quantize(five)[0] == CHIP.quantize(five, values=2)[0]
    with pytest.raises(SettingsError, match="2 or 4"):
        CHIP.quantize(five, values=3)


def test_the_step_of_few_weights_is_the_one_with_the_least_squared_error() -> None:
    rng = np.random.default_rng(3)
    weight = rng.normal(0.0, 0.4, 60)
    graph = joined(*rng.integers(1, 16, 60).tolist(), weight=tuple(weight))
    number = CHIP.quantization_scheme(graph).weights["in->h"]
    error = float(np.square(number.round(weight) - weight).sum())
    for a in np.linspace(0.05, 1.5, 300):
        assert float(np.square(a * np.clip(np.rint(weight / a), -1, 1) - weight).sum()) > 0.98 * error


def test_a_network_rounded_in_its_own_units_is_the_same_network_on_the_chip() -> None:
    for seed in range(20):
        graph = conformance.live_network(
            seed, kinds=["lif"], refractory=0, biased=False, leaky=False, integrates=False, smallest_loop=2
        ).graph
        for values in (2, 4):
            rounded, _ = round_to(graph, CHIP.quantization_scheme(graph, values=values))
            assert CHIP.quantize(rounded, values=values)[0] == CHIP.quantize(graph, values=values)[0]


def test_recorded_spikes_cost_what_their_run_cost() -> None:
    graph = order_detector()
    spikes = np.zeros((3, 40, 2), dtype=np.bool_)
    spikes[:, 3, 0] = spikes[1:, 9, 1] = spikes[2, 12, :] = (
        True  # and silence at the end, so that nothing fires late
    )
    program = CHIP.map(graph, neurons_per_core=1)
    ran = CHIP.simulate(program, spikes)
    for slices in (None, program.placement.slices):
        priced = CHIP.price(Workload(graph, ran.spikes, slices), neurons_per_core=1)
        assert priced.feasible and priced.mapping == program.mapping
        for name in ("energy", "latency"):
            np.testing.assert_allclose(
                getattr(priced.cost, name).total, getattr(ran.cost, name).total, rtol=1e-12
            )
        assert priced.cost.memory == ran.cost.memory and ran.cost.counts["synaptic events"].max() > 4


def test_what_no_placement_mends_is_not_priced_and_what_is_too_full_is() -> None:
    with pytest.raises(DoesNotFit, match=r"population\.leak"):
        CHIP.price(
            Workload(
                joined(1, hidden=LIF(1, retain=0.9, threshold=1.0)),
                {"in": np.zeros((1, 5, 1), bool), "h": np.zeros((1, 5, 1), bool)},
            )
        )
    pre = np.arange(257)
    full = Graph(
        1e-3,
        {"in": Input(257), "h": LIF(1, retain=1.0, threshold=1.0)},
        [Projection("in", "h", pre, pre * 0, np.ones(257), pre * 0 + 1)],
    )
    priced = CHIP.price(Workload(full, {"in": np.ones((1, 5, 257), bool), "h": np.zeros((1, 5, 1), bool)}))
    assert not priced.feasible and priced.report.codes() == {"core.axons"}
    assert priced.cost.counts["synaptic events"] == 4 * 257  # the spikes of the last step are due after it


def test_linear_leak_by_hand() -> None:
    """Weight 8 in step 0 over a delay of 1, leak 3: 5, 2, -1 (it crosses 0), 2, -1; then a spike at threshold
    4 resets to zero.
    """
    graph = joined(1, weight=(8.0,), hidden=LinearLeak(1, threshold=100.0, leak=3.0))
    spikes = np.zeros((1, 7, 1), dtype=np.bool_)
    spikes[0, 0] = True
    assert reference.simulate(graph, spikes, states=True).potentials["h"][0, :, 0].tolist() == [
        0,
        5,
        2,
        -1,
        2,
        -1,
        2,
    ]
    low = graph.with_(populations={"in": Input(1), "h": LinearLeak(1, threshold=4.0, leak=3.0)})
    activity = reference.simulate(low, spikes, states=True)
    assert (
        activity.potentials["h"][0, :, 0].tolist() == [0, 5, 0, 0, 0, 0, 0]
        and activity.spikes["h"].sum() == 1
    )


def test_an_image_with_two_senders_on_one_axon_is_refused_since_spikes_could_merge() -> None:
    program = CHIP.map(joined(1, 5))
    image = {k: v.copy() for k, v in program.image.items()}
    image["inputs/in"][1, 2] = image["inputs/in"][0, 2]
    merged = replace(program, image=image)
    with pytest.raises(DataError, match="merge"):
        CHIP.simulate(merged, np.zeros((1, 3, 1), dtype=np.bool_))


def order_detector() -> Graph:
    """Which of two channels came first: each class delays the channel that it expects first, so that both
    meet; the linear leak forgets.
    """
    populations = {
        "in": Input(2),
        "h": LinearLeak(2, threshold=1.5, leak=0.25),
        "out": LIF(2, retain=1.0, threshold=1.0),
    }
    near, far = 1, 7
    detect = Projection("in", "h", [0, 1, 0, 1], [0, 0, 1, 1], [1.0] * 4, [far, near, near, far])
    answer = Projection("h", "out", [0, 1], [0, 1], [1.0, 1.0], [1, 1])
    return Graph(1e-3, populations, [detect, answer], Readout("out", "spike_count"))


def test_a_network_built_for_it_tells_which_channel_came_first() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    spikes = np.zeros((300, 40, 2), dtype=np.bool_)
    begin, gap = rng.integers(0, 15, 300), rng.integers(5, 8, 300)
    for n, label in enumerate(labels):
        spikes[n, begin[n], label] = spikes[n, begin[n] + gap[n], 1 - label] = True
    graph = order_detector()
    undelayed = graph.with_(
        projections=[
            Projection("in", "h", [0, 1, 0, 1], [0, 0, 1, 1], [1.0] * 4, [1] * 4),
            graph.projections[1],
        ]
    )
    result = CHIP.simulate(CHIP.map(graph), spikes, states=True)
    assert (result.predictions == labels).mean() == 1.0
    assert result.activity.same_as(reference.simulate(CHIP.quantize(graph)[0], spikes, states=True))
    assert (CHIP.simulate(CHIP.map(undelayed), spikes).predictions == labels).mean() < 0.65


def test_energy_is_a_static_part_and_2_297_picojoules_an_event() -> None:
    spikes = np.zeros((1, 10, 1), dtype=np.bool_)
    spikes[0, :4] = True
    cost = CHIP.simulate(CHIP.map(joined(1, 5)), spikes).cost
    assert cost.counts["synaptic events"] == 8
    assert cost.energy.parts["synaptic events"] == pytest.approx(8 * 2.297e-12)
    assert cost.energy.parts["static: cores in use"] == pytest.approx(15.7e-6 * cost.latency.total[0])
