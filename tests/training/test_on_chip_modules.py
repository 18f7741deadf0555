"""Modules of one's own on a chip: they learn there in any loop, and what a chip cannot compute is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import delaycore as dc
from delaycore.datasets import Samples
from delaycore.errors import SettingsError
from delaycore.nn import LIF, AdaptiveLIF, CurrentLIF, DelayedLinear, Integrator, as_network, to_graph
from delaycore.registry import load_backend
from delaycore.settings import TrainingSettings
from delaycore.training import Chip, fit, on_chip, predict


class Skipping(nn.Module):
    """Two hidden layers, and a way that skips one."""

    def __init__(self, batch_first: bool = False) -> None:
        super().__init__()
        order = {"batch_first": batch_first}
        self.into = DelayedLinear(4, 8, delays=range(0, 8, 2), std=0.6, **order)  # type: ignore[arg-type]
        self.first = LIF(8, retain=0.8, threshold=0.5, **order)  # type: ignore[arg-type]
        self.deeper = DelayedLinear(8, 6, delays=(0, 3), std=0.5, **order)  # type: ignore[arg-type]
        self.second = CurrentLIF(6, retain=0.8, retain_current=0.4, threshold=0.5, **order)  # type: ignore[arg-type]
        self.out = DelayedLinear(6, 2, **order)  # type: ignore[arg-type]
        self.skip = DelayedLinear(8, 2, delays=4, **order)  # type: ignore[arg-type]
        self.read = Integrator(2, retain=0.95, **order)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        first = self.first(self.into(x))
        second = self.second(self.deeper(first))
        return self.read(self.out(second) + self.skip(first)), {"first": first, "second": second}


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(("target", "options"), [("loihi", {"weight_bits": 4}), ("seneca", {})])
def test_any_module_learns_on_a_chip_in_a_loop_of_ones_own_and_predicts_what_is_deployed(
    samples: Samples, target: str, options: dict[str, Any], batch_first: bool
) -> None:
    torch.manual_seed(2)
    model = Skipping(batch_first)
    chip = on_chip(model, target, **options)
    assert {*chip.parameters()} == {*model.parameters()}
    assert all(key.startswith("module.") for key in chip.state_dict())
    x = torch.from_numpy(samples.spikes).float()
    x, labels = x if batch_first else x.transpose(0, 1), torch.from_numpy(samples.labels)
    optimiser = torch.optim.RMSprop(chip.parameters(), lr=5e-3)
    found = []
    for _ in range(20):
        optimiser.zero_grad()
        out, _ = chip(x)
        loss = nn.functional.cross_entropy(out.softmax(dim=2).sum(dim=1 if batch_first else 0), labels)
        loss.backward()
        assert all(p.grad is not None and float(p.grad.abs().sum()) > 0 for p in chip.parameters())
        optimiser.step()
        found.append(loss.item())
    assert found[-1] < found[0]
    with torch.no_grad():
        out, spikes = chip(x)
    graph = to_graph(model, 1e-3, readout=dc.Readout("read", "softmax_sum"))
    result = dc.simulate(dc.map(graph, target, **options), samples.spikes)
    swap = (lambda t: t.numpy()) if batch_first else (lambda t: t.numpy().transpose(1, 0, 2))
    for name, made in spikes.items():
        assert result.spikes[name].any()
        assert (swap(made) == result.spikes[name]).all()
    predicted = out.softmax(dim=2).sum(dim=1 if batch_first else 0).argmax(dim=1)
    assert (predicted.numpy() == result.predictions).all()


def test_a_backend_that_is_handed_over_is_as_good_as_its_name(samples: Samples) -> None:
    torch.manual_seed(2)
    model = nn.Sequential(DelayedLinear(4, 6, range(4), std=0.6), LIF(6, retain=0.8, threshold=0.5))
    x = torch.from_numpy(samples.spikes).float().transpose(0, 1)
    by_name, handed = (
        on_chip(model, "loihi", weight_bits=3),
        on_chip(model, load_backend("loihi"), weight_bits=3),
    )
    assert by_name(x).any()
    assert torch.equal(by_name(x), handed(x))
    assert torch.equal(by_name(x), on_chip(model, Chip("loihi", {"weight_bits": 3}))(x))


@pytest.mark.parametrize(
    ("neurons", "options", "error"),
    [
        (LIF(6, retain=0.8, reset="subtract"), {}, dc.DoesNotFit),
        (AdaptiveLIF(6, retain=0.8, retain_trace=0.9), {}, dc.DoesNotFit),
        (LIF(6, retain=0.8), {"weight_bit": 3}, SettingsError),
    ],
    ids=["reset", "kind", "option"],
)
def test_what_a_chip_cannot_compute_is_refused_before_the_first_forward_pass(
    neurons: nn.Module, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        on_chip(nn.Sequential(DelayedLinear(4, 6, range(4)), neurons), "loihi", **options)


def test_a_delay_beyond_the_range_of_a_chip_is_refused_at_the_call_with_the_findings_of_a_check() -> None:
    far: Any = nn.Sequential(DelayedLinear(4, 6, (0, 100)), LIF(6, retain=0.8, reset="subtract"))
    report = dc.check(to_graph(far, 1e-3), "loihi")
    with pytest.raises(dc.DoesNotFit) as caught:
        on_chip(far, "loihi")
    assert {"delay.range", "population.reset"} == caught.value.report.codes()
    assert set(caught.value.report.findings) <= set(report.errors)
    for target in ("loihi", Chip("loihi"), load_backend("loihi")):
        with pytest.raises(dc.DoesNotFit, match=r"delay\.range"):
            on_chip(far[:1].append(LIF(6, retain=0.8)), target)


def test_what_pruning_may_mend_is_no_reason_to_refuse_a_training_on_a_chip() -> None:
    large = nn.Sequential(DelayedLinear(300, 300, range(4)), LIF(300, retain=0.8))
    report = dc.check(to_graph(large, 1e-3), "loihi", cores=1)
    assert not report.ok
    assert on_chip(large, "loihi", cores=1).module is large


def test_a_target_that_is_none_is_refused_at_the_call() -> None:
    made = nn.Sequential(DelayedLinear(4, 6), LIF(6, retain=0.8))
    with pytest.raises(dc.UnknownTarget, match="loihi"):
        on_chip(made, "lohi")
    for wrong in (None, 3, b"loihi", Chip):
        with pytest.raises(SettingsError, match="must name a chip"):
            on_chip(made, wrong)  # type: ignore[arg-type]


def test_a_hook_that_a_chip_would_not_call_is_refused_when_it_comes_later_too(samples: Samples) -> None:
    made = nn.Sequential(DelayedLinear(4, 6), LIF(6, retain=0.8))
    chip = on_chip(made, "loihi")
    x = torch.from_numpy(samples.spikes).float().transpose(0, 1)
    rates: list[Tensor] = []
    handle = made[1].register_forward_hook(lambda module, given, sent: rates.append(sent.mean()))
    with pytest.raises(dc.GraphError, match=r"1: has a forward hook.*return from forward"):
        chip(x)
    handle.remove()
    assert chip(x).shape == (*x.shape[:2], 6)


def test_a_chip_takes_bool_spikes_and_compiled_modules(samples: Samples) -> None:
    torch.manual_seed(2)
    model = nn.Sequential(DelayedLinear(4, 6, range(4), std=0.6), LIF(6, retain=0.8, threshold=0.5))
    x = torch.from_numpy(samples.spikes).transpose(0, 1)
    made = on_chip(model, "loihi")(x.float())
    assert made.any()
    assert torch.equal(on_chip(model, "loihi")(x.bool()), made)
    compiled: Any = torch.compile(model, backend="eager")
    assert torch.equal(on_chip(compiled, "loihi")(x.bool()), made)


def test_under_autocast_a_chip_has_the_same_potentials(samples: Samples) -> None:
    torch.manual_seed(2)
    model = nn.Sequential(DelayedLinear(4, 6, range(4), std=0.6), Integrator(6, retain=0.95))
    chip = on_chip(model, "loihi", weight_bits=4)
    x = torch.from_numpy(samples.spikes).float().transpose(0, 1)
    plain = chip(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(chip(x), plain)
        assert torch.equal(chip(x.bfloat16()), plain)


@pytest.mark.filterwarnings("ignore")  # torch's own, of its compiler
def test_under_torch_compile_a_chip_does_the_same(samples: Samples) -> None:
    torch.manual_seed(2)
    model = nn.Sequential(DelayedLinear(4, 6, range(4), std=0.6), LIF(6, retain=0.8, threshold=0.5))
    chip = on_chip(model, "loihi", weight_bits=4)
    x = torch.from_numpy(samples.spikes).float().transpose(0, 1)
    found = []
    for run in (chip, torch.compile(chip, backend="aot_eager")):
        model.zero_grad()
        made = run(x)
        made.mean().backward()
        found.append((made.detach(), [p.grad for p in model.parameters() if p.grad is not None]))
    (made, own), (same, theirs) = found
    assert made.any() and torch.equal(made, same) and len(own) == len(theirs) == 2
    for a, b in zip(own, theirs, strict=True):
        torch.testing.assert_close(a, b)


def test_what_is_no_spike_does_not_go_onto_a_chip() -> None:
    chip = on_chip(nn.Sequential(DelayedLinear(4, 6), LIF(6, retain=0.8)), "loihi")
    with pytest.raises(dc.DataError, match="spikes of 0 and 1"):
        chip(torch.full((5, 2, 4), 0.5))
    with pytest.raises(dc.GraphError, match="Linear"):
        on_chip(nn.Sequential(nn.Linear(4, 6), LIF(6, retain=0.8)), "loihi")


def test_a_module_of_ones_own_can_be_fitted_too(samples: Samples) -> None:
    class Plain(Skipping):
        def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
            return super().forward(x)[0]

    torch.manual_seed(2)
    model = Plain()
    network = as_network(model, 1e-3, readout="softmax_sum")
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    brief = TrainingSettings(epochs=4, batch_size=30, learning_rate=0.02, dropout=0.0)
    fit(network, samples, samples, brief, seed=0, chip=Chip("loihi"))
    assert all(not torch.equal(before[n], p) for n, p in model.named_parameters())
    assert (predict(network, samples, chip=Chip("loihi")) == samples.labels).mean() > 0.55
