"""Numbers that layers and graphs cannot hold are refused, and what torch computes or masks of weights is in
the Graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

import delaycore as dc
from delaycore import reference
from delaycore.errors import DataError, GraphError
from delaycore.nn import (
    LIF,
    AdaptiveLIF,
    CurrentLIF,
    DCLSLinear,
    DelayedConv,
    DelayedLayer,
    DelayedLinear,
    FixedDelayLinear,
    Grid,
    Integrator,
    Neurons,
    PerMap,
    Recurrent,
    Surrogate,
    as_network,
    from_graph,
    losses,
    neurons_of,
    to_graph,
)
from delaycore.training import on_chip

LAYERS: dict[str, Callable[[], DelayedLayer]] = {
    "levels": lambda: DelayedLinear(3, 4, delays=(0, 2)),
    "positions": lambda: DCLSLinear(3, 4, max_delay=5, count=2),
    "axons": lambda: DCLSLinear(3, 4, max_delay=5, per="axon"),
    "fixed": lambda: FixedDelayLinear.random(3, 4, range(6), count=2),
    "window": lambda: DelayedConv(Grid(1, 3, 1), 4, kernel_size=3, delays=(0, 1)),
}
NEURONS: dict[str, Callable[..., Neurons]] = {
    "lif": lambda **o: LIF(4, **{"retain": 0.9, **o}),
    "current": lambda **o: CurrentLIF(4, **{"retain": 0.9, "retain_current": 0.5, **o}),
    "adaptive": lambda **o: AdaptiveLIF(4, **{"retain": 0.9, "retain_trace": 0.5, **o}),
    "integrator": lambda **o: Integrator(4, **{"retain": 0.9, **o}),
}


def model(layer: DelayedLayer, neurons: nn.Module | None = None) -> nn.Sequential:
    return nn.Sequential(layer, LIF(4, retain=0.9, threshold=0.3) if neurons is None else neurons)


def spikes() -> Tensor:
    return (torch.rand(20, 5, 3, generator=torch.Generator().manual_seed(0)) < 0.4).float()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", LAYERS)
def test_what_is_trained_of_synapses_is_finite_in_a_graph_and_on_a_chip(name: str, value: float) -> None:
    for number in range(len(list(LAYERS[name]().parameters()))):
        made = model(LAYERS[name]())
        chip = on_chip(made, "loihi")
        parameter = list(made[0].parameters())[number]
        with torch.no_grad():
            parameter.view(-1)[0] = value
        place = r"projections\['in->1'\]\.(weight|position): holds 1 of"
        for read in (lambda m: to_graph(m, 1e-3), losses, lambda m: on_chip(m, "loihi")):
            with pytest.raises(GraphError, match=place):
                read(made)
        with pytest.raises(GraphError, match=place):
            chip(spikes())


@pytest.mark.parametrize("name", NEURONS)
def test_what_is_trained_of_neurons_is_finite_in_a_graph(name: str) -> None:
    names = tuple(NEURONS[name]().parameter.names)
    for parameter in names:
        made: Any = model(DelayedLinear(3, 4), NEURONS[name](learn=names))
        with torch.no_grad():
            made[1].trained[parameter].fill_(float("nan"))
        with pytest.raises(GraphError, match=rf"populations\['1'\]\.{parameter}: holds 4 of 4"):
            to_graph(made, 1e-3)


def test_positions_that_are_not_finite_stop_a_forward_pass_of_evaluation_mode() -> None:
    layer = DCLSLinear(3, 4, max_delay=5).eval()
    with torch.no_grad():
        layer.position[0, 0, 0] = float("nan")
    with pytest.raises(GraphError, match="position: holds numbers that are not finite"):
        layer(spikes())


@pytest.mark.parametrize("name", NEURONS)
def test_parameters_are_one_number_or_one_per_neuron_and_repeat_only_by_name(name: str) -> None:
    make = NEURONS[name]
    wrong: Any
    for wrong in ([0.9, 0.8], [0.9] * 8, [[0.9] * 4], [], torch.tensor([0.9, 0.8])):
        with pytest.raises(GraphError, match=r"retain: has shape .* for 4 neurons.*PerMap"):
            make(retain=wrong)
    with pytest.raises(GraphError, match="has shape"):
        make(retain=PerMap([0.9, 0.8, 0.7]))
    shared = make(retain=PerMap([0.5, 0.25]))
    assert shared.to_population().retain.tolist() == [0.5, 0.25, 0.5, 0.25]  # type: ignore[attr-defined]
    assert shared.trained["retain"].shape == (2,)
    shared.assign(retain=[0.125, 0.75, 0.125, 0.75])
    shared.assign(retain=PerMap([0.75, 0.5]))
    assert shared.values()["retain"].tolist() == [0.75, 0.5, 0.75, 0.5]
    for wrong in ([0.5, 0.25], [0.5, 0.25, 0.5, 0.5], 1.5, float("nan"), [[0.5]]):
        with pytest.raises(GraphError, match="retain: "):
            shared.assign(retain=wrong)
    assert shared.values()["retain"].tolist() == [0.75, 0.5, 0.75, 0.5]


def test_time_constants_may_be_one_per_map_too() -> None:
    made = LIF(4, tau_mem=PerMap([0.01, 0.02]), step=1e-3)
    expected = np.exp(-1e-3 / np.array([0.01, 0.02, 0.01, 0.02]))
    np.testing.assert_allclose(made.double().to_population().retain, expected, rtol=1e-7)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "delays", [(5, 0), (1, 1), [0, 3, 2], range(4, 0, -1), torch.tensor([2, 1]), np.array([3, 3])]
)
def test_delays_ascend_since_weights_are_counted_in_their_order(delays: Any) -> None:
    for make in (
        lambda: DelayedLinear(3, 4, delays),
        lambda: DelayedConv(Grid(1, 9, 1), 2, 3, delays=delays),
    ):
        with pytest.raises(GraphError, match=r"delays: must ascend.*weight\[k\].*Remedy: give"):
            make()
    assert set(FixedDelayLinear.random(3, 4, delays).delays) <= set(np.asarray(delays).tolist())


@pytest.mark.parametrize("delays", [True, [True, 2], 1.0, torch.tensor([1.0]), "5", [], -1, np.array(1.5)])
def test_delays_are_whole_numbers(delays: Any) -> None:
    with pytest.raises(GraphError, match="whole numbers"):
        DelayedLinear(3, 4, delays)


@pytest.mark.parametrize(
    ("delays", "expected"),
    [(torch.arange(3), (0, 1, 2)), (torch.tensor(3), (3,)), (np.int64(2), (2,)), (np.array(4), (4,))],
)
def test_delays_may_be_arrays_and_tensors(delays: Any, expected: tuple[int, ...]) -> None:
    assert DelayedLinear(3, 4, delays).delays == expected


@pytest.mark.parametrize("progress", [-0.1, 1.5, 10, float("nan")])
def test_a_training_is_done_in_part(progress: float) -> None:
    for make in LAYERS.values():
        with pytest.raises(GraphError, match="anneal: takes the part of the training"):
            make().anneal(progress)
    with pytest.raises(GraphError, match="anneal"):
        as_network(model(LAYERS["levels"]()), 1e-3).anneal(progress)
    layer = DCLSLinear(3, 4, max_delay=5, width=(8.0, 0.25))
    for part, width in ((0, 8.0), (1, 0.25)):
        layer.anneal(part)
        assert layer.width == pytest.approx(width)


def test_names_of_trained_parameters_are_checked_wherever_they_are_given() -> None:
    graph = to_graph(
        nn.Sequential(*model(DelayedLinear(3, 4)), DelayedLinear(4, 2), Integrator(2, retain=0.5)), 1e-3
    )
    by_name = from_graph(graph, learn="retain")
    assert [set(n.trained) for n in by_name.neurons.values()] == [{"retain"}, {"retain"}]
    assert [set(n.trained) for n in from_graph(graph, learn=("threshold",)).neurons.values()] == [
        {"threshold"},
        set(),
    ]
    for wrong in ("weight", ("retain", "treshold"), "re"):
        with pytest.raises(GraphError, match="learn: no population has a parameter"):
            from_graph(graph, learn=wrong)
    population = graph.populations["1"]
    assert set(neurons_of(population, "retain").trained) == {"retain"}
    with pytest.raises(GraphError, match="learn"):
        neurons_of(population, ("weight",))


def test_a_step_of_time_constants_is_that_of_the_graph() -> None:
    made: Any = model(DelayedLinear(3, 4), LIF(4, tau_mem=0.02, step=1e-3))
    assert to_graph(made).step == to_graph(made, 1e-3).step == 1e-3
    assert not losses(made)
    for wrong in (lambda: to_graph(made, 5e-3), lambda: on_chip(made, "loihi", step=5e-3)):
        with pytest.raises(GraphError, match=r"populations\['1'\]: has time constants for steps of 0.001 s"):
            wrong()
    made[1].assign(retain=0.5)
    assert to_graph(made, 5e-3).step == 5e-3
    mixed = nn.Sequential(*model(DelayedLinear(3, 4), LIF(4, tau_mem=0.02, step=1e-3)), DelayedLinear(4, 4))
    mixed.append(CurrentLIF(4, retain=0.5, tau_syn=0.02, step=2e-3))
    with pytest.raises(GraphError, match=r"populations\['3'\]: has time constants for steps of 0.002 s"):
        to_graph(mixed)
    with pytest.raises(GraphError, match="step: is missing"):
        to_graph(model(DelayedLinear(3, 4)))


def is_its_graph(made: nn.Module) -> dc.Graph:
    """The Graph of a module that ends in spikes; it does what the module does."""
    graph = to_graph(made.double(), 1e-3)
    truth = reference.simulate(graph, spikes().numpy().transpose(1, 0, 2) > 0)
    with torch.no_grad():
        sent = made.eval()(spikes().double()).numpy().transpose(1, 0, 2)
    (name,) = (n for n in graph.populations if n != "in")
    assert truth.spikes[name].any()
    np.testing.assert_array_equal(sent > 0, truth.spikes[name])
    return graph


@pytest.mark.parametrize("name", ["levels", "positions", "axons", "fixed"])
def test_synapses_that_torch_pruned_are_not_in_the_graph_and_in_the_losses(name: str) -> None:
    torch.manual_seed(2)
    made: Any = model(LAYERS[name]())
    whole = made[0].weight.numel()
    prune.random_unstructured(made[0], "weight", amount=0.5)
    with torch.no_grad():
        made[0].weight_orig.mul_(3)  # a step of the optimiser, after which torch has not yet computed weights
    graph = is_its_graph(made)
    assert (graph.projections[0].weight != 0).all()
    assert graph.synapses == made[0].synapses
    (lost,) = (loss for loss in losses(made) if loss.what == "synapse" and loss.change == "dropped")
    assert (lost.count, lost.of, lost.place) == (whole // 2, whole, "projections['in->1']")
    assert graph.synapses <= whole - whole // 2
    prune.remove(made[0], "weight")
    assert to_graph(made, 1e-3).synapses >= graph.synapses  # what was masked is a weight of 0 from now on


def test_synapses_of_a_loop_are_pruned_by_torch_too() -> None:
    torch.manual_seed(2)
    loop: Any = Recurrent(LIF(4, retain=0.9, threshold=0.3), DelayedLinear(4, 4, (1, 2)))
    prune.random_unstructured(loop.synapses, "weight", amount=0.5)
    with torch.no_grad():
        loop.synapses.weight_orig.mul_(3)
    assert is_its_graph(nn.Sequential(DelayedLinear(3, 4), loop)).synapses == 12 + 16


@pytest.mark.parametrize("norm", [parametrizations.weight_norm, nn.utils.weight_norm, prune.identity])
@pytest.mark.filterwarnings("ignore")  # torch's own, of the older weight norm
def test_weights_that_torch_computes_train_on_a_chip_and_are_exported_as_they_are_now(norm: Any) -> None:
    torch.manual_seed(2)
    made: Any = model(LAYERS["levels"]())
    norm(made[0], "weight")
    chip = on_chip(made, "loihi")
    optimiser = torch.optim.SGD(chip.parameters(), lr=1.0)
    before = to_graph(made, 1e-3)
    for _ in range(2):
        optimiser.zero_grad()
        chip(spikes()).mean().backward()
        optimiser.step()
    after = to_graph(made, 1e-3)
    assert (before.projections[0].weight != after.projections[0].weight).any()
    made(spikes())  # torch computes the weights
    np.testing.assert_array_equal(
        np.sort(made[0].weight.detach().double().numpy().ravel()), np.sort(after.projections[0].weight)
    )


def test_a_surrogate_is_a_surrogate() -> None:
    wrong: Any
    for wrong in ("arctan", 10.0, {}):
        with pytest.raises(GraphError, match=r"LIF.surrogate: must be a Surrogate.*Surrogate\('arctan'"):
            LIF(4, retain=0.9, surrogate=wrong)
    assert LIF(4, retain=0.9, surrogate=Surrogate("arctan")).surrogate == Surrogate("arctan")


def test_a_graph_is_a_graph() -> None:
    with pytest.raises(GraphError, match=r"must be a Graph, not str.*delaycore.load"):
        from_graph("a.safetensors")  # type: ignore[arg-type]


CALLED: dict[str, Callable[[], Any]] = {
    "synapses": lambda: DelayedLinear(3, 4),
    "neurons": lambda: LIF(3, retain=0.9),
    "loop": lambda: Recurrent(LIF(3, retain=0.9), DelayedLinear(3, 3, 1)),
    "network": lambda: as_network(model(DelayedLinear(3, 4)), 1e-3),
    "on_chip": lambda: on_chip(model(DelayedLinear(3, 4)), "loihi"),
    "network on_chip": lambda: on_chip(as_network(model(DelayedLinear(3, 4)), 1e-3), "loihi"),
}


@pytest.mark.parametrize("name", CALLED)
@pytest.mark.parametrize(
    ("x", "word"),
    [
        (spikes().numpy(), "tensor of torch, not ndarray.*from_numpy"),
        (spikes().tolist(), "not list"),
        (None, "not NoneType"),
        (spikes().to_sparse(), "dense tensor.*to_dense"),
        (spikes()[0], "three dimensions"),
        (spikes()[:, :, :2], "3 features"),
    ],
    ids=["array", "list", "None", "sparse", "two dimensions", "features"],
)
def test_an_input_of_another_kind_is_named_with_a_remedy(name: str, x: Any, word: str) -> None:
    with pytest.raises(DataError, match=word):
        CALLED[name]()(x)
