"""Losses: how many, of how many, and the largest error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore.hardware import Losses

NUMBERS = st.floats(-100, 100)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=20))
def test_a_loss_counts_what_changed_and_keeps_the_largest_error(pairs):
    before, after = zip(*pairs, strict=True)
    losses = Losses.of("weight", "rounded", "here", before, after)
    changed = [abs(a - b) for a, b in pairs if a != b]
    if not changed:
        assert not losses
        return
    (loss,) = losses
    assert (loss.count, loss.of, loss.largest) == (len(changed), len(pairs), max(changed))
    assert loss.relative == (loss.largest / max(map(abs, before)) if any(before) else float("inf"))


def test_nothing_changed_is_no_loss():
    assert not Losses.of("weight", "rounded", "here", [1, 2], [1, 2])
    assert not Losses.counted("synapse", "pruned", "here", 0, 10)
    assert str(Losses()) == "no number was altered"


def test_what_is_gone_is_counted_with_the_largest_magnitude():
    (loss,) = Losses.counted(
        "synapse", "pruned", "projections['a->b']", 3, 10, "kept 2 per pair", largest=0.5
    )
    assert (loss.count, loss.of, loss.largest) == (3, 10, 0.5)
    assert str(loss) == "projections['a->b']: 3 of 10 synapses pruned, the largest 0.5 (kept 2 per pair)"


def test_a_conversion_says_what_became_of_what():
    (loss,) = Losses.converted("reset", "populations['h1']", "subtract", "zero", 5, 16)
    assert str(loss) == "populations['h1']: 5 of 16 resets converted (subtract became zero)"
    assert not Losses.converted("kind", "populations['h1']", "lif", "lif", 16, 16)
    assert not Losses.converted("unit", "populations['h1']", "mV", "V", 0, 16)
    for what in ("kind", "unit"):
        (loss,) = Losses.converted(what, "here", "a", "b", 1, 1)
        assert Losses.from_dict({"entries": [loss.__dict__]}).entries == (loss,)


def test_adding_joins_in_order():
    a = Losses.of("weight", "rounded", "first", [1.0], [2.0])
    b = Losses.of("delay", "clipped", "second", [4.0], [2.0], "steps")
    both = a + b
    assert [loss.place for loss in both] == ["first", "second"]
    assert (len(both), bool(both), len(a)) == (2, True, 1)
    assert (
        str(both).splitlines()[1]
        == "second: 1 of 1 delays clipped, largest error 2 steps (50.00% of the largest)"
    )


def test_arrays_of_different_shapes_are_never_spread_over_each_other():
    with pytest.raises(ValueError, match=r"here: \(3,\) values became \(1,\)"):
        Losses.of("weight", "rounded", "here", [1, 2, 3], [1])


def test_losses_come_back_from_plain_values():
    losses = Losses.of("weight", "rounded", "first", [1.0], [2.0]) + Losses.counted(
        "event", "late", "second", 1, 2
    )
    assert Losses.from_dict(losses.to_dict()) == losses
    assert Losses.from_dict(json.loads(json.dumps(losses.to_dict()))) == losses


def test_a_loss_reads_in_plural_and_never_as_nothing():
    small = Losses.of("bias", "rounded", "h", [1.0, 1.0], [1.0, 1.0 + 1e-9])
    assert str(small) == "h: 1 of 2 biases rounded, largest error 1e-09 (less than 0.01% of the largest)"
