"""Modules and graphs: what goes in comes back or is refused by name, and both do what the reference does."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import delaycore as dc
from delaycore import reference
from delaycore.conformance import live_network
from delaycore.errors import GraphError
from delaycore.graph import Arithmetic, Framing, Graph, Integrator, Readout
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

NAMES = ("type", "a.b", "keys", "population 1", "layers.0.lif", "Ω", "type/"[:4] + ".")


def renamed(graph: Graph, names: list[str]) -> Graph:
    """``graph`` with its populations called ``names``, in their order."""
    new = dict(zip(graph.populations, names, strict=True))
    return graph.with_(
        populations={new[n]: p for n, p in graph.populations.items()},
        projections=[
            replace(p, source=new[p.source], target=new[p.target], name=f"{p.name}!")
            for p in graph.projections
        ],
        readout=graph.readout and replace(graph.readout, population=new[graph.readout.population]),
    )


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, Any]:
    """Live networks of every kind, reset, read-out and naming, and input spikes."""
    integrates = draw(st.booleans())
    live = live_network(
        draw(st.integers(0, 10_000)),
        kinds=("lif", "current_lif", "adaptive_lif"),
        resets=("zero", "subtract"),
        refractory=3,
        steps=30,
        integrates=integrates,
    )
    graph = live.graph
    if integrates and graph.readout is not None:
        statistic = draw(st.sampled_from(["last", "maximum", "mean", "softmax_sum"]))
        window = draw(st.sampled_from([None, (0, 10), (4, 30)]))
        scale = draw(st.sampled_from([1.0, 8.0]))
        graph = graph.with_(readout=draw(st.sampled_from([None, Readout("out", statistic, window, scale)])))
    if draw(st.booleans()):
        starts = {
            n: replace(p, start=draw(st.integers(0, 4))) for n, p in graph.populations.items() if n != "in"
        }
        graph = graph.with_(populations={**graph.populations, **starts})
    if draw(st.booleans()):
        out = graph.populations["out"]
        if isinstance(out, Integrator):
            biased = replace(out, bias=np.linspace(-0.1, 0.2, out.size))
            graph = graph.with_(populations={**graph.populations, "out": biased})
    if draw(st.booleans()):
        graph = graph.with_(arithmetic=Arithmetic(name="strict", fires=">"))
    if draw(st.booleans()):
        size = len(graph.populations)
        graph = renamed(
            graph, draw(st.lists(st.sampled_from(NAMES), min_size=size, max_size=size, unique=True))
        )
    return graph, live.spikes


@settings(max_examples=60, deadline=None)
@given(drawn=graphs())
def test_a_graph_comes_back_from_its_module_and_the_module_does_what_the_reference_does(drawn: Any) -> None:
    graph, spikes = drawn
    network = from_graph(graph, dtype=torch.float64).eval()
    assert to_graph(network) == graph
    assert not network.losses()
    truth = reference.simulate(graph, spikes)
    with torch.no_grad():
        made = network(torch.from_numpy(spikes).double().transpose(0, 1))
    for name, sent in made.spikes.items():
        np.testing.assert_array_equal(sent.numpy().transpose(1, 0, 2) > 0, truth.spikes[name])
    if graph.readout is not None:
        np.testing.assert_allclose(network.scores(made.readout).numpy(), truth.scores, atol=1e-9)


@settings(max_examples=10, deadline=None)
@given(drawn=graphs())
def test_single_precision_says_what_it_alters_and_alters_nothing_else(drawn: Any) -> None:
    graph, _ = drawn
    network = from_graph(graph)
    back = to_graph(network)
    places = {entry.place for entry in network.losses()}
    for p, q in zip(graph.projections, back.projections, strict=True):
        assert (p == q) == (f"{p.place}.weight" not in places)
        np.testing.assert_allclose(p.weight, q.weight, rtol=1e-7)
    for name, population in graph.populations.items():
        for parameter in population.parameters():
            a, b = getattr(population, parameter), getattr(back.populations[name], parameter)
            assert np.array_equal(a, b) == (f"populations[{name!r}].{parameter}" not in places)
            np.testing.assert_allclose(a, b, rtol=1e-6)
    assert back.readout == graph.readout


def test_what_a_module_cannot_hold_is_refused_all_at_once() -> None:
    graph = dc.Graph.from_arrays([np.ones((2, 2)), np.ones((2, 1))], retain=0.9, threshold=1.0)
    other = graph.with_(arithmetic=Arithmetic.float32(), readout=Readout("h1", "maximum"))
    with pytest.raises(GraphError) as caught:
        from_graph(other)
    assert [p.place for p in caught.value.problems] == ["arithmetic", "readout.statistic"]


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


def test_several_inputs_are_given_by_name() -> None:
    graph = Graph(
        1e-3,
        {"left": dc.Input(2), "right": dc.Input(3), "out": dc.Integrator(1, retain=0.5)},
        [
            dc.Projection("left", "out", [0, 1], [0, 0], [1.0, 2.0], [0, 3]),
            dc.Projection("right", "out", [2], [0], [4.0], [1]),
        ],
        Readout("out", "last"),
    )
    network = from_graph(graph, dtype=torch.float64)
    assert to_graph(network) == graph
    rng = np.random.default_rng(0)
    spikes = {"left": rng.random((4, 9, 2)) < 0.4, "right": rng.random((4, 9, 3)) < 0.4}
    made = network({n: torch.from_numpy(s).double().transpose(0, 1) for n, s in spikes.items()})
    truth = reference.simulate(graph, spikes)
    np.testing.assert_allclose(made.readout.detach().numpy().transpose(1, 0, 2), truth.potentials["out"])


def test_a_network_that_knows_its_number_of_steps_refuses_another() -> None:
    graph = dc.Graph.from_arrays([np.ones((2, 1))], retain=0.9, threshold=1.0)
    network = from_graph(graph.with_(framing=Framing(steps=12, step=1e-3, channels=2)))
    network(torch.zeros(12, 1, 2))
    with pytest.raises(dc.DataError, match="12 steps, not 11"):
        network(torch.zeros(11, 1, 2))


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
