"""Every micro-kernel is a program: it reads what it has loaded or computed, stays within the register file,
and has a price.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from delaycore_seneca.mapping import _kernels as kernels
from delaycore_seneca.mapping import build_layers, count_program_bits, place_layers
from delaycore_seneca.options import Options
from delaycore_seneca.tables import COSTS, LIMITS

import delaycore as dc
from delaycore.errors import SettingsError
from delaycore.hardware import Slice

READS_ALL = {"MST", "EVC"}


def neurons() -> list[dc.Population]:
    made: list[dc.Population] = [dc.Integrator(4, retain=0.9), dc.Integrator(4, retain=0.9, bias=0.1)]
    for reset, refractory, bias in product(("zero", "subtract"), (0, 3), (0.0, 0.1)):
        common: dict[str, Any] = {"retain": 0.9, "threshold": 1.0, "bias": bias}
        common |= {"reset": reset, "refractory": refractory}
        made += [
            dc.LIF(4, **common),
            dc.CurrentLIF(4, retain_current=0.5, **common),
            dc.AdaptiveLIF(4, retain_trace=0.5, adaptation=0.1, **common),
        ]
    return made


def every_kernel() -> list[kernels.Kernel]:
    longest = Options.parse({"grouping": 62}).grouping
    rows = [
        kernels.build_row(layout, width, 5, n)
        for layout in ("dense", "compressed")
        for width in (16, 8, 5, 2)
        for n in (1, 4, longest)
    ]
    return [kernels.build_end_of_step(p) for p in neurons()] + rows


def unread(kernel: kernels.Kernel) -> set[str]:
    """Registers that are read before anything was written into them."""
    known, wrong = set(kernels.CONSTANTS), set()
    for line in kernel:
        name, *registers = line.split()
        reads = registers if name in READS_ALL else registers[1:]
        wrong |= set(reads) - known
        known |= set(registers[:1])
    return wrong


def test_kernels_read_what_was_written_and_stay_within_the_register_file():
    for kernel in every_kernel():
        assert not unread(kernel), kernel
        assert kernels.count_registers(kernel) <= int(LIMITS["npe.registers"]), kernel
        assert kernels.sum_energy(kernel, COSTS) > 0 and kernels.count_cycles(kernel, COSTS) == len(kernel)


def test_a_kernel_that_reads_too_early_or_takes_too_many_registers_is_noticed():
    assert unread(("MLD u", "ADD u u w", "MST u")) == {"w"}
    assert (
        kernels.count_registers(kernels.build_row("dense", 16, events=64))
        == 65
        > int(LIMITS["npe.registers"])
    )
    assert kernels.count_registers(kernels.build_row("dense", 8, events=63)) == 65, (
        "its 63 words, a weight and a state"
    )


def test_what_is_loaded_is_stored_or_used():
    for kernel in every_kernel():
        used = {
            register
            for line in kernel
            for register in line.split()[(1 if line.split()[0] in READS_ALL else 2) :]
        }
        assert {line.split()[1] for line in kernel if line.startswith("MLD")} <= used, kernel


def test_a_group_of_events_loads_and_stores_a_state_once():
    assert kernels.build_row("dense", 16, events=2) == (
        "MLD u",
        "MLD w0",
        "ADD u u w0",
        "MLD w1",
        "ADD u u w1",
        "MST u",
    )
    assert kernels.sum_energy(kernels.build_row("dense", 16), COSTS) == pytest.approx(12.7e-12)
    assert kernels.sum_energy(kernels.build_row("dense", 16, events=4), COSTS) / 4 == pytest.approx(7e-12)


def names(kernel: kernels.Kernel) -> list[str]:
    return [line.split()[0] for line in kernel]


def test_a_word_of_a_dense_row_is_loaded_once_for_all_the_weights_in_it():
    first, second = ["MLD", "MLD", "SHR", "I2F", "ADD", "MST"], ["MLD", "SHL", "SHR", "I2F", "ADD", "MST"]
    assert names(kernels.build_row("dense", 8, 3)) == first + second + first
    assert names(kernels.build_row("dense", 3, 6)) == first + second * 4 + first
    assert names(kernels.build_row("dense", 8, 2, 2)) == [
        "MLD",
        *first[1:5] * 2,
        "MST",
        "MLD",
        *second[1:5] * 2,
        "MST",
    ]
    assert (
        names(kernels.build_row("compressed", 4, 2)) == ["MLD", "AND", "SHR", "I2F", "MLD", "ADD", "MST"] * 2
    )


def busy_network() -> tuple[dc.Graph, np.ndarray]:
    rng = np.random.default_rng(0)
    delays = np.array([0, 2, 5])
    graph = dc.Graph.from_arrays(
        [rng.normal(0.1, 0.3, (20, 30)), rng.normal(0.1, 0.3, (3, 30, 12))], [0, delays], threshold=0.7
    )
    return graph, rng.random((3, 30, 20)) < 0.3


@pytest.mark.parametrize("grouping", [2, 4, 62])
def test_grouping_changes_the_loads_and_stores_of_states_and_nothing_else(grouping):
    graph, spikes = busy_network()
    one, grouped = (
        dc.simulate(dc.map(graph, target="seneca", layout="dense", grouping=n), spikes) for n in (1, grouping)
    )
    assert grouped.activity.same_as(one.activity)
    saved = one.cost.energy.parts["neural processing"] - grouped.cost.energy.parts["neural processing"]
    arrives = spikes.sum(axis=2)
    late = [np.pad(one.spikes["h1"].sum(axis=2), ((0, 0), (d, 0)))[:, :30] for d in (0, 2, 5)]
    rows = [(arrives, 4), (sum(late), 2)]  # events a step, and groups of eight neurons
    fewer = sum((n - -(-n // grouping)).sum(axis=1) * eights for n, eights in rows)
    assert saved == pytest.approx(fewer * 8 * (3.7 + 3.9) * 1e-12)
    assert all(np.array_equal(grouped.cost.counts[name], count) for name, count in one.cost.counts.items())
    assert grouped.cost.energy.parts["RISC-V reception"] == pytest.approx(
        one.cost.energy.parts["RISC-V reception"]
    )
    assert (
        dc.price(
            dc.Workload(graph, dict(one.spikes)), "seneca", layout="dense", grouping=grouping
        ).cost.to_dict()
        == grouped.cost.to_dict()
    )


def test_compressed_rows_are_not_grouped():
    graph, spikes = busy_network()
    one, four = (
        dc.simulate(dc.map(graph, target="seneca", layout="compressed", grouping=n), spikes).cost
        for n in (1, 4)
    )
    assert one.energy.mean == pytest.approx(four.energy.mean)


@pytest.mark.parametrize("grouping", [0, 63, 2.5, True])
def test_a_group_has_as_many_events_as_there_are_registers_for_their_weights(grouping):
    with pytest.raises(SettingsError, match="grouping"):
        Options.parse({"grouping": grouping})


def chain(number: int) -> tuple[dc.Graph, dc.Workload]:
    graph = dc.Graph.from_arrays([np.ones((1, 1))] * number)
    slices = tuple(Slice(name, 0, 1, None if name == "in" else 0) for name in graph.populations)
    spikes = {name: np.zeros((1, 5, 1), dtype=bool) for name, p in graph.populations.items() if p.spikes}
    return graph, dc.Workload(graph, spikes, slices)


def test_the_programs_of_nine_layers_find_room_in_a_core_and_those_of_ten_do_not():
    room = float(LIMITS["memory.instructions"])
    (graph, fits), (longer, does_not) = chain(9), chain(10)
    assert count_program_bits(build_layers(graph, place_layers(graph, Options(layers_per_core=9)))) <= room
    assert dc.price(fits, "seneca").feasible
    (finding,) = dc.price(does_not, "seneca").report.errors
    assert (finding.code, finding.place, finding.available) == (
        "memory.instructions",
        "core 0",
        room,
    )
    assert finding.needed is not None and finding.needed > room
    assert "arXiv 2404.10597" in finding.source and "assumed" in finding.source
    assert len(dc.map(graph, target="seneca", layers_per_core=10).placement.cores) == 1
    assert len(dc.map(longer, target="seneca", layers_per_core=10).placement.cores) == 2
