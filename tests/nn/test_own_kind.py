"""A kind of neurons that a plugin brings can be trained as soon as it brings the layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import delaycore as dc
from delaycore import reference
from delaycore.errors import GraphError
from delaycore.graph import PerNeuron, Population, per_neuron
from delaycore.nn import DelayedLinear, Neurons, Recurrent, from_graph, neurons_of, to_graph
from delaycore.nn.functional import Fire
from delaycore.reference import StepResult, decay, step


@dataclass(frozen=True, eq=False)
class Leakless(Population):
    """Neurons that lose ``leak`` per step, not a fraction, and reset to zero."""

    threshold: PerNeuron = per_neuron()
    leak: PerNeuron = per_neuron(0.0)
    kind = "leakless_of_the_test"


@dataclass(frozen=True, eq=False)
class Layerless(Population):
    """Neurons without a layer."""

    threshold: PerNeuron = per_neuron()
    kind = "layerless_of_the_test"


@decay.register(Leakless)
def _(population: Leakless, state: Any, arithmetic: Any) -> Any:
    return state["potential"] - population.leak


@step.register(Leakless)
def _(population: Leakless, state: Any, kept: Any, arrived: Any, arithmetic: Any) -> StepResult:
    potential = arithmetic.potential.round(kept + arrived)
    fired = potential >= population.threshold
    after = state | {"potential": np.where(fired, 0.0, potential)}
    return StepResult(after, potential, fired, np.zeros(potential.shape, dtype=np.int64))


class LeaklessLayer(Neurons):
    """The layer of `Leakless`."""

    population = Leakless
    fractions = ()

    def __init__(self, features: int, threshold: Any = 1.0, leak: Any = 0.0, learn: Any = ("leak",)) -> None:
        super().__init__(features, {"threshold": threshold, "leak": leak}, learn=learn)

    def init_state(self, like: Tensor) -> tuple[Tensor, ...]:
        return (torch.zeros_like(like),)

    def step(self, current: Tensor, state: Any, values: Any, fires: Fire) -> Any:
        potential = state[0] - values["leak"] + current
        spikes, potential = fires(potential, values["threshold"], self.surrogate)
        return spikes, (potential * (1 - spikes.detach()),)


@neurons_of.register
def _(population: Leakless, learn: Any = None, surrogate: Any = None) -> Neurons:
    return LeaklessLayer(population.size, population.threshold, population.leak)


def test_a_kind_with_a_layer_goes_both_ways_and_does_what_the_reference_does() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(DelayedLinear(5, 4, range(3), std=0.4), LeaklessLayer(4, leak=0.05)).double()
    graph = to_graph(model, 1e-3, readout="spike_count")
    assert graph.populations["1"].kind == Leakless.kind
    network = from_graph(graph, dtype=torch.float64)
    assert to_graph(network) == graph
    x = np.random.default_rng(1).random((3, 20, 5)) < 0.4
    truth = reference.simulate(graph, x)
    made = network(torch.from_numpy(x).double().transpose(0, 1)).readout
    assert truth.spikes["1"].any()
    assert (made.detach().numpy().transpose(1, 0, 2) > 0).tolist() == truth.spikes["1"].tolist()
    made.sum().backward()
    assert all(p.grad is not None and float(p.grad.abs().sum()) > 0 for p in network.parameters())


def test_a_kind_with_a_layer_takes_part_in_loops() -> None:
    torch.manual_seed(0)
    loop = Recurrent(LeaklessLayer(4, leak=0.05), DelayedLinear(4, 4, (1, 2), std=0.3))
    model = nn.Sequential(DelayedLinear(5, 4, range(3), std=0.4), loop).double()
    graph = to_graph(model, 1e-3)
    x = np.random.default_rng(1).random((3, 20, 5)) < 0.4
    (name,) = (n for n in graph.populations if n != "in")
    truth = reference.simulate(graph, x).spikes[name]
    spikes = torch.from_numpy(x).double().transpose(0, 1)
    assert truth.any()
    for made in (model(spikes), from_graph(graph, dtype=torch.float64)(spikes).readout):
        assert (made.detach().numpy().transpose(1, 0, 2) > 0).tolist() == truth.tolist()


def test_a_kind_without_a_layer_is_refused_by_name() -> None:
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(1), "h": Layerless(1, threshold=1.0)},
        [dc.Projection("in", "h", [0], [0], [1.0], [0])],
    )
    with pytest.raises(GraphError, match=r"populations\['h'\].*no layer to train.*neurons_of"):
        from_graph(graph)
