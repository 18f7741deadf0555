"""Neurons: one pass over all steps and a loop over single steps are the same, forwards and backwards."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from delaycore.nn import LIF, AdaptiveLIF, CurrentLIF, Dense, Neurons, Surrogate
from delaycore.nn._feedback import LoopPopulation, LoopSynapses, run_loops
from delaycore.nn._neurons import Values
from delaycore.nn.functional import SURROGATES, Record, fire, integrate
from delaycore.settings import LevelDelays, NetworkSettings
from delaycore.training import build

KINDS = ("lif", "current_lif", "adaptive_lif")
NAMES = [kind.name.lower() for kind in SURROGATES]


def tensor(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def neurons(kind: Any, leak: Any = "neuron", surrogate: Any = "fast_sigmoid") -> Neurons:
    shape = NetworkSettings(
        hidden=(5,), delays=LevelDelays(levels=1), neuron=kind, threshold=0.7, leak=leak, surrogate=surrogate
    )
    return build(shape, 3, 2, 0.01).double().neurons["h1"]


def stepped(n: Neurons, current: Tensor, given: Values | None = None) -> Tensor:
    values, state, made = given or n.values({}), n.init_state(current[0]), []
    for now in current:
        spikes, state = n.step(now, state, values, n.firing)
        made.append(spikes)
    return torch.stack(made)


def with_feedback(
    n: Neurons, values: Values, current: Tensor, kernel: Tensor, delays: tuple[int, ...]
) -> Tensor:
    loop = LoopSynapses("h", "h", kernel, delays, Dense(5, 5))
    return run_loops({"h": LoopPopulation(n, values, current, n.firing)}, [loop])["h"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("leak", "surrogate"), [("layer", "fast_sigmoid"), *(("neuron", name) for name in NAMES)]
)
def test_all_steps_at_once_are_the_single_steps_with_the_gradient_of_autograd(
    kind: Any, leak: Any, surrogate: Any
) -> None:
    n, current = neurons(kind, leak, surrogate), tensor(3, 14, 4, 5).requires_grad_()
    whole, single = n.run(current, n.values({})), stepped(n, current)
    assert torch.equal(whole, single)
    assert 0.02 < float(whole.detach().mean()) < 0.6
    direction = tensor(4, 14, 4, 5)
    over = [current, *n.trained.values()]
    mine, theirs = (torch.autograd.grad((made * direction).sum(), over) for made in (whole, single))
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b)
        assert float(a.abs().sum()) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_thresholds_and_jumps_have_the_gradient_of_autograd_too(kind: Any) -> None:
    n, current, direction = neurons(kind), tensor(3, 14, 4, 5), tensor(4, 14, 4, 5)
    values = {name: value.detach().requires_grad_() for name, value in n.values({}).items()}
    mine, theirs = (
        torch.autograd.grad((made * direction).sum(), list(values.values()))
        for made in (n.run(current, values), stepped(n, current, values))
    )
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b)
        assert float(a.abs().sum()) > 0


@pytest.mark.parametrize("kind", [*KINDS, "integrator"])
def test_single_precision_and_many_threads_round_as_single_steps_do(kind: Any) -> None:
    n = (
        build(NetworkSettings(hidden=(5,)), 3, 700, 0.01).neurons["out"]
        if kind == "integrator"
        else build(
            NetworkSettings(hidden=(700,), delays=LevelDelays(levels=1), neuron=kind), 3, 2, 0.01
        ).neurons["h1"]
    )
    current, threads = tensor(9, 30, 6, 700).float(), torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert torch.equal(n.run(current, n.values({})), stepped(n, current))
    finally:
        torch.set_num_threads(threads)


def test_integration_has_the_numerical_gradient() -> None:
    current, retain = tensor(2, 6, 2, 3).requires_grad_(), torch.rand(3, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(integrate, (current, retain))


def test_a_threshold_that_adapts_makes_fewer_spikes() -> None:
    n, current = neurons("adaptive_lif"), tensor(5, 40, 4, 5).abs()
    few = n.run(current, n.values({}) | {"adaptation": torch.full((5,), 0.5, dtype=torch.float64)})
    many = n.run(current, n.values({}) | {"adaptation": torch.zeros(5, dtype=torch.float64)})
    assert 0 < few.sum() < many.sum()


@pytest.mark.parametrize("kind", KINDS)
def test_feedback_without_weights_changes_nothing(kind: Any) -> None:
    n, current = neurons(kind), tensor(6, 12, 2, 5)
    silent = torch.zeros(2, 5, 5, dtype=torch.float64)
    assert torch.equal(with_feedback(n, n.values({}), current, silent, (1, 4)), n.run(current, n.values({})))


@pytest.mark.parametrize("kind", KINDS)
def test_a_spike_comes_back_exactly_its_delay_later(kind: Any) -> None:
    n = neurons(kind)
    current = torch.zeros(12, 1, 5, dtype=torch.float64)
    current[2, 0, 0] = 5.0
    to_second = torch.zeros(1, 5, 5, dtype=torch.float64)
    to_second[0, 0, 1] = 5.0
    for delay in (1, 3, 7):
        spikes = with_feedback(n, n.values({}), current, to_second, (delay,)).detach()
        first = int(spikes[:, 0, 0].nonzero()[0])
        assert first == 2
        assert int(spikes[:, 0, 1].nonzero()[0]) == first + delay


def test_feedback_has_a_gradient_for_every_delay_within_the_sample() -> None:
    n, current = neurons("lif"), tensor(7, 8, 3, 5)
    kernel = tensor(8, 3, 5, 5).requires_grad_()
    with_feedback(n, n.values({}), current, kernel, (1, 4, 20)).sum().backward()
    assert kernel.grad is not None
    per_delay = kernel.grad.abs().sum((1, 2))
    assert per_delay[0] > 0 and per_delay[1] > 0 and per_delay[2] == 0


RULES = [
    {"refractory": refractory, "reset": reset, "bias": bias}
    for refractory in (0, 1, 3)
    for reset in ("zero", "subtract")
    for bias in (0.0, 0.15)
    if refractory or reset == "subtract" or bias
]
RULES += [{"strict": True}, {"strict": True, "reset": "subtract", "refractory": 1}]


def ruled(kind: Any, rules: dict[str, Any]) -> Neurons:
    spread = torch.linspace(0.5, 0.95, 5, dtype=torch.float64)
    match kind:
        case "lif":
            made: Neurons = LIF(5, retain=spread, threshold=0.7, **rules)
        case "current_lif":
            made = CurrentLIF(5, retain=spread, retain_current=0.4, threshold=0.9, **rules)
        case _:
            made = AdaptiveLIF(5, retain=spread, retain_trace=0.8, adaptation=0.3, threshold=0.5, **rules)
    return made.double()


@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_bias_refractory_period_and_reset_by_subtraction_have_the_gradient_of_autograd(
    kind: Any, rules: dict[str, Any]
) -> None:
    n, current, direction = ruled(kind, rules), tensor(3, 25, 4, 5).requires_grad_(), tensor(4, 25, 4, 5)
    values = {name: value.detach().requires_grad_() for name, value in n.values().items()}
    whole, single = n.run(current, values), stepped(n, current, values)
    assert torch.equal(whole, single)
    assert 0.02 < float(whole.detach().mean()) < 0.6
    over = [current, *values.values()]
    mine, theirs = (torch.autograd.grad((made * direction).sum(), over) for made in (whole, single))
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b)
        assert float(a.abs().sum()) > 0


@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_a_record_of_what_neurons_did_has_the_gradients_of_doing_it(kind: Any, rules: dict[str, Any]) -> None:
    n, current, direction = ruled(kind, rules), tensor(3, 25, 4, 5).requires_grad_(), tensor(4, 25, 4, 5)
    values = {name: value.detach().requires_grad_() for name, value in n.values().items()}
    potentials: list[Tensor] = []

    def note(potential: Tensor, threshold: Tensor, surrogate: Surrogate) -> tuple[Tensor, Tensor]:
        potentials.append(potential.detach())
        return fire(potential, threshold, surrogate)

    own = n.run_steps(current, values, note)
    record = Record(own.detach(), torch.stack(potentials))
    over = [current, *values.values()]
    theirs = torch.autograd.grad((own * direction).sum(), over)
    for made in (n.run(current, values, record), n.run_steps(current, values, record.replay())):
        assert torch.equal(made, own)
        for a, b in zip(torch.autograd.grad((made * direction).sum(), over), theirs, strict=True):
            torch.testing.assert_close(a, b)
