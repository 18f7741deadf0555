"""Neurons on cores: memory by the block formula, all limits kept, few cores, and any number on request."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend
from delaycore_loihi.limits import LIMITS, count_compartments, find_largest_field
from delaycore_loihi.mapping import choose_delay_bits, count_index_bits, count_words

import delaycore as dc
from delaycore.hardware import Slice

LOIHI = LoihiBackend()


@pytest.mark.parametrize(
    ("bits", "synapses"),
    [(8, 116_480), (8 + 3, 87_296), (8 + 6, 69_888), (8 + 10, 55_168), (8 + 10 + 6, 41_856)],
)
def test_synapses_of_a_core_in_lists_of_128(bits: int, synapses: int) -> None:
    lists = int(LIMITS["core.synaptic_words"]) // int(count_words(np.array([128]), bits)[0])
    assert lists * 128 == synapses


def test_a_last_block_takes_what_it_needs() -> None:
    assert count_words(np.array([0, 1, 2, 3, 64, 65]), 20).tolist() == [0, 1, 1, 2, 21, 22]


def test_delay_bits_and_compartments() -> None:
    table = {b: (count_compartments(b), find_largest_field(b)) for b in range(3, 7)}
    assert table == {3: (1024, 6), 4: (512, 14), 5: (256, 30), 6: (128, 62)}
    assert [choose_delay_bits(f) for f in (0, 6, 7, 14, 15, 30, 31, 62)] == [3, 3, 4, 4, 5, 5, 6, 6]
    assert [count_index_bits(n) for n in (1, 64, 65, 128, 1024)] == [6, 6, 7, 7, 10]


def delayed_layers(seed: int, sizes: tuple[int, ...], levels: int) -> dc.Graph:
    """A feed-forward network with one synapse per pair and delay level."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0.1, 0.2, (levels, a, b)) for a, b in pairwise(sizes)]
    delays = [2 * np.arange(levels)] * len(weights)
    return dc.Graph.from_arrays(weights, delays)


GRAPH = delayed_layers(0, (200, 40, 30, 10), 15)


@pytest.mark.parametrize("cores", [None, 5, 7, 12, 80])
def test_slices_cover_every_neuron_once_and_cores_keep_their_limits(cores: int | None) -> None:
    program = LOIHI.map(GRAPH, **({} if cores is None else {"cores": cores}))
    assert len(program.placement.cores) == (cores or len(program.placement.cores))
    for name, population in GRAPH.populations.items():
        slices = program.placement.of(name)
        assert [s.start for s in slices] == [0, *(s.stop for s in slices[:-1])]
        assert slices[-1].stop == population.size
    for load in program.mapping.cores.values():
        assert load.compartments <= count_compartments(load.delay_bits)
        for code in (
            "synaptic_words",
            "input_axons",
            "output_axons",
            "decay_profiles",
            "threshold_profiles",
            "synapse_formats",
        ):
            assert 0 <= getattr(load, code) <= LIMITS[f"core.{code}"].value


