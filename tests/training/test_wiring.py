"""Convolutions: a window's weights are shared by all its positions, in the forward pass, in the Graph, in
pruning and on a grid.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from delaycore import deploy, reference, registry
from delaycore.errors import GraphError, SettingsError
from delaycore.graph import Format, Framing, Graph, Projection
from delaycore.hardware import QuantizationScheme
from delaycore.nn import Convolution, Dense, Grid, LevelWeights
from delaycore.settings import ContinuousDelays, ConvolutionLayer, LevelDelays, NetworkSettings, RandomDelays
from delaycore.training import DelayNetwork, build, prune, restore
from delaycore.training._pruning import PRUNING

MODES = ("levels", "continuous_synapse", "continuous_axon", "random")
AnyDelays = LevelDelays | RandomDelays | ContinuousDelays


def delays(mode: Any, levels: int, stride: int, per_pair: int = 1) -> AnyDelays:
    if mode == "levels":
        return LevelDelays(levels=levels, stride=stride)
    if mode == "random":
        return RandomDelays(levels=levels, stride=stride, synapses_per_pair=per_pair)
    return ContinuousDelays(
        mode=mode,
        max_delay=(levels - 1) * stride,
        synapses_per_pair=per_pair,
    )


NEURONS = ("lif", "current_lif", "adaptive_lif")
TRIPLE = Format(family="fixed", step=0.125, minimum=-1, maximum=1)


@st.composite
def convolutions(draw: st.DrawFn) -> Convolution:
    """Windows over a row or an area, that fit."""
    sheet = Grid(draw(st.sampled_from([1, 1, 3, 4])), draw(st.integers(3, 7)), draw(st.integers(1, 3)))
    flat = sheet.height == 1
    kernel = (1 if flat else draw(st.integers(1, 3)), draw(st.integers(1, 4)))
    padding = (0 if flat else draw(st.integers(0, kernel[0] - 1)), draw(st.integers(0, kernel[1] - 1)))
    stride = (draw(st.integers(1, 3)), draw(st.integers(1, 4)))
    made = Convolution(sheet, draw(st.integers(1, 3)), kernel, stride, padding)
    assume(made.target.size)
    return made


@st.composite
def shapes(draw: st.DrawFn) -> tuple[tuple[int, int, int], NetworkSettings]:
    """Networks of one or two convolutions of every kind that the settings know, and how their inputs lie."""
    first = draw(convolutions())
    layers = [
        ConvolutionLayer(maps=first.maps, kernel=first.kernel, stride=first.stride, padding=first.padding)
    ]
    if draw(st.booleans()):
        layers.append(
            ConvolutionLayer(
                maps=2,
                kernel=(min(2, first.target.height), min(2, first.target.width)),
                delayed=draw(st.booleans()),
            )
        )
    shape = NetworkSettings(
        convolutions=tuple(layers),
        hidden=draw(st.sampled_from([(), (5,)])),
        delays=delays(draw(st.sampled_from(MODES)), draw(st.integers(1, 4)), draw(st.integers(1, 3))),
        neuron=draw(st.sampled_from(NEURONS)),
        recurrent=draw(st.booleans()),
        leak=draw(st.sampled_from(["neuron", "map", "layer"])),
        gain=1.4,
        threshold=0.4,
    )
    height, width, maps = first.source
    return (height, width, maps), shape


@given(wiring=convolutions(), data=st.data())
def test_a_window_sees_what_torch_convolves(wiring: Convolution, data: st.DataObject) -> None:
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 999)))
    spikes = (torch.rand(5, 3, wiring.source.size, generator=generator) < 0.3).double()
    levels = LevelWeights(wiring, (0, 2), generator=generator).double()
    lying = spikes.view(15, *wiring.source).permute(0, 3, 1, 2)
    expected = torch.zeros(5, 3, wiring.target.size, dtype=torch.float64)
    for kernel, delay in zip(levels.weight.detach(), levels.delays, strict=True):
        filters = kernel.t().reshape(wiring.maps, wiring.source.maps, *wiring.kernel)
        now = (
            functional.conv2d(lying, filters, stride=wiring.stride, padding=wiring.padding)
            .permute(0, 2, 3, 1)
            .reshape(5, 3, -1)
        )
        expected[delay:] += now[: 5 - delay]
    torch.testing.assert_close(levels(spikes).detach(), expected)


@given(wiring=st.one_of(convolutions(), st.builds(Dense, st.integers(1, 4), st.integers(1, 4))))
def test_an_entry_stands_for_synapses_that_know_their_entry(wiring: Convolution | Dense) -> None:
    row, column = (a.ravel() for a in np.indices((wiring.rows, wiring.columns)))
    entry, pre, post = wiring.synapses(row, column)
    back = wiring.entries(pre, post)
    np.testing.assert_array_equal(back[0], row[entry])
    np.testing.assert_array_equal(back[1], column[entry])
    assert len({*zip(pre.tolist(), post.tolist(), strict=True)}) == len(pre)  # no pair of neurons twice
    np.testing.assert_array_equal(np.bincount(entry, minlength=len(row)), wiring.copies[row])


def test_neurons_beyond_a_window_have_no_entry() -> None:
    wiring = Convolution(Grid(1, 6, 1), 1, (1, 3), (1, 1), (0, 0))
    assert wiring.entries(np.array([3, 5]), np.array([0, 0]))[0].tolist() == [-1, -1]


@settings(max_examples=60)
@given(drawn=shapes(), seed=st.integers(0, 10_000))
def test_the_reference_makes_the_same_spikes_as_a_convolution_in_float64(
    live: Any, drawn: tuple[tuple[int, int, int], NetworkSettings], seed: int
) -> None:
    inputs, shape = drawn
    net, x = live(shape, seed, inputs)
    truth = reference.simulate(net.to_graph(), x)
    with torch.no_grad():
        out = net(torch.from_numpy(x).double().transpose(0, 1))
    for name, made in out.spikes.items():
        np.testing.assert_array_equal(made.numpy().transpose(1, 0, 2) > 0, truth.spikes[name])
    np.testing.assert_allclose(out.readout.numpy().transpose(1, 0, 2), truth.potentials["out"], atol=1e-12)


SHAPE = NetworkSettings(
    convolutions=(ConvolutionLayer(maps=3, kernel=3, stride=2, padding=1),),
    hidden=(5,),
    delays=LevelDelays(levels=4, stride=2),
    gain=1.4,
)
PLANE = (5, 6, 2)


def framing(inputs: tuple[int, int, int]) -> Framing:
    return Framing(steps=30, step=0.01, channels=inputs[0] * inputs[1] * inputs[2], sensor=inputs)


@pytest.mark.parametrize("neuron", NEURONS)
def test_the_networks_of_that_property_live(live: Any, neuron: str) -> None:
    shape = SHAPE.model_copy(update={"neuron": neuron})
    every = [
        live(shape.model_copy(update={"delays": delays(mode, 4, 2, 2)}), seed, inputs)
        for mode in MODES
        for seed in range(2)
        for inputs in ((1, 9, 1), PLANE)
    ]
    alive = [all(0.02 <= rate <= 0.4 for rate in network.rates().values()) for network in every]
    assert sum(alive) >= 0.8 * len(alive), [network.rates() for network in every]


def shared(projection: Projection, wiring: Convolution) -> dict[tuple[int, int, int], set[float]]:
    """The numbers that the copies of each shared weight hold, by delay, row and column."""
    found: dict[tuple[int, int, int], set[float]] = defaultdict(set)
    row, column = wiring.entries(projection.pre, projection.post)
    for at, weight in zip(
        zip(projection.delay.tolist(), row.tolist(), column.tolist(), strict=True),
        projection.weight.tolist(),
        strict=True,
    ):
        found[at].add(weight)
    return found


def convolution(net: DelayNetwork, name: str = "in->c1") -> tuple[LevelWeights, Convolution]:
    levels = net.projections[name]
    assert isinstance(levels, LevelWeights) and isinstance(levels.connectivity, Convolution)
    return levels, levels.connectivity


@given(convolutions())
def test_sources_that_no_window_reaches_are_a_loss(shape: Convolution) -> None:
    reached = {int(source) for source in shape.windows.ravel() if source >= 0}
    levels = LevelWeights(shape, (0,))
    missed = shape.source.size - len(reached)
    assert shape.unreached == (missed, shape.source.size)
    assert [(e.what, e.change, e.place, e.count) for e in levels.losses("projections['in->c1']", "in")] == [
        ("neuron", "dropped", "populations['in']", missed)
    ][: missed > 0]


@pytest.mark.parametrize("target", registry.targets())
def test_all_copies_of_a_shared_weight_round_to_the_same_number_on_every_chip(live: Any, target: str) -> None:
    net = live(SHAPE, 3, PLANE).network
    exact, losses = deploy.quantize(net.to_graph(), target)
    found = shared(exact.projections[0], convolution(net)[1])
    assert len(found) == convolution(net)[0].weight.numel()
    assert all(len(numbers) == 1 for numbers in found.values())
    assert any(entry.what == "weight" for entry in losses)


def test_with_a_grid_the_forward_pass_uses_the_numbers_of_the_chip(live: Any) -> None:
    network = live(SHAPE, 4, PLANE)
    net = network.network
    net.scheme = QuantizationScheme(weights=dict.fromkeys(net.projections, TRIPLE), parameters={})
    assert all(TRIPLE.holds(p.weight).all() for p in net.to_graph().projections)
    assert network.differences() == 0


@pytest.mark.parametrize("mode", PRUNING)
def test_pruning_takes_a_shared_weight_everywhere_or_nowhere_and_counts_its_synapses(
    live: Any, mode: str
) -> None:
    network = live(SHAPE, 5, PLANE)
    net = network.network
    before, (levels, wiring) = net.to_graph(), convolution(net)
    losses = prune(net, mode, 2)
    after, mask = net.to_graph(), levels.exists()
    found = shared(after.projections[0], wiring)
    assert len(found) == mask.sum() and all(len(numbers) == 1 for numbers in found.values())
    gone = {entry.place: entry for entry in losses}["projections['in->c1']"]
    assert (gone.count, gone.of) == (
        len(before.projections[0]) - len(after.projections[0]),
        len(before.projections[0]),
    )
    assert net.synapses == after.synapses
    if mode == "synaptic":
        assert (mask.sum(axis=0) == 2).all()
    if mode == "layer":
        assert mask.sum() == 2 * mask[0].size
    if mode == "axonal":  # a source neuron has as many delays, whichever windows it lies in
        p = after.projections[0]
        assert {len(set(p.delay[p.pre == i].tolist())) for i in set(p.pre.tolist())} == {2}
    assert network.differences() == 0


def test_an_axon_that_feeds_many_windows_has_its_delays_in_common() -> None:
    for mode, in_common in (("continuous_axon", True), ("continuous_synapse", False)):
        p = (
            build(SHAPE.model_copy(update={"delays": delays(mode, 4, 2, 2)}), PLANE, 4, 0.01, 1)
            .to_graph()
            .projections[0]
        )
        by_source = {
            i: {
                tuple(sorted(p.delay[(p.pre == i) & (p.post == j)].tolist()))
                for j in set(p.post[p.pre == i].tolist())
            }
            for i in range(60)
        }
        assert all(len(found) == 1 for found in by_source.values()) == in_common


def test_a_shared_weight_gets_the_gradient_of_all_its_copies() -> None:
    net = build(SHAPE, PLANE, 4, 0.01, 2)
    net(torch.from_numpy(np.random.default_rng(0).random((30, 4, 60)) < 0.2).float()).readout.sum().backward()
    gradient = convolution(net)[0].weight.grad
    assert gradient is not None and (gradient.abs() > 0).float().mean() > 0.9


def test_a_leak_per_map_is_the_same_at_every_position() -> None:
    graph = build(SHAPE.model_copy(update={"leak": "map"}), PLANE, 4, 0.01).to_graph()
    population: Any = graph.populations["c1"]
    retain = population.retain
    assert len(set(retain.tolist())) == 3
    np.testing.assert_array_equal(retain.reshape(-1, 3), np.broadcast_to(retain[:3], (len(retain) // 3, 3)))


@pytest.mark.parametrize("mode", MODES)
def test_a_convolution_comes_back_from_its_graph(live: Any, mode: str) -> None:
    shape = SHAPE.model_copy(update={"delays": delays(mode, 4, 2, 2), "leak": "map"})
    net = live(shape, 6, PLANE).network
    graph = net.to_graph(framing(PLANE))
    back = restore(graph, shape).double()
    assert back.synapses == graph.synapses
    for a, b in zip(graph.projections, back.to_graph().projections, strict=True):
        np.testing.assert_allclose(a.weight, b.weight, rtol=1e-6)
        assert (a.pre.tolist(), a.post.tolist(), a.delay.tolist()) == (
            b.pre.tolist(),
            b.post.tolist(),
            b.delay.tolist(),
        )


def other_copy(p: Projection) -> Projection:
    return p.with_weight(np.where(np.arange(len(p)) == 3, 0.5, p.weight))


def one_missing(p: Projection) -> Projection:
    return Projection(p.source, p.target, p.pre[1:], p.post[1:], p.weight[1:], p.delay[1:])


def out_of_sight(p: Projection) -> Projection:
    return Projection(p.source, p.target, [*p.pre[1:], 59], [*p.post[1:], 0], p.weight, p.delay)


@pytest.mark.parametrize("damage", [other_copy, one_missing, out_of_sight])
def test_a_graph_whose_copies_differ_is_no_convolution(damage: Any) -> None:
    graph: Graph = build(SHAPE, PLANE, 4, 0.01).to_graph(framing(PLANE))
    first, *others = graph.projections
    with pytest.raises(GraphError, match=r"in->c1.*same weights at every position"):
        restore(graph.with_(projections=[damage(first), *others]), SHAPE)


def test_a_window_larger_than_what_it_moves_over_is_named() -> None:
    layers = (ConvolutionLayer(maps=2, kernel=3, stride=4), ConvolutionLayer(maps=2, kernel=(1, 5)))
    with pytest.raises(SettingsError, match=r"convolutions\.1: its window of 1 x 5 is larger than the 1 x 2"):
        build(NetworkSettings(convolutions=layers, hidden=()), 9, 4, 0.01)
