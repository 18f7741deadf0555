"""Networks brought under arithmetics of every sort."""

import numpy as np
import pytest

from delaycore.conformance import list_arithmetics, live_network, round_network


def test_every_choice_that_an_arithmetic_has_occurs():
    all_of_them = list_arithmetics().values()
    assert {a.potential.family for a in all_of_them} == {"float64", "float32", "bfloat16", "fixed"}
    assert {a.arrivals for a in all_of_them} == {"total", "state", "signs"}
    assert {a.additions for a in all_of_them} == {"each", "last"}
    assert {a.fires for a in all_of_them} == {">=", ">"}
    assert {a.potential.overflow for a in all_of_them if a.potential.family == "fixed"} == {"clip", "wrap"}


@pytest.mark.parametrize("arithmetic", list_arithmetics().values(), ids=lambda a: a.name)
def test_weights_biases_and_thresholds_are_numbers_of_the_arithmetic(arithmetic):
    live = round_network(live_network(2, kinds=("adaptive_lif", "lif")), arithmetic)
    assert live.graph.arithmetic == arithmetic
    for p in live.graph.projections:
        assert arithmetic.weight.holds(p.weight).all()
    for population in live.graph.populations.values():
        for parameter in {"bias", "adaptation", "threshold"} & set(population.parameters()):
            assert arithmetic.potential.holds(getattr(population, parameter)).all()


def test_whole_numbers_are_not_all_zero():
    live = round_network(live_network(2), list_arithmetics()["clip total, >= after each"])
    assert all(np.count_nonzero(p.weight) > 0.5 * len(p) for p in live.graph.projections)