def counted_words(program: dc.Program, core: int) -> int:
    """Words of a core, list by list from the image, in sparse encoding."""
    total = 0
    slices = program.placement.slices
    neurons = sum(s.size for s in program.placement.on(core))
    for key in program.image:
        place, _, column = key.rpartition("/")
        if column == "slices" and slices[program.image[key][1]].core == core:
            stored = program.image[f"{place}/delay"].max()
            bits = 8 + count_index_bits(neurons) + (choose_delay_bits(int(stored)) if stored else 0)
            for neuron in np.unique(program.image[f"{place}/pre"]):
                length = int(np.count_nonzero(program.image[f"{place}/pre"] == neuron))
                blocks = [64] * (length // 64) + [length % 64] * (length % 64 > 0)
                total += sum(-(-(10 + n * bits) // 64) for n in blocks)
    return total


def test_words_and_axons_of_every_core_follow_from_the_image() -> None:
    program = LOIHI.map(GRAPH)
    slices = program.placement.slices
    for core in program.placement.cores:
        load = program.mapping.cores[core]
        assert load.synaptic_words == counted_words(program, core)
        inward = outward = 0
        for key in program.image:
            if key.endswith("/slices"):
                source, target = (slices[i] for i in program.image[key])
                senders = np.unique(program.image[key.replace("/slices", "/pre")])
                here = [s for s in slices if s.population == source.population and s.core == core]
                inward += len(senders) * (target.core == core)
                outward += sum(int(np.count_nonzero((senders >= s.start) & (senders < s.stop))) for s in here)
        assert (load.input_axons, load.output_axons) == (inward, outward)


def test_several_populations_share_a_core() -> None:
    program = LOIHI.map(delayed_layers(2, (20, 10, 10, 4), 3))
    assert [s.name for s in program.placement.on(0)] == ["h1[0:10]", "h2[0:10]", "out[0:4]"]


def test_a_single_synapse_per_pair_may_be_stored_densely() -> None:
    dense = LOIHI.map(delayed_layers(1, (50, 40), 1))
    assert dense.mapping.cores[0].synaptic_words == 50 * int(count_words(np.array([40]), 8)[0])
    two = LOIHI.map(delayed_layers(1, (50, 40), 2))
    assert two.mapping.cores[0].synaptic_words == 50 * int(count_words(np.array([80]), 8 + 3 + 6)[0])


def test_output_axons_grow_with_the_cores_of_the_targets_and_are_counted_again() -> None:
    # 1,000 sources with 4 targets each: once targets lie on 2 cores, sources need 8 axons each and must
    # be spread over more cores.
    rng = np.random.default_rng(0)
    targets = {f"t{i}": dc.LIF(300, retain=0.5, threshold=1.0) for i in range(4)}
    populations = {"in": dc.Input(1), "h": dc.LIF(1000, retain=0.5, threshold=1.0), **targets}
    projections = [
        dc.Projection(
            "h",
            t,
            pre=np.repeat(np.arange(1000), 60),
            post=rng.integers(0, 300, 60_000),
            weight=np.ones(60_000),
            delay=np.ones(60_000),
        )
        for t in targets
    ]
    program = LOIHI.map(dc.Graph(1e-3, populations, projections))
    most = max(load.output_axons for load in program.mapping.cores.values())
    assert 2048 < most <= 4096


def test_the_same_graph_is_placed_the_same_way() -> None:
    a, b = LOIHI.map(GRAPH), LOIHI.map(GRAPH)
    assert a.placement == b.placement
    assert all(np.array_equal(a.image[key], b.image[key]) for key in a.image)


def test_output_axons_are_counted_at_the_neurons_that_send() -> None:
    # Neurons 0..99 send nothing, 100..199 send to everyone, so that only the second core needs output axons.
    pre, post = (x.ravel() for x in np.meshgrid(np.arange(100, 200), np.arange(300), indexing="ij"))
    loop = dc.Projection("h", "h", pre, post, np.full(pre.size, 0.5), np.ones(pre.size))
    program = LOIHI.map(dc.Graph(1e-3, {"h": dc.LIF(300, retain=0.5, threshold=1.0)}, [loop]), cores=3)
    sizes = [s.size for s in program.placement.slices]
    used = [program.mapping.cores[core].output_axons for core in program.placement.cores]
    here = [
        sum(100 <= i < 200 for i in range(s.start, s.stop)) * len(sizes) for s in program.placement.slices
    ]
    assert used == here
    assert sum(used) == 100 * 3


def test_cores_that_talk_are_moved_together_and_the_seed_decides() -> None:
    """A chain of populations in an order that zigzags over the mesh: swapping saves hops, and changes no
    spike.
    """
    rng = np.random.default_rng(0)
    names = [f"h{i}" for i in rng.permutation(24)]
    populations = {"in": dc.Input(4), **{f"h{i}": dc.LIF(4, retain=0.9, threshold=1.0) for i in range(24)}}
    pre, post = (x.ravel() for x in np.meshgrid(np.arange(4), np.arange(4), indexing="ij"))
    chain = [
        dc.Projection(a, b, pre, post, rng.normal(0.5, 0.5, 16), np.ones(16))
        for a, b in pairwise(["in", *names])
    ]
    graph = dc.Graph(1e-3, populations, chain)
    spikes = rng.random((2, 40, 4)) < 0.4
    first, again, other = (LOIHI.map(graph, cores=24, seed=seed) for seed in (0, 0, 1))
    assert first.placement == again.placement
    results = [LOIHI.simulate(program, spikes) for program in (first, other)]
    assert all(np.array_equal(results[0].spikes[n], results[1].spikes[n]) for n in populations)
    unmoved = LOIHI.price(
        dc.Workload(graph, dict(results[0].spikes), tuple(Slice(f"h{i}", 0, 4, i) for i in range(24))),
        active=0.0,
    )
    assert results[0].cost.counts["hops"].sum() < 0.75 * unmoved.cost.counts["hops"].sum()
