"""Layers are modules of torch: in loops of one's own, in other types, under autocast and torch.compile."""

from __future__ import annotations

import copy
import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import delaycore.nn as layers
from delaycore.errors import DataError, GraphError
from delaycore.nn import (
    LIF,
    AdaptiveLIF,
    CurrentLIF,
    DCLSConv,
    DCLSLinear,
    DelayedConv,
    DelayedLayer,
    DelayedLinear,
    FixedDelayLinear,
    Grid,
    Integrator,
    Neurons,
    Recurrent,
    Surrogate,
)

MODULES = [m.name for m in pkgutil.iter_modules(layers.__path__) if not m.ispkg]
SYNAPSES: dict[str, Callable[..., DelayedLayer]] = {
    "levels": lambda **o: DelayedLinear(9, 6, range(0, 8, 2), **o),
    "positions": lambda **o: DCLSLinear(9, 6, max_delay=7, count=2, **o),
    "axons": lambda **o: DCLSLinear(9, 6, max_delay=7, per="axon", interpolation="triangle", **o),
    "fixed": lambda **o: FixedDelayLinear.random(9, 6, range(8), count=2, **o),
    "convolution": lambda **o: DelayedConv(Grid(3, 3, 1), 2, 2, delays=(0, 3), **o),
    "convolved positions": lambda **o: DCLSConv(Grid(1, 9, 1), 2, 3, 3, max_delay=7, **o),
}
NEURONS: dict[str, Callable[..., Neurons]] = {
    "lif": lambda **o: LIF(6, retain=0.8, threshold=0.5, **o),
    "ruled": lambda **o: LIF(6, retain=0.8, threshold=0.5, bias=0.1, refractory=2, reset="subtract", **o),
    "current": lambda **o: CurrentLIF(6, retain=0.8, retain_current=0.5, threshold=0.5, **o),
    "adaptive": lambda **o: AdaptiveLIF(6, retain=0.8, retain_trace=0.9, threshold=0.5, **o),
    "integrator": lambda **o: Integrator(6, retain=0.8, bias=0.2, **o),
}


def spikes(seed: int = 0, *shape: int) -> Tensor:
    return (torch.rand(*(shape or (20, 5, 9)), generator=torch.Generator().manual_seed(seed)) < 0.4).float()


def model(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        DelayedLinear(9, 6, range(0, 8, 2), std=0.5),
        LIF(6, tau_mem=0.01, step=1e-3, threshold=0.5, learn=("retain", "threshold")),
        DelayedLinear(6, 6, 1, std=0.6),
        Recurrent(LIF(6, retain=0.5, threshold=0.4), DelayedLinear(6, 6, (1, 2), std=0.3)),
        DCLSLinear(6, 3, max_delay=5, std=0.7),
        Integrator(3, tau_mem=0.02, step=1e-3),
    )


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_run(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"delaycore.nn.{name}"))
    assert not found.failed


@pytest.mark.parametrize("name", SYNAPSES)
def test_synapses_take_both_orders_of_time_and_batch_and_other_types(name: str) -> None:
    torch.manual_seed(0)
    first = SYNAPSES[name]()
    x = spikes()
    out = first(x)
    assert out.shape == (20, 5, first.out_features) and out.dtype == torch.float32
    swapped = copy.deepcopy(first)
    swapped.batch_first = True
    torch.testing.assert_close(swapped(x.transpose(0, 1)), out.transpose(0, 1))
    torch.testing.assert_close(copy.deepcopy(first).double()(x.double()).float(), out, rtol=1e-4, atol=1e-5)
    again = SYNAPSES[name]()
    if name != "fixed":  # whose delays are drawn, and no parameters
        again.load_state_dict(first.state_dict())
        assert torch.equal(again(x), out)
    out.sum().backward()
    assert all(p.grad is not None for p in first.parameters())
    assert "9" in repr(first) and "batch_first=True" in repr(swapped)


@pytest.mark.parametrize("name", NEURONS)
def test_neurons_take_both_orders_of_time_and_batch_and_come_back_from_their_state(name: str) -> None:
    current = torch.randn(20, 5, 6, generator=torch.Generator().manual_seed(1))
    n, swapped = NEURONS[name](), NEURONS[name](batch_first=True)
    out = n(current)
    assert torch.equal(swapped(current.transpose(0, 1)), out.transpose(0, 1))
    n.assign(retain=0.3)
    swapped.load_state_dict(n.state_dict())
    assert torch.equal(swapped(current.transpose(0, 1)), n(current).transpose(0, 1))
    assert not torch.equal(n(current), out)


