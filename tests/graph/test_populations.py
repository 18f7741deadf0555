"""Populations: parameters per neuron, frozen, each kind with a name of its own."""

from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore import GraphError
from delaycore.graph import LIF, kinds

HALF: Any = 2.5
TEXT: Any = "4"


def test_a_number_is_spread_over_all_neurons():
    assert dc.LIF(3, retain=0.9, threshold=1).threshold.tolist() == [1.0, 1.0, 1.0]


def test_parameters_are_read_only_and_the_caller_s_array_stays_its_own():
    mine = np.full(3, 0.5)
    population = dc.LIF(3, retain=mine, threshold=1.0)
    mine[0] = 7.0
    assert population.retain.tolist() == [0.5, 0.5, 0.5]
    with pytest.raises(ValueError, match="read-only"):
        population.retain[0] = 0.1
    with pytest.raises(FrozenInstanceError):
        frozen: Any = population
        frozen.size = 4


def test_a_read_only_view_is_not_taken_for_an_array_that_nobody_can_write_to():
    mine = np.full(3, 0.5)
    view = mine.view()
    view.flags.writeable = False
    population = dc.LIF(3, retain=view, threshold=1.0)
    mine[:] = 0.1
    assert population.retain.tolist() == [0.5, 0.5, 0.5]


def test_populations_are_equal_by_content_and_kind():
    assert dc.LIF(2, retain=0.9, threshold=1.0) == dc.LIF(2, retain=[0.9, 0.9], threshold=np.ones(2))
    assert dc.LIF(2, retain=0.9, threshold=1.0) != dc.LIF(2, retain=0.9, threshold=[1.0, 2.0])
    assert dc.LIF(2, retain=0.9, threshold=1.0) != dc.CurrentLIF(2, retain=0.9, threshold=1.0)


def test_a_slice_holds_the_parameters_of_its_neurons():
    part = dc.AdaptiveLIF(
        5, retain=np.linspace(0, 1, 5), threshold=1.0, adaptation=np.arange(5), refractory=2, start=3
    ).slice(1, 3)
    assert part == dc.AdaptiveLIF(
        2, retain=[0.25, 0.5], threshold=1.0, adaptation=[1, 2], refractory=2, start=3
    )


@pytest.mark.parametrize("wrong", ["abc", [1, "x"], [[1], [1, 2]], 1 + 2j, None, object()])
def test_a_parameter_that_is_no_number_is_refused_by_name(wrong):
    with pytest.raises(GraphError, match=r"LIF\.retain.*one number, or one per neuron"):
        dc.LIF(2, retain=wrong, threshold=1.0)


@pytest.mark.parametrize(
    ("population", "place", "says"),
    [
        (dc.LIF(0, retain=0.9, threshold=1.0), "size", "from 1 to 2147483647"),
        (dc.LIF(-3, retain=0.9, threshold=1.0), "size", "from 1 to 2147483647"),
        (dc.LIF(HALF, retain=0.9, threshold=1.0), "size", "from 1 to 2147483647"),
        (dc.LIF(True, retain=0.9, threshold=1.0), "size", "from 1 to 2147483647"),
        (dc.LIF(TEXT, retain=0.9, threshold=1.0), "size", "from 1 to 2147483647"),
        (dc.LIF(3, retain=[0.9, 0.8], threshold=1.0), "retain", r"shape \(2,\), not \(3,\)"),
        (
            dc.LIF(3, retain=0.9, threshold=[1.0, np.nan, 1.0]),
            "threshold",
            "1 of 3 values are not finite, the first is nan of neuron 1",
        ),
        (dc.LIF(3, retain=0.9, threshold=1.0, bias=np.inf), "bias", "not finite"),
        (
            dc.LIF(3, retain=[0.9, 1.01, -1.0], threshold=1.0),
            "retain",
            r"must lie in \[0, 1\], but 2 values do not, the first is 1.01 of neuron 1",
        ),
        (dc.LIF(3, retain=0.9, threshold=1.0, refractory=-1), "refractory", "whole number of steps"),
        (dc.LIF(3, retain=0.9, threshold=1.0, refractory=HALF), "refractory", "whole number of steps"),
        (dc.LIF(3, retain=0.9, threshold=1.0, refractory=10**30), "refractory", "whole number of steps"),
        (dc.LIF(3, retain=0.9, threshold=1.0, reset="soft"), "reset", "'zero' or 'subtract', not 'soft'"),
        (dc.LIF(3, retain=0.9, threshold=1.0, start=-1), "start", "whole number of steps"),
        (dc.CurrentLIF(3, retain=0.9, threshold=1.0, retain_current=2.0), "retain_current", "must lie in"),
        (dc.AdaptiveLIF(3, retain=0.9, threshold=1.0, retain_trace=-0.1), "retain_trace", "must lie in"),
        (dc.AdaptiveLIF(3, retain=0.9, threshold=1.0, adaptation=np.nan), "adaptation", "not finite"),
        (dc.Integrator(3, retain=1.5), "retain", "must lie in"),
    ],
)
def test_a_value_out_of_range_is_refused_by_the_graph_with_its_place(population, place, says):
    with pytest.raises(GraphError, match=rf"populations\['h'\]\.{place}: .*{says}") as raised:
        dc.Graph(1e-3, {"h": population}, [])
    assert len(raised.value.problems) == 1


