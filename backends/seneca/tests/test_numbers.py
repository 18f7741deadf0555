"""Numbers on the chip: bfloat16 patterns, grids, and a quantization that is done once."""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_seneca.numbers import ARITHMETIC, decode_numbers, encode_numbers
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore.conformance import live_network
from delaycore.graph import BFLOAT16


def test_every_pattern_goes_round():
    patterns = np.arange(2**16, dtype=np.uint16)
    finite = (patterns & 0x7F80) != 0x7F80
    assert BFLOAT16.holds(decode_numbers(patterns[finite])).all()
    assert np.array_equal(encode_numbers(decode_numbers(patterns[finite])), patterns[finite])


@given(st.floats(-1e38, 1e38))
def test_rounded_numbers_go_round(value):
    rounded = BFLOAT16.round(value)
    assert decode_numbers(encode_numbers(rounded)) == rounded


def test_known_patterns():
    assert encode_numbers([1.0, -2.0, 0.5, 0.0]).tolist() == [0x3F80, 0xC000, 0x3F00, 0x0000]


def test_what_is_not_rounded_is_not_encoded():
    with pytest.raises(AssertionError, match="rounded by quantize"):
        encode_numbers([0.1])


def test_quantizing_twice_is_quantizing_once():
    for seed in range(20):
        made = live_network(seed, kinds=("lif", "current_lif", "adaptive_lif"))
        once, losses = dc.quantize(made.graph, target="seneca")
        twice, none = dc.quantize(once, target="seneca")
        assert losses and once.arithmetic == ARITHMETIC
        assert twice == once and not none
        mapped = dc.map(once, target="seneca")
        assert mapped.graph == once and not mapped.losses


def test_losses_count_every_number_that_moved_and_the_largest_error():
    made = live_network(1).graph
    exact, losses = dc.quantize(made, target="seneca")
    before = {f"{p.place}.weight": p.weight for p in made.projections}
    after = {f"{p.place}.weight": p.weight for p in exact.projections}
    for name, population in made.populations.items():
        before |= {f"populations[{name!r}].{q}": getattr(population, q) for q in population.parameters()}
        after |= {
            f"populations[{name!r}].{q}": getattr(exact.populations[name], q) for q in population.parameters()
        }
    moved = {
        place: (int((before[place] != after[place]).sum()), float(np.abs(before[place] - after[place]).max()))
        for place in before
    }
    assert {loss.place: (loss.count, loss.largest) for loss in losses} == {
        place: seen for place, seen in moved.items() if seen[0]
    }


def test_grids_are_those_that_quantize_uses():
    made = live_network(2, kinds=("adaptive_lif",)).graph
    scheme = dc.load_backend("seneca").quantization_scheme(made)
    assert (
        dc.hardware.round_to(made, scheme)[0].with_(arithmetic=ARITHMETIC)
        == dc.quantize(made, target="seneca")[0]
    )
