"""A training that goes wrong stops, names the epoch and the part, and says what to do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from delaycore.datasets import Samples
from delaycore.settings import ContinuousDelays, LevelDelays, NetworkSettings, TrainingSettings
from delaycore.training import DelayNetwork, TrainingError, build, fit
from delaycore.training._divergence import require_sound

SAMPLES = Samples(np.random.default_rng(0).random((40, 20, 4)) < 0.2, np.arange(40) % 3)
FITTING = TrainingSettings(epochs=3, batch_size=10, learning_rate=0.01)


def network(**changes: object) -> DelayNetwork:
    shape = NetworkSettings(
        hidden=(6,),
        delays=ContinuousDelays(mode="continuous_synapse", max_delay=4),
        recurrent=True,
        neuron="adaptive_lif",
        gain=2.0,
    )
    return build(shape.model_copy(update=changes), 4, 3, 0.01, seed=0)


@pytest.mark.parametrize(
    ("place", "part"),
    [
        ("projections['h1->h1']", lambda net: net.projections["h1->h1"].weight),
        ("projections['h1->out'].delay", lambda net: net.projections["h1->out"].position),
        ("populations['h1'].retain_trace", lambda net: net.neurons["h1"].trained["retain_trace"]),
    ],
)
def test_a_number_that_is_not_finite_is_named_with_its_epoch_and_a_remedy(place: str, part) -> None:
    net = network()
    with torch.no_grad():
        part(net).view(-1)[0] = float("nan")
    with pytest.raises(TrainingError) as caught:
        fit(net, SAMPLES, SAMPLES, FITTING, seed=0)
    (problem,) = caught.value.problems
    assert problem.place == f"epoch 0, {place}"
    assert "learning_rate" in problem.remedy


@pytest.mark.parametrize(("rate", "epoch"), [(1.0, r"\d"), (1e30, "0")])
def test_a_rate_that_throws_everything_away_stops_the_fit(rate: float, epoch: str) -> None:
    net = network(delays=LevelDelays(levels=3), neuron="lif", recurrent=False, gain=0.5)
    with pytest.raises(TrainingError, match=rf"epoch {epoch}, .*loss exploded from .*learning_rate"):
        fit(
            net,
            SAMPLES,
            SAMPLES,
            FITTING.model_copy(update={"learning_rate": rate, "leak_learning_rate_scale": 1e-6}),
            seed=0,
        )


def test_a_step_that_leaves_infinity_is_noticed_before_the_network_is_used() -> None:
    net = network()
    with torch.no_grad():
        net.projections["in->h1"].weight[0, 0, 0] = float("inf")
    with pytest.raises(TrainingError, match=r"epoch 2, projections\['in->h1'\].*not finite"):
        require_sound(net, 2, 1.0, 1.0)


@pytest.mark.parametrize(
    ("loss", "before", "stops"), [(30.0, 2.0, True), (30.0, 25.0, False), (3.0, 1.0, False)]
)
def test_only_a_loss_far_above_what_it_was_and_above_guessing_has_exploded(
    loss: float, before: float, stops: bool
) -> None:
    if stops:
        with pytest.raises(TrainingError, match=r"epoch 4, .*exploded from 2 to 30"):
            require_sound(network(), 4, loss, before)
    else:
        require_sound(network(), 4, loss, before)