@pytest.mark.parametrize("name", NEURONS)
def test_a_start_silences_the_steps_before_it(name: str) -> None:
    current = torch.randn(20, 5, 6, generator=torch.Generator().manual_seed(1))
    late = NEURONS[name](start=4)(current)
    assert not late[:4].any()
    assert torch.equal(late[4:], NEURONS[name]()(current[4:]))


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: DelayedLinear(3, 2, delays=(0, -1)), "range"),
        (lambda: DelayedLinear(3, 2, delays=0.5), "range"),  # type: ignore[arg-type]
        (lambda: FixedDelayLinear(2, 2, delay=[[0.5, 1.0], [1.0, 1.0]]), "whole numbers"),
        (lambda: FixedDelayLinear.random(2, 2, range(3), count=4), "3 delays to draw from"),
        (lambda: DCLSLinear(2, 2, max_delay=5, per="neuron"), "synapse"),  # type: ignore[arg-type]
        (lambda: DelayedConv(Grid(1, 2, 1), 1, kernel_size=3), "smaller kernel"),
        (lambda: LIF(3), "neither is given"),
        (lambda: LIF(3, tau_mem=0.02), "step"),
        (lambda: LIF(3, tau_mem=0.02, step="0.001"), "step: must be a positive number of seconds"),  # type: ignore[arg-type]
        (lambda: LIF(3, tau_mem="x", step=1e-3), "LIF.tau_mem: holds <U1"),
        (lambda: LIF(3, tau_mem=[0.02, -1.0, 0.02], step=1e-3), "LIF.tau_mem: must be a positive"),
        (lambda: LIF(3, tau_mem=torch.tensor(0.0), step=1e-3), "LIF.tau_mem: must be a positive"),
        (lambda: LIF(3, retain="x", threshold="y"), "LIF.threshold: is not a number or an array"),
        (lambda: LIF(3, retain=torch.tensor(1j)), "LIF.retain: is not a number or an array"),
        (lambda: LIF(3, retain=0.5, bias="x"), "LIF.bias: is not a number or an array"),
        (lambda: LIF(3, retain=0.5).assign(threshold=[[1, 2], [3]]), "threshold: is not a number"),
        (lambda: LIF(3, retain=0.5, tau_mem=0.02, step=1e-3), "both are given"),
        (lambda: LIF(3, retain=1.5), r"\[0, 1\]"),
        (lambda: LIF(3, retain=[0.1, 0.2]), "one per neuron"),
        (lambda: LIF(3, retain=0.5, reset="half"), "subtract"),
        (lambda: LIF(3, retain=0.5, learn=("tau",)), "no parameter 'tau'"),
        (lambda: Surrogate("relu"), "fast_sigmoid"),
        (lambda: Recurrent(LIF(3, retain=0.5), DelayedLinear(3, 3)), "at least 1"),
        (lambda: Recurrent(LIF(3, retain=0.5), DelayedLinear(2, 3, 1)), "join 2 neurons to 3"),
    ],
)
def test_arguments_that_make_no_sense_are_named_with_a_remedy(make: Callable[[], Any], word: str) -> None:
    with pytest.raises(GraphError, match=word):
        make()


PARAMETERS = {
    LIF: ("retain", "tau_mem", "threshold", "bias"),
    CurrentLIF: ("retain", "tau_mem", "retain_current", "tau_syn", "threshold", "bias"),
    AdaptiveLIF: ("retain", "tau_mem", "retain_trace", "tau_adapt", "adaptation", "threshold", "bias"),
    Integrator: ("retain", "tau_mem", "bias"),
}


@pytest.mark.parametrize("as_given", [nn.Parameter, Tensor.half, list], ids=["parameter", "half", "list"])
@pytest.mark.parametrize(("layer", "name"), [(k, n) for k, names in PARAMETERS.items() for n in names])
def test_every_parameter_of_neurons_takes_tensors_and_parameters(
    layer: Any, name: str, as_given: Callable[[Tensor], Any]
) -> None:
    others: dict[str, Any] = {"tau_mem": 0.02, "tau_syn": 0.01, "tau_adapt": 0.01, "step": 1e-3}
    if name.startswith("retain"):
        others.pop({"retain": "tau_mem", "retain_current": "tau_syn", "retain_trace": "tau_adapt"}[name])
    if name == "tau_mem":
        others.pop(name)
    known = inspect.signature(layer).parameters
    options = {n: v for n, v in others.items() if n in known}
    value = torch.tensor([0.25, 0.5])
    plain = layer(2, **options | {name: [0.25, 0.5]})
    given = as_given(value)
    made = layer(2, **options | {name: given})
    assert made.to_population() == plain.to_population()
    if isinstance(given, nn.Parameter):
        assert all(p is not given for p in made.parameters())  # an array of its own


