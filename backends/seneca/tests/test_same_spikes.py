"""On the chip a network does, in every step, what the reference does with the quantized graph, wherever its
neurons lie.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from delaycore_seneca.mapping import decode_image
from delaycore_seneca.numbers import WIDTHS
from hypothesis import given, settings
from hypothesis import strategies as st

import delaycore as dc
from delaycore.conformance import LiveNetwork, live_network

PLACEMENTS: tuple[dict[str, Any], ...] = (
    {},
    {"cores": 6, "layout": "dense"},
    {"layers_per_core": 2, "layout": "compressed"},
    {"cores": 1},
)


def network(seed: int) -> LiveNetwork:
    """Three of four networks have short delays, every fourth has delays of up to 60 steps."""
    far = seed % 4 == 3
    return live_network(
        seed,
        kinds=("lif", "current_lif", "adaptive_lif"),
        resets=("zero", "subtract"),
        largest_delay=60 if far else 9,
        samples=1 if far else 2,
        steps=68 if far else 24,
    )


def test_live_networks():
    hold(range(24))


@pytest.mark.thorough
@pytest.mark.timeout(3600)
def test_two_thousand_live_networks():
    hold(range(1000, 3000))


def hold(seeds: range) -> None:
    live = 0
    for seed in seeds:
        made = network(seed)
        exact, _ = dc.quantize(made.graph, target="seneca")
        live += replace(made, graph=exact).live
        truth = dc.reference.simulate(exact, made.spikes, states=True)
        for options in PLACEMENTS:
            program = dc.map(made.graph, target="seneca", **options)
            assert program.graph == exact
            ran = dc.simulate(program, made.spikes, states=True).activity
            assert ran.same_as(truth), (seed, options)
    assert live >= 0.8 * len(seeds), f"only {live} of {len(seeds)} networks live"


@settings(max_examples=30)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([None, *WIDTHS]),
    st.sampled_from(["auto", "dense", "compressed"]),
    st.integers(1, 3),
    st.integers(1, 9),
)
def test_any_weights_in_any_layout_on_any_cores(seed, bits, layout, layers_per_core, cores):
    made = network(seed)
    chosen = {"weight_bits": bits} if bits else {}
    exact, losses = dc.quantize(made.graph, target="seneca", **chosen)
    program = dc.map(
        made.graph, target="seneca", layout=layout, layers_per_core=layers_per_core, cores=cores, **chosen
    )
    assert (program.graph, program.losses) == (exact, losses)
    assert all(
        f.width == (bits or 16)
        for layer in decode_image(program.image, program.placement)
        for f in layer.fans
    )
    truth = dc.reference.simulate(exact, made.spikes, states=True)
    assert dc.simulate(program, made.spikes, states=True).activity.same_as(truth)


@pytest.mark.parametrize("bits", WIDTHS)
def test_networks_of_few_bits_live(bits):
    alive = 0
    for seed in range(12):
        made = network(seed)
        alive += replace(made, graph=dc.quantize(made.graph, target="seneca", weight_bits=bits)[0]).live
    assert alive >= (9 if bits > 3 else 4)


def test_placements_are_what_they_are_called():
    graph = network(0).graph
    computing = [name for name in graph.populations if name not in graph.inputs]
    whole, split, shared, one = (
        dc.map(graph, target="seneca", **options).placement for options in PLACEMENTS
    )
    assert [s.core for s in whole.slices if s.core is not None] == list(range(len(computing)))
    assert len(split.cores) == 6 and any(len(split.of(name)) > 1 for name in computing)
    assert any(len(shared.on(core)) == 2 for core in shared.cores)
    assert one.cores == (0,)


def without_image(program: dc.Program, **arrays: Any) -> dc.Program:
    return replace(program, image=dict(program.image) | arrays)


def first(program: dc.Program, ending: str) -> str:
    return next(name for name in program.image if name.endswith(ending) and program.image[name].any())


@pytest.fixture(scope="module")
def lively() -> tuple[dc.Program, np.ndarray, dc.Activity]:
    made = live_network(5, largest_delay=9, samples=4)
    program = dc.map(made.graph, target="seneca", layout="dense")
    return program, made.spikes, dc.reference.simulate(program.graph, made.spikes, states=True)


def longer_delays(program: dc.Program) -> dc.Program:
    """All delays of one fan, and the filter before it, a step longer."""
    name = next(n for n in program.image if n.endswith("/delays") and program.image[n].max() > 0)
    at = f"{name.split('/from/')[0]}/filter"
    bits = program.image[at]
    moved = np.concatenate([np.zeros((len(bits), 1), dtype=bool), bits], axis=1)
    return without_image(program, **{name: program.image[name] + np.uint16(1), at: moved})


def lost_synapse(program: dc.Program) -> dc.Program:
    name = first(program, "/weights")
    weights = program.image[name].copy()
    weights[tuple(np.argwhere(weights)[0])] = 0
    return without_image(program, **{name: weights})


def flipped_bit(program: dc.Program) -> dc.Program:
    """The lowest exponent bit of every weight of a fan: a factor of two."""
    name = first(program, "/weights")
    return without_image(
        program,
        **{name: np.where(program.image[name] != 0, program.image[name] ^ np.uint16(0x80), np.uint16(0))},
    )


def blind_filter(program: dc.Program) -> dc.Program:
    name = first(program, "/filter")
    return without_image(program, **{name: np.zeros_like(program.image[name])})


def other_retain(program: dc.Program) -> dc.Program:
    name = first(program, "/retain")
    return without_image(program, **{name: program.image[name] - np.uint16(1)})


@pytest.mark.parametrize("mutant", [longer_delays, lost_synapse, flipped_bit, blind_filter, other_retain])
def test_a_chip_whose_memory_holds_something_else_does_something_else(lively, mutant):
    program, spikes, truth = lively
    assert dc.simulate(program, spikes, states=True).activity.same_as(truth)
    assert not dc.simulate(mutant(program), spikes, states=True).activity.same_as(truth)


def test_a_network_that_fires_above_its_thresholds_keeps_its_spikes_or_counts_its_ties():
    kept = 0
    for seed in range(12):
        made = network(seed)
        exact, _ = dc.quantize(made.graph, target="seneca")
        strict = exact.with_(arithmetic=replace(exact.arithmetic, name="strict", fires=">"))
        program = dc.map(strict, target="seneca")
        bound = [n for n, p in exact.populations.items() if getattr(p, "reset", "") == "subtract"]
        bound += [n for n, p in exact.populations.items() if isinstance(p, dc.AdaptiveLIF)]
        lost = {loss.place for loss in program.losses if loss.what == "tie"}
        assert lost == {f"populations[{name!r}]" for name in bound}
        if not lost:
            kept += 1
            before = dc.reference.simulate(strict, made.spikes).spikes
            after = dc.simulate(program, made.spikes).spikes
            assert all(np.array_equal(before[name], after[name]) for name in before)
    assert kept
