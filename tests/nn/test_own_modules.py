"""Modules of one's own as Graphs: they do what the reference does, or are refused by name."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from delaycore import reference
from delaycore.errors import GraphError
from delaycore.nn import (
    LIF,
    AdaptiveLIF,
    CurrentLIF,
    DCLSLinear,
    DelayedConv,
    DelayedLinear,
    FixedDelayLinear,
    Grid,
    Recurrent,
    as_network,
    from_graph,
    losses,
    to_graph,
)
from delaycore.nn import Integrator as IntegratorLayer


class Skipping(nn.Module):
    """Two hidden layers, a loop, and ways that skip one."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.into = DelayedLinear(6, 5, delays=(0, 2), std=0.6)
        self.first = LIF(5, retain=0.8, threshold=0.4, reset="subtract")
        self.deeper = DCLSLinear(5, 4, max_delay=6, std=0.8)
        self.past = DelayedLinear(6, 4, delays=3, std=0.5)
        self.second = Recurrent(
            LIF(4, retain=0.7, threshold=0.3, refractory=1), DelayedLinear(4, 4, delays=(1, 2))
        )
        self.out = DelayedLinear(4, 3)
        self.skip = DelayedLinear(5, 3, delays=4)
        self.read = IntegratorLayer(3, retain=0.9)

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(x)
        first = self.first(self.into(x))
        second = self.second(self.deeper(first) + self.past(x))
        return self.read(self.out(second) + self.skip(nn.functional.dropout(first, training=self.training)))


def spikes_of(seed: int, *shape: int) -> Tensor:
    return (torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < 0.3).double()


def test_a_module_of_ones_own_with_skip_connections_is_its_graph() -> None:
    torch.manual_seed(1)
    model = Skipping().double().eval()
    graph = to_graph(model, 1e-3, readout="softmax_sum")
    assert list(graph.populations) == ["in", "first", "second", "read"]
    assert [p.name for p in graph.projections] == [
        "in->first",
        "first->second",
        "in->second",
        "second->second",
        "second->read",
        "first->read",
    ]
    assert {e.place for e in losses(model)} == {"projections['first->second'].delay"}
    x = spikes_of(3, 25, 4, 6)
    truth = reference.simulate(graph, (x.numpy() > 0).transpose(1, 0, 2))
    assert truth.spikes["first"].any() and truth.spikes["second"].any()
    with torch.no_grad():
        made = model(x)
    np.testing.assert_allclose(made.numpy().transpose(1, 0, 2), truth.potentials["read"], atol=1e-12)
    assert to_graph(from_graph(graph, dtype=torch.float64)) == graph
    network = as_network(model, 1e-3, readout="softmax_sum")
    assert {*network.parameters()} == {*model.parameters()}
    with torch.no_grad():
        assert torch.equal(network(x).readout, made)


@pytest.mark.filterwarnings("ignore")  # torch's own, of its compiler
def test_a_compiled_or_wrapped_module_is_the_graph_of_the_module_inside() -> None:
    torch.manual_seed(1)
    model = Skipping().eval()
    graph = to_graph(model, 1e-3, readout="softmax_sum")
    network = as_network(model, 1e-3, readout="softmax_sum")
    in_place = Skipping().eval()
    in_place.load_state_dict(model.state_dict())
    in_place.compile(backend="eager")
    wrapped: list[Any] = [
        torch.compile(model, backend="eager"),
        nn.DataParallel(model),
        torch.compile(nn.DataParallel(model), backend="eager"),
        in_place,
    ]
    for module in wrapped:
        assert to_graph(module, 1e-3, readout="softmax_sum") == graph
        assert losses(module) == losses(model)
    assert to_graph(torch.compile(network, backend="eager")) == graph  # type: ignore[arg-type]  # torch calls it a function
    first, *others = [
        DelayedLinear(4, 3, range(3)),
        LIF(3, retain=0.9),
        DelayedLinear(3, 2),
        LIF(2, retain=0.5),
    ]
    compiled_first: Any = torch.compile(first, backend="eager")
    parts = nn.Sequential(compiled_first, *others)
    assert to_graph(parts, 1e-3) == to_graph(nn.Sequential(first, *others), 1e-3)


