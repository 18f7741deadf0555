"""Potentials that tie with a threshold: modules and Graphs fire, add and reset alike, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import delaycore as dc
from delaycore import reference
from delaycore.conformance import live_network
from delaycore.errors import GraphError
from delaycore.graph import Arithmetic, Graph
from delaycore.nn import (
    LIF,
    DelayedLinear,
    FixedDelayLinear,
    as_network,
    from_graph,
    to_graph,
)
from delaycore.nn import Integrator as IntegratorLayer


def test_neurons_that_fire_strictly_above_their_threshold_do_so() -> None:
    graph = Graph(
        1e-3,
        {"in": dc.Input(1), "h": dc.LIF(2, retain=0.0, threshold=1.0)},
        [dc.Projection("in", "h", [0, 0], [0, 1], [1.0, 1.5], [0, 0])],
    )
    for fires, expected in ((">=", [1.0, 1.0]), (">", [0.0, 1.0])):
        network = from_graph(graph.with_(arithmetic=Arithmetic(fires=fires)))  # type: ignore[arg-type]
        assert network(torch.ones(1, 1, 1)).readout[0, 0].tolist() == expected


ABOVE = Arithmetic(name="strict", fires=">")


@pytest.mark.parametrize("looped", [False, True])
@pytest.mark.parametrize(
    ("population", "weight", "expected"),
    [
        (  # reaches its threshold of 2 in step 1 and lies above that of 1 in step 2
            dc.AdaptiveLIF(1, retain=1.0, threshold=1.0, retain_trace=1.0, adaptation=1.0),
            2.0,
            [1, 0, 1, 0, 1, 0],
        ),
        (dc.LIF(1, retain=1.0, threshold=1.0, reset="subtract"), 2.0, [1, 1, 1, 1, 1, 1]),
        (dc.LIF(1, retain=1.0, threshold=1.0), 0.5, [0, 0, 1, 0, 0, 1]),
        (dc.CurrentLIF(1, retain=1.0, threshold=1.0, retain_current=0.5), 0.5, [0, 1, 0, 1, 0, 1]),
        (dc.LIF(1, retain=1.0, threshold=1.0, refractory=1, bias=0.5), 0.5, [0, 1, 0, 0, 1, 0]),
    ],
    ids=["adaptive", "subtract", "plain", "current", "refractory"],
)
def test_neurons_at_a_strict_threshold_do_not_fire_and_a_reset_takes_off_the_threshold_itself(
    population: Any, weight: float, expected: list[int], looped: bool
) -> None:
    loop = [dc.Projection("h", "h", [0], [0], [0.0], [1])] if looped else []
    graph = Graph(
        1e-3,
        {"in": dc.Input(1), "h": population},
        [dc.Projection("in", "h", [0], [0], [weight], [0]), *loop],
        arithmetic=ABOVE,
    )
    spikes = np.ones((1, 6, 1), dtype=np.bool_)
    assert reference.simulate(graph, spikes).spikes["h"].ravel().tolist() == expected
    for dtype in (torch.float64, torch.float32, torch.bfloat16):  # the last runs step by step
        network = from_graph(graph, dtype=dtype)
        assert network(torch.ones(6, 1, 1, dtype=dtype)).readout.ravel().tolist() == expected
        assert to_graph(network) == graph
    alone = from_graph(graph).neurons["h"]
    assert alone(torch.full((6, 1, 1), weight)).ravel().tolist() == expected


def test_a_reset_by_subtraction_takes_off_no_more_than_the_threshold() -> None:
    eps = 2.0**-52
    graph = Graph(
        1e-3,
        {"in": dc.Input(2), "h": dc.LIF(1, retain=1.0, threshold=1.0, reset="subtract")},
        [dc.Projection("in", "h", [0, 1], [0, 0], [1.5, 0.5 + eps], [0, 0])],
        arithmetic=ABOVE,
    )
    made = from_graph(graph, dtype=torch.float64)(torch.eye(2, dtype=torch.float64)[:, None])
    assert made.readout.ravel().tolist() == [1.0, 1.0]


TENTH = {
    "levels": ([0.1, 0.1, 0.1], 0.3, [2, 1, 0]),  # 0.1 + 0.1 + 0.1 lies above 0.3
    "older first": ([0.1, 0.2, 0.3], 0.6, [2, 1, 0]),  # (0.1 + 0.2) + 0.3 lies above 0.6
    "younger last": ([0.3, 0.2, 0.1], 0.6, [2, 1, 0]),  # (0.3 + 0.2) + 0.1 is 0.6
    "neurons": ([0.1, 0.2, 0.3], 0.6, [1, 1, 1]),
}


@pytest.mark.parametrize("looped", [False, True])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(("weights", "threshold", "delays"), TENTH.values(), ids=TENTH)
def test_in_float64_sums_that_tie_with_a_threshold_are_added_in_the_order_of_the_graph(
    weights: list[float], threshold: float, delays: list[int], apart: bool, looped: bool
) -> None:
    ends = [dc.Projection("in", "h", range(3), [0] * 3, weights, delays)]
    if apart:  # the youngest arrival through the projection that comes first
        ends = [
            dc.Projection("in", "h", [i], [0], [weights[i]], [delays[i]], f"{i}") for i in reversed(range(3))
        ]
    if looped:
        ends.append(dc.Projection("h", "h", [0], [0], [0.7], [9]))
    populations = {"in": dc.Input(3), "h": dc.LIF(1, retain=0.0, threshold=threshold)}
    graph = Graph(1e-3, populations, ends, arithmetic=ABOVE)
    spikes = np.zeros((1, 3, 3), dtype=np.bool_)
    spikes[0, [2 - d for d in delays], range(3)] = True
    total = 0.0
    for weight in weights:
        total += weight
    assert reference.simulate(graph, spikes).spikes["h"][0, 2, 0] == (total > threshold)
    network, x = from_graph(graph, dtype=torch.float64), torch.from_numpy(spikes).double().transpose(0, 1)
    for _ in range(2):
        assert bool(network(x).readout[2, 0, 0]) == (total > threshold)
        network.eval()
    if not apart and not looped:
        alone = network.connections[0].layer
        assert alone(x)[2, 0, 0].item() == total


class Tripled(DelayedLinear):
    def current(self, *args: Any, **options: Any) -> Tensor:
        return 3 * super().current(*args, **options)


class TripledKernel(FixedDelayLinear):
    def kernel(self, number: Any = None) -> Tensor:
        return 3 * super().kernel(number)


@pytest.mark.parametrize("make", [Tripled, TripledKernel])
def test_in_float64_a_layer_that_was_changed_computes_what_it_says(make: Any) -> None:
    layer = make(2, 1).double()
    layer.weight.data.fill_(0.5)
    assert layer(torch.ones(1, 1, 2, dtype=torch.float64)).item() == 3.0


def test_in_float64_numbers_that_no_graph_holds_pass_through() -> None:
    layer = DelayedLinear(1, 1).double()
    layer.weight.data.fill_(torch.nan)
    x = torch.ones(3, 1, 1, dtype=torch.float64)
    assert layer(x).isnan().all()
    network = as_network(nn.Sequential(layer, IntegratorLayer(1, retain=0.5).double()), 1e-3)
    assert network(x).readout.isnan().all()


def test_sums_in_the_order_of_the_graph_have_the_gradients_of_any_other() -> None:
    graph = live_network(3, loops=True).graph
    spikes = live_network(3, loops=True).spikes
    made = []
    for dtype in (torch.float64, torch.float32):
        network = from_graph(graph, dtype=dtype)
        network.scores(network(torch.from_numpy(spikes).to(dtype).transpose(0, 1)).readout)[
            :, 0
        ].sum().backward()
        made.append([p.grad for p in network.parameters() if p.grad is not None])
    assert len(made[0]) == len(made[1]) > 3
    for ordered, other in zip(*made, strict=True):
        torch.testing.assert_close(ordered.float(), other, rtol=1e-3, atol=1e-4)


def test_an_integrator_adds_its_bias_after_its_input() -> None:
    graph = Graph(
        1e-3,
        {"in": dc.Input(1), "out": dc.Integrator(1, retain=1.0, bias=0.2)},
        [dc.Projection("in", "out", [0], [0], [0.1], [0])],
    )
    spikes = np.ones((1, 9, 1), dtype=np.bool_)
    made = from_graph(graph, dtype=torch.float64)(torch.ones(9, 1, 1, dtype=torch.float64)).readout
    assert made.ravel().tolist() == reference.simulate(graph, spikes, True).potentials["out"].ravel().tolist()


def test_a_projection_without_synapses_closes_no_loop() -> None:
    none = dc.Projection("h", "h", [], [], [], [])
    graph = Graph(1e-3, {"in": dc.Input(1), "h": dc.LIF(1, retain=0.5, threshold=1.0)}, [none])
    network = from_graph(graph)
    assert to_graph(network) == graph
    assert not network(torch.ones(4, 1, 1)).readout.any()


def test_strict_layers_make_a_strict_graph_and_a_mixture_is_refused_by_name() -> None:
    strict = nn.Sequential(DelayedLinear(2, 2), LIF(2, retain=0.5, strict=True))
    assert to_graph(strict, 1e-3).arithmetic.fires == ">"
    assert "strict=True" in repr(strict)
    mixed = nn.Sequential(*strict, DelayedLinear(2, 2), LIF(2, retain=0.5))
    with pytest.raises(GraphError, match=r"populations\['3'\].strict: is False"):
        to_graph(mixed, 1e-3)