@pytest.mark.parametrize("given", [nn.Parameter(torch.tensor([0.5, 0.25])), torch.tensor([0.5, 0.25])])
def test_weights_and_delays_of_given_synapses_may_be_tensors(given: Tensor) -> None:
    layer = FixedDelayLinear.from_synapses(
        2, 1, torch.tensor([0, 1]), torch.tensor([0, 0]), torch.tensor([3, 0]), given
    )
    assert layer.weight.tolist() == [0.5, 0.25]
    assert FixedDelayLinear(2, 1, torch.tensor([[3], [0]])).delays == (0, 3)


@pytest.mark.parametrize(
    ("x", "word"),
    [
        (torch.zeros(20, 9), "three dimensions"),
        (torch.zeros(20, 5, 8), "9 features"),
        (torch.zeros(20, 5, 9, dtype=torch.int64), "x.to"),
        (torch.zeros(20, 5, 9, dtype=torch.float64), "x.to"),
        (torch.zeros(0, 5, 9), "empty"),
    ],
)
def test_an_input_of_another_shape_or_type_is_named_with_a_remedy(x: Tensor, word: str) -> None:
    with pytest.raises(DataError, match=word):
        model()(x)


@pytest.mark.parametrize("make", SYNAPSES.values(), ids=SYNAPSES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_spikes_may_be_bool(make: Callable[..., DelayedLayer], dtype: torch.dtype) -> None:
    net, x = make().to(dtype), spikes()
    assert torch.equal(net(x.bool()), net(x.to(dtype)))


def test_a_loop_of_ones_own_with_any_optimiser_learns() -> None:
    x, labels = spikes(0, 20, 48, 9), torch.arange(48) % 3
    for make, rate in ((torch.optim.Adam, 0.02), (torch.optim.SGD, 0.3)):
        net = model()
        optimiser = make(net.parameters(), lr=rate)
        found = []
        for _ in range(25):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(net(x).mean(dim=0), labels)
            loss.backward()
            optimiser.step()
            found.append(loss.item())
        assert found[-1] < 0.9 * found[0]
        assert all(p.grad is not None and float(p.grad.abs().sum()) > 0 for p in net.parameters())


def test_under_autocast_layers_compute_in_the_type_of_their_weights() -> None:
    net, x = model(), spikes()
    plain = net(x)
    mixed = nn.Sequential(nn.Linear(9, 9, bias=False), *net)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = net(x)
        assert mixed[0](x).dtype == torch.bfloat16
        mixed(x).sum().backward()
    assert torch.equal(out, plain) and out.dtype == torch.float32
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in mixed.parameters())


def test_in_bfloat16_a_model_runs_step_by_step() -> None:
    net, x = model().bfloat16(), spikes().bfloat16()
    out = net(x)
    assert out.dtype == torch.bfloat16 and bool(out.isfinite().all())
    out.sum().backward()
    assert all(p.grad is not None for p in net.parameters())


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")  # torch's own, of its compiler
def test_under_torch_compile_a_model_does_the_same() -> None:
    net, x = model(), spikes()
    plain = net(x)
    compiled = torch.compile(net, backend="aot_eager")
    out = compiled(x)
    torch.testing.assert_close(out, plain)
    out.sum().backward()
    found = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    net.zero_grad()
    net(x).sum().backward()
    for a, p in zip(found, net.parameters(), strict=True):
        torch.testing.assert_close(a, p.grad)


def test_time_constants_are_fractions_kept_per_step() -> None:
    tau = torch.tensor([0.01, 0.02, 0.04])
    n = CurrentLIF(3, tau_mem=tau, tau_syn=0.005, step=1e-3)
    population: Any = n.to_population()
    torch.testing.assert_close(torch.from_numpy(population.retain.copy()).float(), torch.exp(-1e-3 / tau))
    assert population.retain_current[0] == pytest.approx(0.8187308)


def test_a_fraction_that_is_trained_begins_exactly_as_given() -> None:
    for given in (0.0, 1e-9, 0.1, 0.9, 1.0):
        n = LIF(1, retain=given).double()
        n.assign(retain=given)
        assert n.to_population().retain[0] == given  # type: ignore[attr-defined]