def test_a_new_kind_is_known_by_its_name_and_none_takes_the_name_of_another():
    @dataclass(frozen=True, eq=False)
    class Silent(dc.Population):
        kind = "silent_test_kind"

    assert kinds()["silent_test_kind"] is Silent
    with pytest.raises(TypeError, match="needs a kind of its own: 'lif' is that of LIF"):

        class Nameless(dc.LIF):
            pass

    assert kinds()["lif"] is LIF


def test_a_population_says_in_a_line_what_it_is():
    population = dc.LIF(3, retain=[0.5, 0.9, 0.75], threshold=1.0, refractory=2)
    assert repr(population) == "<LIF 3 neurons, retain 0.5..0.9, threshold 1, bias 0, refractory 2>"
    assert repr(dc.Input(700)) == "<Input 700 neurons>"
    assert repr(dc.Integrator(2, retain=0.9)) == "<Integrator 2 neurons, retain 0.9, bias 0>"


def test_a_kind_of_a_plugin_says_it_too_and_dumps_no_arrays():
    @dataclass(frozen=True, eq=False)
    class Quiet(dc.LIF):
        kind = "quiet_test_kind"

    assert repr(Quiet(1000, retain=0.5, threshold=1.0)).startswith("<Quiet 1000 neurons, retain 0.5,")


def test_time_constants_become_what_a_step_keeps():
    lif = dc.LIF.from_time_constants(2, step=1e-3, tau_mem=[0.02, 0.01], threshold=1.0)
    assert lif == dc.LIF(2, retain=np.exp([-0.05, -0.1]), threshold=1.0)
    current = dc.CurrentLIF.from_time_constants(1, step=1e-3, tau_mem=0.02, tau_syn=0.005, threshold=1.0)
    assert current == dc.CurrentLIF(1, retain=np.exp(-0.05), threshold=1.0, retain_current=np.exp(-0.2))
    adaptive = dc.AdaptiveLIF.from_time_constants(
        1, step=1e-3, tau_mem=0.02, tau_adapt=0.5, threshold=1.0, adaptation=0.1
    )
    assert (adaptive.retain, adaptive.retain_trace) == (np.exp(-0.05), np.exp(-0.002))
    assert dc.Integrator.from_time_constants(1, step=1e-3, tau_mem=np.inf).retain == 1.0


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"step": 1e-3}, r"LIF\.tau_mem: is missing"),
        ({"step": 1e-3, "tau_mem": 0.0}, r"LIF\.tau_mem: must be a positive number of seconds, not 0"),
        ({"step": 1e-3, "tau_mem": [0.1, np.nan]}, r"LIF\.tau_mem: must be a positive number"),
        ({"step": 1e-3, "tau_mem": "20 ms"}, r"LIF\.tau_mem: .*not real numbers"),
        ({"step": 0.0, "tau_mem": 0.02}, "step: must be a positive number of seconds"),
    ],
)
def test_a_time_constant_that_is_none_is_refused_by_name(values, says):
    with pytest.raises(GraphError, match=says):
        dc.LIF.from_time_constants(2, threshold=1.0, **values)
