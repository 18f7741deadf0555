"""Costs follow from counts: a step worked out by hand, and the published figures."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest
from delaycore_seneca import SenecaBackend
from delaycore_seneca.tables import CALIBRATED, COSTS

import delaycore as dc
from delaycore.errors import DataError
from delaycore.pricing import spread_spikes

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "published" / "seneca.py"


def cost_of(name: str) -> float:
    return float(COSTS[name])


@pytest.fixture(scope="module")
def small() -> tuple[dc.Program, dict[str, np.ndarray], dc.Result]:
    """Two sources onto nine LIF neurons that never reach the threshold, one of the sources with delays 0 and
    2.
    """
    projection = dc.Projection("in", "h", [0, 0, 1], [0, 8, 1], [0.5, 0.5, 0.25], [0, 2, 0])
    graph = dc.Graph(1e-3, {"in": dc.Input(2), "h": dc.LIF(9, retain=0.5, threshold=100.0)}, [projection])
    spikes = np.zeros((2, 4, 2), dtype=bool)
    spikes[0, 0, 0] = spikes[0, 1, 1] = spikes[0, 3, 0] = (
        True  # exits in steps 0, 1, 2 and 3; one event is due in step 5
    )
    program = dc.map(graph, target="seneca", layout="dense")
    result = dc.simulate(program, spikes)
    return program, dict(result.spikes), result


def test_counts_by_hand(small):
    cost = small[2].cost
    assert cost.counts["queue exits"].tolist() == [4, 0]
    assert cost.counts["synaptic operations"].tolist() == [4 * 16, 0], "nine neurons are two groups of eight"
    assert cost.counts["events on the network"].tolist() == [3, 0]
    assert cost.counts["spikes"].tolist() == [0, 0]


def test_energy_by_hand(small):
    parts = small[2].cost.energy.parts
    synaptic = 3.7 + 3.7 + 1.4 + 3.9
    closing = 3.7 + (3.7 + 1.2 + 0.5) + 1.1 + (3.7 + 1.4) + 3.9  # potential; threshold; reset; leak; store
    idle = 4 * 16 * closing
    assert parts["neural processing"] * 1e12 == pytest.approx([64 * synaptic + idle, idle])
    operation = 11.6 + cost_of("riscv.touching") * 10
    assert parts["RISC-V reception"] * 1e12 == pytest.approx([4 * cost_of("riscv.event") * operation, 0])
    assert parts["RISC-V end of step"] * 1e12 == pytest.approx([4 * 100 * operation] * 2)
    assert parts["network on chip"] * 1e12 == pytest.approx([3 * 2, 0])
    assert parts["delay queue"] == pytest.approx(small[2].cost.latency.total * cost_of("queue.power"))


@pytest.mark.parametrize("bits", [8, 5, 4, 3])
def test_packed_weights_are_loaded_once_and_unpacked_one_by_one(small, bits):
    program, spikes, _ = small
    result = dc.simulate(
        dc.map(program.graph, target="seneca", layout="dense", weight_bits=bits), spikes["in"]
    )
    row = (
        3.7 + 3 * 1.2 + 2 * (1.1 + 3.7 + 1.4 + 3.9)
    )  # the second weight of a word needs two shifts, the first one
    idle = dc.simulate(program, spikes["in"]).cost.energy.parts["neural processing"][1]
    assert result.cost.energy.parts["neural processing"][0] * 1e12 == pytest.approx(4 * 8 * row + idle * 1e12)
    assert result.cost.counts["synaptic operations"].tolist() == [64, 0]
    assert result.cost.memory["weights"] == 2 * (2 * 8 + 1) * 16, "two groups in one word of each element"


def test_a_compressed_entry_of_weight_and_number_takes_one_load(small):
    program, spikes, _ = small
    layouts = {
        bits: dc.map(
            program.graph, target="seneca", layout="compressed", **({"weight_bits": bits} if bits else {})
        )
        for bits in (None, 8)
    }
    plain, packed = (
        dc.simulate(p, spikes["in"]).cost.energy.parts["neural processing"] for p in layouts.values()
    )
    # source 0 has a synapse at each of two delays, of which one is due too late for its second event;
    # source 1 has one
    groups = 4
    assert (packed - plain)[0] * 1e12 == pytest.approx(groups * 8 * (1.1 + 1.2 + 1.1 - 3.7))


def test_latency_by_hand(small):
    cost = small[2].cost
    cycle = 1 / 500e6
    assert cost.latency.parts["event reception"] == pytest.approx(
        [(exits * cost_of("riscv.event") + 4 * 100) * cost_of("riscv.cycles") * cycle for exits in (4, 0)]
    )
    # four steps of two groups and eight instructions; integration overlaps with reception
    assert cost.latency.parts["neural processing"] == pytest.approx([4 * 2 * 8 * cycle] * 2)
    assert (
        cost.latency.parts["event transmission"].tolist()
        == cost.latency.parts["queue stalls"].tolist()
        == [0, 0]
    )


def test_memory_by_hand(small):
    memory = small[2].cost.memory
    assert memory["weights"] == 2 * (2 * 16 + 1) * 16, (
        "two levels of two sources and two groups, each with its delay"
    )
    assert (memory["parameters"], memory["states"]) == (2 * 16 * 16, 16 * 16)
    assert (memory["delay queue"], memory["pruning filter"]) == (2048 * 16, 2 * 3)
    assert small[2].cost.delay_memory == ("delay queue", "pruning filter")


def test_recorded_spikes_are_priced_as_simulated_ones(small):
    program, spikes, result = small
    workload = dc.Workload(program.graph, spikes, program.placement.slices)
    priced = SenecaBackend().price(workload, layout="dense")
    assert priced.feasible and priced.cost.to_dict() == result.cost.to_dict()
    assert (
        dc.price(dc.Workload(program.graph, spikes), "seneca", layout="dense").cost.to_dict()
        == result.cost.to_dict()
    )
    with pytest.raises(DataError, match=r"'h'.*are missing"):
        dc.Workload(program.graph, {"in": spikes["in"]})


def test_late_events_are_priced_when_asked_for(small):
    program, spikes, result = small
    priced = dc.price(dc.Workload(program.graph, spikes), "seneca", layout="dense", late=True).cost
    assert priced.counts["queue exits"].tolist() == [5, 0], "one event is due in step 5"
    assert any("late" in line for line in set(priced.not_modelled) - set(result.cost.not_modelled))


def test_a_price_of_what_does_not_fit_says_why():
    graph = dc.Graph.from_arrays([np.ones((15, 1000, 1))], [np.arange(15)])
    priced = dc.price(dc.Workload(graph, {"in": np.zeros((1, 20, 1000), dtype=bool)}), "seneca")
    assert not priced.feasible and priced.report.codes() >= {"memory.data"} and priced.cost.latency.mean > 0


def test_delays_in_software_by_hand(small):
    program, spikes, hardware = small
    cost = dc.simulate(dc.map(program.graph, "seneca", layout="dense", delays="software"), spikes["in"]).cost
    assert cost.counts["queue exits"].tolist() == [4, 0], (
        "an event is touched when it is due, and not while it waits"
    )
    operation = 11.6 + cost_of("riscv.touching") * 10
    assert cost.energy.parts["RISC-V delays"] * 1e12 == pytest.approx(
        [4 * cost_of("software.due") * operation, 0]
    )
    more = cost.latency.parts["event reception"] - hardware.cost.latency.parts["event reception"]
    assert more == pytest.approx([4 * cost_of("software.due") * cost_of("riscv.cycles") / 500e6, 0])
    assert "delay queue" not in cost.energy.parts
    assert cost.memory["delay queue"] == np.ceil(0.18 * 4 + 3 * np.sqrt(0.18 * 0.82 * 4)) * 16, (
        "a word for each of four steps of life"
    )


def test_more_cores_are_faster_and_cost_no_less_energy():
    rng = np.random.default_rng(0)
    graph = dc.Graph.from_arrays(
        [rng.normal(0, 1, (20, 40)), rng.normal(0, 1, (4, 40, 10))], [0, np.arange(4)]
    )
    spikes = rng.random((5, 30, 20)) < 0.3
    one, two, cut = (
        dc.simulate(dc.map(graph, target="seneca", cores=cores), spikes).cost for cores in (1, 2, 4)
    )
    assert two.latency.mean == pytest.approx(one.latency.mean), (
        "layers of a chain take turns, on one core or on two"
    )
    assert cut.latency.mean < two.latency.mean, "slices of a layer work side by side"
    assert two.energy.parts["neural processing"] == pytest.approx(one.energy.parts["neural processing"])


def test_no_samples_cost_nothing():
    graph = dc.Graph.from_arrays([np.ones((2, 3)), np.ones((3, 2))], [0, 4])
    cost = dc.simulate(dc.map(graph, target="seneca"), np.zeros((0, 5, 2), dtype=bool)).cost
    assert cost.energy.mean == 0 and cost.latency.total.shape == (0,)


def test_a_layer_that_nothing_reaches_still_ends_its_steps():
    graph = dc.Graph(1e-3, {"in": dc.Input(2), "h": dc.LIF(3, retain=0.5, threshold=1.0, bias=0.6)}, [])
    result = dc.simulate(dc.map(graph, target="seneca"), np.zeros((1, 6, 2), dtype=bool))
    assert result.spikes["h"].sum() > 0
    assert result.cost.energy.parts["neural processing"] > 0


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    monkey = pytest.MonkeyPatch()
    monkey.syspath_prepend(str(BENCHMARK.parent))
    spec = importlib.util.spec_from_file_location("published_seneca", BENCHMARK)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    monkey.undo()


@pytest.fixture(scope="module")
def published(benchmark):
    return benchmark.rows()


def test_the_constants_are_those_that_the_calibration_gives(published):
    assert published["calibrated"].keys() == CALIBRATED.keys() and len(CALIBRATED) <= 5
    for name, value in published["calibrated"].items():
        assert float(CALIBRATED[name]) == pytest.approx(value, rel=0.01), name


def test_the_row_that_was_calibrated_on_comes_out(published):
    for figure, (ours, printed) in published["compared"]["48-48-20"].items():
        assert ours == pytest.approx(printed, rel=0.01), figure


@pytest.mark.parametrize("row", ["32-32-20", "48-48-20, delays in software", "32-32-20, delays in software"])
def test_the_other_rows_are_predicted(published, row):
    for figure, (ours, printed) in published["compared"][row].items():
        assert ours == pytest.approx(printed, rel=0.15), figure


def test_the_gains_of_hardware_over_software_lie_within_a_tenth_of_the_published_ranges(published):
    for row in ("48-48-20", "32-32-20"):
        gains = published["compared"][f"{row}, hardware over software"]
        assert 0.9 * 3.1 <= gains["energy x"][0] <= 1.1 * 3.5
        assert 0.9 * 3.5 <= gains["latency x"][0] <= 1.1 * 4.3


def test_energy_delay_area_follows_from_the_published_areas(published, benchmark):
    cost = published["cost"]["48-48-20"]
    assert benchmark.product(cost, benchmark.AREA.flip_flops) == pytest.approx(2.93e-13, rel=0.02)
    assert benchmark.product(cost, benchmark.AREA.sram) == pytest.approx(
        43.6e-6 * 4.25e-3 * 1.45e-6, rel=0.02
    )


def test_the_split_of_energy_lies_near_what_was_measured(published, benchmark):
    energy = published["cost"]["48-48-20"].energy
    assert energy.parts["neural processing"].mean() == pytest.approx(benchmark.NEURAL_48, rel=0.2)
    assert 0.67 <= sum(energy.share(part) for part in energy.parts if part.startswith("RISC-V")) <= 0.82


@pytest.mark.thorough
def test_the_published_network_does_no_less_work_than_in_the_paper():
    rng = np.random.default_rng(0)
    delays = 2 * np.arange(30)
    weights = [rng.normal(0, 0.1, shape) for shape in ((700, 48), (30, 48, 48), (30, 48, 20))]
    kept = [
        w if w.ndim == 2 else np.where(np.abs(w) >= np.sort(np.abs(w), axis=0)[15], w, 0) for w in weights
    ]
    graph = dc.Graph.from_arrays(kept, [0, delays, delays])
    quiet = {
        name: replace(cast(Any, p), threshold=np.full(48, 0.5))
        for name, p in graph.populations.items()
        if name.startswith("h")
    }
    program = dc.map(graph.with_(populations=dict(graph.populations) | quiet), target="seneca")
    spikes = spread_spikes(6000, 700, 64, 1200)
    assert dc.simulate(program, spikes).cost.counts["queue exits"].mean() > 17_000