class Wrong(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.into = DelayedLinear(4, 4)
        self.linear = nn.Linear(4, 4)
        self.lif = LIF(4, retain=0.9)
        self.more = DelayedLinear(4, 4)
        self.twice = DelayedLinear(4, 4)
        self.end = LIF(4, retain=0.9)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear(self.into(x))
        a = self.lif(self.into(x))
        b = self.end(self.more(self.more(a)) * 2)
        return torch.tanh(b) + self.end(b)


def test_what_cannot_be_exported_is_named_all_at_once() -> None:
    with pytest.raises(GraphError) as caught:
        to_graph(Wrong(), 1e-3)
    found = " | ".join(map(str, caught.value.problems))
    assert len(caught.value.problems) >= 5
    for part in ("linear: is a Linear", "into: is called more than once", "more: ", "mul", "tanh", "end: "):
        assert part in found


def test_a_forward_that_looks_at_values_is_refused() -> None:
    class Looking(Wrong):
        def forward(self, x: Tensor) -> Tensor:
            return self.lif(self.into(x)) if x.sum() > 0 else x

    with pytest.raises(GraphError, match="Looking: has a forward that cannot be followed"):
        to_graph(Looking(), 1e-3)


def test_a_sequence_that_does_not_end_in_neurons_is_refused() -> None:
    with pytest.raises(GraphError, match="end in neurons"):
        to_graph(nn.Sequential(DelayedLinear(2, 2), LIF(2, retain=0.5), DelayedLinear(2, 2)), 1e-3)
    with pytest.raises(GraphError, match="step: is missing"):
        to_graph(nn.Sequential(DelayedLinear(2, 2), LIF(2, retain=0.5)))


def test_a_convolution_batch_first_is_its_graph() -> None:
    torch.manual_seed(0)
    conv = DelayedConv(Grid(1, 9, 1), 2, kernel_size=3, stride=2, delays=(0, 3), std=0.8, batch_first=True)
    model = nn.Sequential(conv, LIF(conv.out_features, retain=0.8, threshold=0.5, batch_first=True)).double()
    graph = to_graph(model, 1e-3)
    x = spikes_of(2, 3, 20, 9)
    truth = reference.simulate(graph, x.numpy() > 0)
    assert truth.spikes["1"].any()
    assert (model(x).detach().numpy() == truth.spikes["1"]).all()


@st.composite
def sequences(draw: st.DrawFn) -> nn.Sequential:
    """Layers of every kind in a row, in float64."""
    torch.manual_seed(draw(st.integers(0, 10_000)))
    sizes = [draw(st.integers(3, 7)) for _ in range(draw(st.integers(2, 4)))]
    parts: list[nn.Module] = []
    for a, b in pairwise(sizes):
        parts.append(
            draw(
                st.sampled_from(
                    [
                        DelayedLinear(a, b, range(0, 8, 2), std=0.5),
                        DCLSLinear(a, b, max_delay=6, count=2, std=0.6),
                        DCLSLinear(a, b, max_delay=6, per="axon", interpolation="triangle", std=0.8),
                        FixedDelayLinear.random(a, b, range(6), count=2, std=0.6),
                    ]
                )
            )
        )
        rules: dict[str, Any] = {
            "threshold": 0.5,
            "bias": draw(st.sampled_from([0.0, 0.07])),
            "refractory": draw(st.integers(0, 2)),
            "reset": draw(st.sampled_from(["zero", "subtract"])),
            "start": draw(st.sampled_from([0, 0, 3])),
        }
        neurons = draw(
            st.sampled_from(
                [
                    LIF(b, retain=torch.rand(b), **rules),
                    CurrentLIF(b, tau_mem=0.01, tau_syn=0.003, step=1e-3, **rules),
                    AdaptiveLIF(b, retain=0.9, tau_adapt=0.02, adaptation=0.2, step=1e-3, **rules),
                ]
            )
        )
        loops = draw(st.booleans())
        parts.append(Recurrent(neurons, DelayedLinear(b, b, (1, 3), std=0.2)) if loops else neurons)
        parts.append(nn.Dropout(0.3))
    return nn.Sequential(*parts).double().eval()


@settings(max_examples=60, deadline=None)
@given(model=sequences(), seed=st.integers(0, 999))
def test_a_sequence_of_layers_is_its_graph(model: nn.Sequential, seed: int) -> None:
    size = model[0].in_features
    assert isinstance(size, int)
    x = spikes_of(seed, 25, 3, size)
    graph = to_graph(model, 1e-3, readout="spike_count")
    truth = reference.simulate(graph, (x.numpy() > 0).transpose(1, 0, 2))
    with torch.no_grad():
        made = model(x)
    name = list(graph.populations)[-1]
    np.testing.assert_array_equal(made.numpy().transpose(1, 0, 2) > 0, truth.spikes[name])
    assert to_graph(from_graph(graph, dtype=torch.float64)) == graph
