"""Synapses in data memory: both layouts hold the same synapses in the same order, and know their size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from delaycore_seneca.mapping import Fan, SenecaPlan, collect_fans
from delaycore_seneca.mapping import _synapse_memory as synapse_memory
from delaycore_seneca.numbers import WIDTHS, WORD
from delaycore_seneca.options import Options

import delaycore as dc
from delaycore.hardware import Slice


def quantize(graph: dc.Graph, width: int) -> dc.Graph:
    options = Options(weights="bfloat16") if width == WORD else Options(weight_bits=width)
    return SenecaPlan(graph, options).graph


def crowded(seed: int, synapses: int) -> dc.Graph:
    """Several synapses per pair and delay, weights of zero among them; weights are whole, so on the grid."""
    rng = np.random.default_rng(seed)
    pre, post, delay = (
        rng.integers(0, 5, synapses),
        rng.integers(0, 19, synapses),
        rng.integers(0, 4, synapses),
    )
    p = dc.Projection("in", "h", pre, post, rng.integers(-8, 9, synapses).astype(float), delay)
    return dc.Graph(1e-3, {"in": dc.Input(5), "h": dc.LIF(19, retain=0.5, threshold=1.0)}, [p])


def synapses(fan: Fan) -> list[tuple[Any, ...]]:
    return list(
        zip(
            fan.pre.tolist(),
            fan.post.tolist(),
            fan.delay.tolist(),
            fan.copy.tolist(),
            fan.weight.tolist(),
            strict=True,
        )
    )


@pytest.mark.parametrize("layout", ["dense", "compressed"])
@pytest.mark.parametrize("number", [12, 40, 900])
@pytest.mark.parametrize("width", [*WIDTHS, WORD])
def test_what_is_written_is_read(layout, number, width):
    for seed in range(10):
        (fan,) = collect_fans(quantize(crowded(seed, number), width), Slice("h", 3, 17, 0), layout)
        arrays = {f"x/{name}": array for name, array in synapse_memory.write_fan(fan).items()}
        back = synapse_memory.read_fan(arrays, "x", "in", 5, 14, width)
        assert synapses(back) == synapses(fan)
        assert (back.layout, back.bits, back.groups.tolist(), back.width) == (
            layout,
            fan.bits,
            fan.groups.tolist(),
            width,
        )


@pytest.mark.parametrize("layout", ["dense", "compressed"])
@pytest.mark.parametrize("width", [*WIDTHS, WORD])
def test_bits_are_those_of_the_arrays(layout, width):
    (fan,) = collect_fans(quantize(crowded(1, 300), width), Slice("h", 0, 19, 0), layout)
    assert fan.bits == sum(
        array.size * array.itemsize * 8 for array in synapse_memory.write_fan(fan).values()
    )


def test_fewer_bits_take_less_memory_where_they_share_a_word():
    full = dc.Graph.from_arrays([np.random.default_rng(0).normal(size=(3, 30, 64))], [[0, 3, 5]])
    bits = {
        width: collect_fans(quantize(full, width), Slice("out", 0, 64, 0), "dense")[0].bits
        for width in (16, 8, 7, 6, 5, 4, 3, 2)
    }
    words = {width: 3 * 30 * 8 * -(-8 // (16 // width)) * 16 + 3 * 16 for width in bits}
    assert bits == words and bits[8] == bits[6] > bits[5] > bits[4] == bits[3] > bits[2]
    listed = {
        width: collect_fans(quantize(full, width), Slice("out", 0, 64, 0), "compressed")[0]
        for width in (16, 8, 4)
    }
    index = (30 * 3 + 1) * 32 + 3 * 16
    assert all(
        f.bits - index == f.row_groups.sum() * 8 * (32 if width == 16 else 16) for width, f in listed.items()
    )


def test_the_largest_neuron_number_finds_room_beside_a_weight_of_eight_bits():
    weights = np.zeros((2, 1024))
    weights[0, 1023], weights[1, [0, 1016]] = -128.0, 127.0
    (fan,) = collect_fans(
        quantize(dc.Graph.from_arrays([weights]), 8), Slice("out", 0, 1024, 0), "compressed"
    )
    back = synapse_memory.read_fan(
        {f"x/{name}": array for name, array in synapse_memory.write_fan(fan).items()}, "x", "in", 2, 1024, 8
    )
    assert synapses(back) == synapses(fan) and back.post.tolist() == [1023, 0, 1016]


def test_the_smaller_layout_is_taken():
    full = dc.Graph.from_arrays([np.ones((2, 5, 16))], [[0, 3]])
    many, few = (
        collect_fans(full, Slice("out", 0, 16, 0))[0],
        collect_fans(crowded(1, 5), Slice("h", 0, 19, 0))[0],
    )
    assert (many.layout, few.layout) == ("dense", "compressed")
    for fan in (many, few):
        assert fan.bits == min(fan.dense_bits, fan.compressed_bits)


def test_an_element_works_on_its_own_neurons_alone():
    (fan,) = collect_fans(crowded(2, 300), Slice("h", 0, 19, 0), "compressed")
    arrays = synapse_memory.write_fan(fan)
    assert (arrays["numbers"] % 8 == np.arange(8)).all()


def test_dense_rows_are_worked_through_whole_and_compressed_ones_as_far_as_they_are_filled():
    one = dc.Graph(
        1e-3,
        {"in": dc.Input(2), "h": dc.LIF(20, retain=0.5, threshold=1.0)},
        [dc.Projection("in", "h", [0, 0, 1], [0, 8, 1], [1.0, 1.0, 1.0], [2, 2, 2])],
    )
    dense, compressed = (
        collect_fans(one, Slice("h", 0, 20, 0), layout)[0] for layout in ("dense", "compressed")
    )
    assert dense.groups.tolist() == [[3], [3]]
    assert compressed.groups.tolist() == [[2], [1]]  # neurons 0 and 8 belong to one element


def test_synapses_of_one_pair_and_delay_keep_their_order():
    p = dc.Projection("in", "h", [0, 0, 0], [1, 1, 1], [1.0, 256.0, 2.0], [1, 1, 1])
    made = dc.Graph(1e-3, {"in": dc.Input(1), "h": dc.Integrator(2, retain=1.0)}, [p], dc.Readout("h"))
    (fan,) = collect_fans(made, Slice("h", 0, 2, 0))
    assert fan.weight.tolist() == [1, 256, 2] and fan.copy.tolist() == [0, 1, 2]
    program = dc.map(made, target="seneca", layout="dense")
    spikes = np.zeros((1, 3, 1), dtype=bool)
    spikes[0, 0] = True
    # bfloat16: 1 + 256 = 256, 256 + 2 = 258; any order that sums 1 and 2 first gives 260
    assert dc.simulate(program, spikes).states["h"][0, :, 1].tolist() == [0, 258, 258]
