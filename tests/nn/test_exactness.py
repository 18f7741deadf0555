"""A module is exported as what its forward pass computes, or refused by name: overridden methods, hooks,
wrappers, modes, defaults, calls in place.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from delaycore.errors import GraphError
from delaycore.nn import (
    LIF,
    CurrentLIF,
    DCLSLinear,
    DelayedLinear,
    FixedDelayLinear,
    Integrator,
    Recurrent,
    as_network,
    losses,
    to_graph,
)
from delaycore.nn._neurons import RULES
from delaycore.nn._overrides import SEALED
from delaycore.training import on_chip


def plain(*, into: nn.Module | None = None, neurons: nn.Module | None = None) -> nn.Sequential:
    torch.manual_seed(3)
    first = DelayedLinear(3, 4, delays=(0, 2), std=0.8) if into is None else into
    hidden = LIF(4, retain=0.9) if neurons is None else neurons
    return nn.Sequential(first, hidden, DelayedLinear(4, 2), Integrator(2, retain=0.9))


def spikes() -> Tensor:
    return (torch.rand(20, 5, 3, generator=torch.Generator().manual_seed(0)) < 0.4).float()


READERS: dict[str, Callable[[nn.Module], Any]] = {
    "to_graph": lambda m: to_graph(m, 1e-3),
    "as_network": lambda m: as_network(m, 1e-3),
    "losses": losses,
    "on_chip": lambda m: on_chip(m, "loihi"),
}


class DoubledLinear(DelayedLinear):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


class DoubledCurrent(DelayedLinear):
    def current(self, *args: Any, **options: Any) -> Tensor:
        return 2 * super().current(*args, **options)


class DoubledKernel(FixedDelayLinear):
    def kernel(self, number: Any = None) -> Tensor:
        return 2 * super().kernel(number)


class TripledInput(LIF):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(3 * x)


class TripledStep(LIF):
    def step(self, current: Tensor, state: Any, values: Any, fires: Any) -> Any:
        return super().step(3 * current, state, values, fires)


class Precharged(LIF):
    def init_state(self, like: Tensor) -> Any:
        return (torch.ones_like(like),)


class Tireless(CurrentLIF):
    def _reset(self, potential: Tensor, spikes: Tensor, values: Any) -> Tensor:
        return potential


class Backwards(Recurrent):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.flip(0))


def replaced() -> LIF:
    made = LIF(4, retain=0.9)
    made.forward = lambda x: x  # type: ignore[method-assign]
    return made


def hooked(layer: nn.Module) -> nn.Module:
    layer.register_forward_hook(lambda module, given, made: 2 * made)
    return layer


def prehooked(layer: nn.Module) -> nn.Module:
    layer.register_forward_pre_hook(lambda module, given: (2 * given[0],))
    return layer


def loop() -> DelayedLinear:
    return DelayedLinear(4, 4, delays=(1, 2))


CHANGED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "forward of synapses": (
        lambda: plain(into=DoubledLinear(3, 4)),
        "0: .*DoubledLinear overrides 'forward'",
    ),
    "current of synapses": (lambda: plain(into=DoubledCurrent(3, 4)), "0: .*overrides 'current'"),
    "kernel of fixed delays": (lambda: plain(into=DoubledKernel(3, 4)), "0: .*overrides 'kernel'"),
    "forward of neurons": (lambda: plain(neurons=TripledInput(4, retain=0.9)), "1: .*overrides 'forward'"),
    "step of neurons": (lambda: plain(neurons=TripledStep(4, retain=0.9)), "1: .*overrides 'step' of LIF"),
    "first state of neurons": (
        lambda: plain(neurons=Precharged(4, retain=0.9)),
        "1: .*overrides 'init_state' of LIF",
    ),
    "reset": (
        lambda: plain(neurons=Tireless(4, retain=0.9, retain_current=0.5)),
        "1: .*overrides '_reset' of CurrentLIF",
    ),
    "forward in the object": (lambda: plain(neurons=replaced()), "1: .*forward was replaced"),
    "step in a loop": (
        lambda: plain(neurons=Recurrent(TripledStep(4, retain=0.9), loop())),
        "1.neurons: .*overrides 'step'",
    ),
    "forward of a loop": (lambda: plain(neurons=Backwards(LIF(4, retain=0.9), loop())), "1: .*'forward'"),
    "hook of synapses": (lambda: plain(into=hooked(DelayedLinear(3, 4))), "0: has a forward hook"),
    "hook before neurons": (lambda: plain(neurons=prehooked(LIF(4, retain=0.9))), "1: has a forward hook"),
    "hook in a loop": (
        lambda: plain(neurons=Recurrent(LIF(4, retain=0.9), hooked(loop()))),  # type: ignore[arg-type]
        "1.synapses: has a forward hook",
    ),
    "hook of the whole": (lambda: hooked(plain()), "Sequential: has a forward hook"),
    "hook of a block": (lambda: nn.Sequential(hooked(plain())), "0: has a forward hook"),
    "hook of a network": (lambda: hooked(as_network(plain(), 1e-3)), "DelayNetwork: has a forward hook"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("case", CHANGED)
def test_a_layer_that_computes_something_else_than_its_graph_is_refused_by_its_path(
    case: str, reader: str
) -> None:
    make, message = CHANGED[case]
    with pytest.raises(GraphError, match=message) as caught:
        READERS[reader](make())
    assert all(problem.remedy for problem in caught.value.problems)


def test_neurons_that_override_a_step_run_it() -> None:
    plain_one, changed = LIF(3, retain=0.9), TripledStep(3, retain=0.9)
    x = torch.rand(10, 4, 3)
    assert torch.equal(changed(x), plain_one(3 * x)) and not torch.equal(changed(x), plain_one(x))
    assert Precharged(1, retain=0.5, threshold=0.5)(torch.zeros(2, 1, 1)).ravel().tolist() == [1.0, 0.0]


def test_the_rules_that_are_watched_are_methods_that_neurons_have() -> None:
    assert all(hasattr(LIF(1, retain=0.5), name) for name in RULES)
    for names in SEALED.items():
        assert all(hasattr(names[0], name) for name in names[1])


def test_a_kernel_of_ones_own_is_what_the_graph_gets() -> None:
    class Positive(DelayedLinear):
        def kernel(self, number: Any = None) -> Tensor:
            return super().kernel(number).abs()

    graph = to_graph(plain(into=Positive(3, 4)), 1e-3)
    assert (graph.projections[0].weight > 0).all()


def test_every_module_has_its_own_mode_again() -> None:
    model = nn.Sequential(plain(into=DCLSLinear(3, 4, max_delay=4)), nn.Dropout(0.1))
    inner = model[0]
    assert isinstance(inner, nn.Sequential)
    inner[0].eval()
    modes = [m.training for m in model.modules()]
    assert True in modes and False in modes
    for read in READERS.values():
        read(model)
        assert [m.training for m in model.modules()] == modes
    chip = on_chip(model, "loihi")
    chip(spikes())
    assert [m.training for m in model.modules()] == modes


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_reading_a_module_leaves_any_pattern_of_modes(data: st.DataObject) -> None:
    model = nn.Sequential(plain(into=DCLSLinear(3, 4, max_delay=4)), nn.Dropout(0.1))
    inner = list(model.modules())
    modes = data.draw(st.lists(st.booleans(), min_size=len(inner), max_size=len(inner)))
    for module, mode in zip(inner, modes, strict=True):
        module.training = mode
    graph = to_graph(model, 1e-3)
    assert [m.training for m in model.modules()] == modes
    assert graph == to_graph(model.eval(), 1e-3)


class Auxiliary(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.n = DelayedLinear(3, 4), DelayedLinear(3, 4), LIF(4, retain=0.9)
        self.readout = Integrator(4, retain=0.9)
        self.into = DelayedLinear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        made = self.n(self.a(x) + self.b(x)) if self.training else self.n(self.a(x))
        return self.readout(self.into(made))


def test_what_is_exported_is_evaluation_mode_in_any_mode() -> None:
    model = Auxiliary()
    assert to_graph(model.train(), 1e-3) == to_graph(copy.deepcopy(model).eval(), 1e-3)
    assert to_graph(model, 1e-3).synapses == 12 + 16
    chip = on_chip(model, "loihi")
    assert torch.equal(chip.train()(spikes()), chip.eval()(spikes()))


class Optional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.n = DelayedLinear(3, 4), DelayedLinear(3, 4), LIF(4, retain=0.9)

    def forward(
        self, x: Tensor, y: Tensor | None = None, *rest: Any, scale: bool = False, **more: Any
    ) -> Any:
        current = self.a(x) if y is None else self.a(x) + self.b(y)
        return {"spikes": self.n(current * 2 if scale else current), "given": x, "more": (3, *rest, *more)}


def test_arguments_with_a_default_keep_it_and_are_no_inputs() -> None:
    model = Optional()
    graph = to_graph(model, 1e-3)
    assert list(graph.populations) == ["in", "n"] and graph.synapses == 12
    made = on_chip(model, "loihi")(spikes())
    assert made["more"] == (3,) and torch.equal(made["given"], spikes())
    assert made["spikes"].shape == (20, 5, 4)


def compiled(module: nn.Module) -> nn.Module:
    made = torch.compile(module, backend="aot_eager")
    assert isinstance(made, nn.Module)
    return made


def test_a_chip_in_the_loop_is_no_graph_and_names_the_module_that_is() -> None:
    model = plain()
    chip = on_chip(model, "loihi")
    for read in READERS.values():
        with pytest.raises(GraphError, match=r"OnChip: computes in the arithmetic of a chip.*its \.module"):
            read(chip)
    with pytest.raises(GraphError, match="0: computes in the arithmetic of a chip"):
        to_graph(nn.Sequential(chip), 1e-3)
    assert to_graph(chip.module, 1e-3) == to_graph(model, 1e-3)


def test_wrappers_that_compute_the_same_are_looked_through() -> None:
    model: Any = plain()
    graph = to_graph(model, 1e-3)
    wrapped: list[nn.Module] = [
        compiled(model),
        nn.DataParallel(model),
        compiled(nn.DataParallel(model)),
        nn.Sequential(compiled(model[0]), nn.DataParallel(model[1]), *model[2:]),
        compiled(as_network(model, 1e-3)),
    ]
    for module in wrapped[:-1]:
        assert to_graph(module, 1e-3) == graph
        assert list(as_network(module, 1e-3).neurons) == ["1", "3"]
        assert torch.equal(on_chip(module, "loihi")(spikes()), on_chip(model, "loihi")(spikes()))
    assert to_graph(wrapped[-1]) == graph
    in_place = plain()
    in_place.compile(backend="aot_eager")
    assert to_graph(in_place, 1e-3) == graph


class Loop(nn.Module):
    """Layers, and a forward that is given."""

    def __init__(self, forward: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        self.a, self.b, self.n = DelayedLinear(3, 4), DelayedLinear(3, 4), LIF(4, retain=0.9)
        self.linear, self.own = nn.Linear(4, 4), nn.Parameter(torch.zeros(4))
        self.drop, self.norm = nn.Dropout(0.5), nn.ReLU(inplace=True)
        self.called = forward

    def forward(self, x: Tensor) -> Any:
        return self.called(self, x)


def add_unused(m: Any, x: Tensor) -> Tensor:
    current = m.a(x)
    current.add_(m.b(x))
    return m.n(current)


def add_to_shared(m: Any, x: Tensor) -> Any:
    current = m.a(x)
    shared = current
    current += m.b(x)
    return m.n(shared)


def rectify(m: Any, x: Tensor) -> Any:
    current = m.a(x)
    m.norm(current)
    return m.n(current)


def stepwise(m: Any, x: Tensor) -> Any:
    return torch.stack([m.n(m.a(x[t])) for t in range(3)])


REFUSED: list[tuple[Callable[[Any, Tensor], Any], str]] = [
    (lambda m, x: m.n(m.linear(m.a(x))), "linear: is a Linear.*in_features, out_features"),
    (lambda m, x: m.n(m.linear(x)), "linear: is a Linear"),
    (lambda m, x: m.n(m.a(x) + m.own), "own: is a parameter.*bias of neurons"),
    (lambda m, x: m.n(m.a(x) - m.b(x)), "forward .sub.*negate the weights"),
    (lambda m, x: m.n(m.a(x).detach()), "forward .detach.*requires_grad_"),
    (lambda m, x: m.n(functional.dropout(m.a(x), 0.5)), "forward .dropout.*self.training"),
    (lambda m, x: m.n(m.a(x), torch.zeros(1)), "n: is called with.*keep their state themselves"),
    (lambda m, x: m.n(m.a(None)), "a: is called with None"),
    (lambda m, x: m.n(m.a(x) + m.a(x)), "a: is called more than once"),
    (add_unused, "forward .add_.*in place"),
    (rectify, "in place"),
    (stepwise, "forward .getitem.: .*all steps"),
    (lambda m, x: [m.n(m.a(now)) for now in x], "Loop: .*cannot be followed.*leave out a loop over steps"),
    (
        lambda m, x: [m.n(m.a(x[t])) for t in range(len(x))],
        "Loop: .*cannot be followed.*leave out a loop over steps",
    ),
]


@pytest.mark.parametrize(("forward", "message"), REFUSED)
def test_what_has_no_meaning_is_named_with_a_remedy_and_without_consequences(
    forward: Callable[[Any, Tensor], Any], message: str
) -> None:
    with pytest.raises(GraphError) as caught:
        to_graph(Loop(forward), 1e-3)
    found = list(map(str, caught.value.problems))
    assert any(re.search(message, text) for text in found), found
    assert not any("goes into no layer" in text for text in found)
    assert len(found) == 1 or forward is stepwise, found


def test_a_sum_in_place_that_nothing_else_uses_is_a_sum() -> None:
    made = to_graph(Loop(add_to_shared_alone), 1e-3)
    assert made.synapses == 24


def add_to_shared_alone(m: Any, x: Tensor) -> Any:
    current = m.a(x)
    current += m.b(x)
    return m.n(current)
