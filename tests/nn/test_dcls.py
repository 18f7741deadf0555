"""Delays as trained positions: interpolation, its shrinking, rounding with its losses, and that they find the
delay that is asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from delaycore.nn import Dense
from delaycore.nn._dcls import INTERPOLATIONS, PositionWeights
from delaycore.nn.functional import deliver
from delaycore.settings import ContinuousDelays, LevelDelays, NetworkSettings, RandomDelays
from delaycore.training import DelayNetwork, build


def synapses(
    position: list[float], weight: list[float], shape: str = "gaussian", last: int = 9
) -> PositionWeights:
    """Synapses of one pair."""
    slots = len(position)
    made = PositionWeights(
        Dense(1, 1), (0, last), count=slots, width=(4.0, 0.25), interpolation=shape
    ).double()
    with torch.no_grad():
        made.weight.copy_(torch.tensor(weight, dtype=torch.float64).view(slots, 1, 1))
        made.position.copy_(torch.tensor(position, dtype=torch.float64).view(slots, 1, 1))
    return made


@given(position=st.floats(0, 9), shape=st.sampled_from(sorted(INTERPOLATIONS)), progress=st.floats(0, 1))
def test_interpolation_keeps_the_weight_whole_and_is_largest_at_the_position(
    position: float, shape: str, progress: float
) -> None:
    s = synapses([position], [0.7], shape)
    s.anneal(progress)
    kernel = s.kernel().detach().flatten()
    assert float(kernel.sum()) == pytest.approx(0.7)
    assert abs(int(kernel.argmax()) - position) <= 0.5 + 1e-9
    assert (kernel >= 0).all()


def test_the_width_shrinks_from_first_to_last() -> None:
    s = synapses([4.0], [1.0])
    widths = []
    for progress in (0.0, 0.5, 1.0):
        s.anneal(progress)
        widths.append(s.width)
    assert widths == pytest.approx([4.0, 1.0, 0.25])
    spread = []
    for progress in (0.0, 0.5, 1.0):
        s.anneal(progress)
        spread.append(float(s.kernel().detach().max()))
    assert spread == sorted(spread) and spread[0] < 0.3 and spread[-1] > 0.99


@pytest.mark.parametrize("shape", INTERPOLATIONS)
def test_weights_and_positions_have_the_numerical_gradient(shape: str) -> None:
    s = synapses([2.3, 6.1], [0.4, -0.8], shape)
    s.anneal(0.5)

    def kernel(weight: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(s, {"weight": weight, "position": position}, (None,))

    replaced: Any = s
    replaced.forward = s.kernel
    assert torch.autograd.gradcheck(kernel, (s.weight, s.position))


def test_evaluation_rounds_to_the_nearest_step_and_says_by_how_much() -> None:
    s = synapses([2.3, 5.6], [0.4, -0.8]).eval()
    expected = np.zeros(10)
    expected[[2, 6]] = 0.4, -0.8
    np.testing.assert_array_equal(s.kernel().detach().numpy().ravel(), expected)
    (entry,) = s.losses("projections['a->b']", "a")
    assert (entry.what, entry.change, entry.count, entry.of, entry.unit) == (
        "delay",
        "rounded",
        2,
        2,
        "steps",
    )
    assert entry.largest == pytest.approx(0.4)


def test_synapses_of_a_pair_that_meet_are_one_with_their_weights_added_and_counted() -> None:
    s = synapses([2.3, 1.8], [0.4, -0.1])
    projection = s.to_projection("a", "b")
    assert projection.delay.tolist() == [2] and projection.weight.tolist() == pytest.approx([0.3])
    assert [(e.what, e.change, e.count, e.of) for e in s.losses("projections['a->b']", "a")][1] == (
        "synapse",
        "merged",
        1,
        2,
    )
    assert s.training  # exporting leaves the mode as it was


@pytest.mark.parametrize("start", [1.0, 8.0])
@pytest.mark.parametrize("shape", INTERPOLATIONS)
def test_a_position_moves_to_the_delay_that_is_asked_for(start: float, shape: str) -> None:
    spikes = (torch.rand(200, 4, 1, generator=torch.Generator().manual_seed(0)) < 0.1).double()
    wanted = torch.zeros_like(spikes)
    wanted[5:] = spikes[:-5]
    s = synapses([start], [0.5], shape)
    optimiser = torch.optim.Adam([{"params": [s.position], "lr": 0.1}, {"params": [s.weight], "lr": 0.01}])
    for step in range(150):
        s.anneal(step / 149)
        optimiser.zero_grad()
        ((deliver(spikes, s.kernel(), s.delays) - wanted) ** 2).mean().backward()
        optimiser.step()
        s.clamp_delays()
    projection = s.to_projection("a", "b")
    assert projection.delay.tolist() == [5]
    assert projection.weight[0] == pytest.approx(1.0, abs=0.1)


def test_a_position_beyond_its_range_is_brought_back() -> None:
    s = synapses([-3.0, 12.0], [1.0, 1.0])
    s.clamp_delays()
    assert s.position.flatten().tolist() == [0.0, 9.0]


DELAYS: dict[str, Any] = {
    "levels": LevelDelays(levels=5, stride=3),
    "random": RandomDelays(levels=5, stride=3, synapses_per_pair=2),
    "continuous_synapse": ContinuousDelays(mode="continuous_synapse", max_delay=12, synapses_per_pair=2),
    "continuous_axon": ContinuousDelays(mode="continuous_axon", max_delay=12, synapses_per_pair=2),
}


def net(mode: str) -> DelayNetwork:
    return build(
        NetworkSettings(hidden=(6,), delays=DELAYS[mode], recurrent=True),
        4,
        3,
        0.01,
        2,
    )


def test_an_axon_has_its_delays_in_common_and_a_synapse_its_own() -> None:
    for mode, shared in (("continuous_axon", True), ("continuous_synapse", False)):
        for p in net(mode).to_graph().projections[1:]:
            per_source = [
                {tuple(sorted(p.delay[(p.pre == i) & (p.post == j)].tolist())) for j in range(3)}
                for i in range(6)
            ]
            assert all(len(found) == 1 for found in per_source) == shared


def test_the_losses_of_a_network_name_every_projection_with_positions() -> None:
    places = {entry.place for entry in net("continuous_synapse").losses() if entry.what == "delay"}
    assert places == {"projections['h1->h1'].delay", "projections['h1->out'].delay"}
    assert not net("levels").losses() and not net("random").losses()
