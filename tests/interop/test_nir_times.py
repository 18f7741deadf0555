"""Times of NIR in seconds: one tolerance for those that float32 could not hold."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore.interop import ForeignError, from_nir

TIMES = {"LIF": ["tau"], "LI": ["tau"], "CubaLIF": ["tau_syn", "tau_mem"]}
STEPS = st.sampled_from([1e-3, 1e-4, 1 / 60, 1 / 3000, 2e-5, 0.1]) | st.floats(1e-6, 1.0)


def network(kind: str, times: dict[str, float], delay: float) -> Any:
    one = np.ones(1)
    own = {"r": one, "v_leak": 0 * one} | {field: tau * one for field, tau in times.items()}
    if kind != "LI":
        own |= {"v_threshold": one, "v_reset": 0 * one}
    nodes = {
        "in": nir.Input(input_type={"input": np.array([1])}),
        "delay": nir.Delay(delay=delay * one),
        "w": nir.Linear(weight=np.ones((1, 1))),
        "neuron": getattr(nir, kind)(**own),
    }
    return nir.NIRGraph(nodes, [("in", "delay"), ("delay", "w"), ("w", "neuron")], type_check=False)


@given(st.sampled_from(sorted(TIMES)), STEPS, st.integers(1, 50), st.integers(0, 50))
def test_times_that_went_through_float32_are_those_that_were_meant(kind, step, constant, delay):
    """Whether the file holds steps in float32, or the step itself was one."""
    for seen in (float(np.float32(constant * step)), constant * float(np.float32(step))):
        given_delay = float(np.float32(delay * step))
        graph, losses = from_nir(network(kind, dict.fromkeys(TIMES[kind], seen), given_delay), step=step)
        assert not losses and graph.projections[0].delay.tolist() == [delay]
        population: Any = graph.populations["neuron"]
        fields = ["retain", "retain_current"][: len(TIMES[kind])]
        for field in fields:
            np.testing.assert_allclose(getattr(population, field), 1 - 1 / constant, rtol=0, atol=1e-6)
            if constant == 1:  # nothing is left, not even a ten millionth
                assert getattr(population, field).tolist() == [0.0]


@pytest.mark.parametrize("kind", sorted(TIMES))
def test_a_time_constant_that_is_really_shorter_than_the_step_is_refused_by_its_own_name(kind):
    with pytest.raises(ForeignError) as error:
        from_nir(network(kind, dict.fromkeys(TIMES[kind], 0.99e-3), 0.0), step=1e-3)
    assert [p.place for p in error.value.problems] == [f"nodes['neuron'].{field}" for field in TIMES[kind]]
    assert all("shorter than the step" in p.message for p in error.value.problems)
    short = network(kind, dict.fromkeys(TIMES[kind], 0.99e-3), 0.0)
    assert from_nir(short, step=1e-3, method="exponential")[0].populations["neuron"].size == 1


def test_a_delay_that_is_negative_but_for_rounding_is_none():
    graph, losses = from_nir(network("LIF", {"tau": 2e-3}, -1e-12), step=1e-3)
    assert not losses and graph.projections[0].delay.tolist() == [0]
    with pytest.raises(ForeignError, match=r"nodes\['delay'\]\.delay: must not be negative"):
        from_nir(network("LIF", {"tau": 2e-3}, -1e-8), step=1e-3)
