"""Neurons of NIR without a time constant: what their r counts per."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import pytest

import delaycore as dc
from delaycore.interop import ForeignError, from_nir

STEP = 1e-4
READ = dc.Readout("i", "last")


def constant(r: Any, by: str = "bias") -> Any:
    """IF neurons of threshold 1, and an integrator, with a constant input of 1/16: a bias, or a weight."""
    n = np.size(r)
    ones = np.ones(n)
    weight = np.full((n, 1), 0.0 if by == "bias" else 1 / 16)
    bias = ones / 16 if by == "bias" else 0 * ones
    nodes = {
        "in": nir.Input(input_type={"input": np.array([1])}),
        "w": nir.Affine(weight=weight, bias=bias),
        "if": nir.IF(r=np.asarray(r), v_threshold=ones),
        "i": nir.I(r=np.asarray(r)),
        "out": nir.Output(output_type={"output": np.array([n])}),
    }
    return nir.NIRGraph(nodes, [("in", "w"), ("w", "if"), ("w", "i"), ("i", "out")])


def first_spike(graph: dc.Graph, steps: int = 40) -> int | None:
    fired = np.flatnonzero(dc.reference.simulate(graph, np.ones((1, steps, 1), bool)).spikes["if"][0, :, 0])
    return int(fired[0]) if fired.size else None


@pytest.mark.parametrize("by", ["bias", "weight"])
def test_r_of_1_adds_the_input_in_every_step_as_other_tools_have_it(by):
    graph, losses = from_nir(constant(np.ones(1), by), step=STEP, readout=READ)
    assert first_spike(graph) == 16  # 16 / 16 is reached in step 15, and not above the threshold
    potential = dc.reference.simulate(graph, np.ones((1, 8, 1), bool)).potentials["i"][0, :, 0]
    np.testing.assert_array_equal(potential, np.arange(1, 9) / 16)
    said = [(loss.what, loss.change, loss.place, loss.count, loss.of) for loss in losses]
    assert said == [("unit", "converted", f"nodes['{name}'].r", 1, 1) for name in ("if", "i")]
    assert all("r_unit='per_second'" in loss.detail for loss in losses)


def test_the_equation_in_seconds_is_there_for_those_who_want_it():
    graph, losses = from_nir(constant(np.ones(1)), step=STEP, r_unit="per_second", readout=READ)
    assert not losses and first_spike(graph) is None
    assert dc.reference.simulate(graph, np.ones((1, 1, 1), bool)).potentials["i"][0, 0, 0] == STEP / 16


@pytest.mark.parametrize("number", [np.float64, np.float32])
def test_r_of_one_over_the_step_is_the_same_neuron_in_seconds(number):
    graph, losses = from_nir(constant(np.ones(1, number) / number(STEP)), step=STEP)
    assert not losses and first_spike(graph) == 16
    graph, losses = from_nir(constant(np.ones(1) / STEP), step=STEP, r_unit="per_step")
    assert first_spike(graph) == 0 and {loss.change for loss in losses} == {"converted"}


def test_other_gains_count_per_step():
    graph, losses = from_nir(constant(np.array([2.0, 0.5])), step=STEP)
    steps = dc.reference.simulate(graph, np.ones((1, 64, 1), bool)).spikes["if"][0].argmax(axis=0)
    assert steps.tolist() == [8, 32] and [loss.count for loss in losses] == [2, 2]


def test_a_step_of_a_second_has_one_reading():
    assert not from_nir(constant(np.ones(1)), step=1.0)[1]


def test_an_unknown_unit_is_refused_with_the_known_ones():
    unknown: Any = "seconds"
    with pytest.raises(ForeignError, match=r"r_unit: must be one of None, per_step, per_second"):
        from_nir(constant(np.ones(1)), step=STEP, r_unit=unknown)
