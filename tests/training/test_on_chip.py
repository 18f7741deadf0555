"""Forward passes for a chip: the chip's spikes and potentials in every step, the gradients of the trained
network.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import delaycore as dc
from delaycore import engine, reference
from delaycore.datasets import Samples
from delaycore.errors import SettingsError
from delaycore.hardware import Losses
from delaycore.nn import LIF, AdaptiveLIF, CurrentLIF, DelayedLinear, Integrator, as_network, to_graph
from delaycore.nn.functional import straight_through
from delaycore.registry import load_backend
from delaycore.settings import ContinuousDelays, LevelDelays, NetworkSettings, TrainingSettings
from delaycore.training import Chip, build, fit, on_chip, predict, run_on_chip
from delaycore.training._checkpoint import Epoch

fitting = import_module("delaycore.training._fit")  # its name in the package is that of the function

DELAYS = {
    "levels": LevelDelays(levels=4, stride=2),
    "continuous_synapse": ContinuousDelays(mode="continuous_synapse", max_delay=6, synapses_per_pair=2),
}
CHIPS = (Chip("loihi"), Chip("loihi", {"weight_bits": 3}), Chip("seneca"))
NEURONS = {"loihi": ("lif", "current_lif"), "seneca": ("lif", "current_lif", "adaptive_lif")}
CASES = [(chip, neuron) for chip in CHIPS for neuron in NEURONS[chip.target]]


def steps_first(spikes: Any) -> Tensor:
    return torch.from_numpy(spikes).double().transpose(0, 1)


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("mode", DELAYS)
@pytest.mark.parametrize(("chip", "neuron"), CASES, ids=lambda x: getattr(x, "name", x))
def test_a_forward_pass_has_the_spikes_and_potentials_of_the_chip(
    live: Any, chip: Chip, neuron: str, mode: str, recurrent: bool
) -> None:
    shape = NetworkSettings(
        hidden=(7, 6),
        delays=DELAYS[mode],
        neuron=neuron,
        recurrent=recurrent,
        gain=1.4,
    )
    net, x = live(shape, 3)
    net.train()
    made = run_on_chip(net, chip, steps_first(x))
    exact, _ = dc.quantize(net.to_graph(), chip.target, **chip.options)
    truth = reference.simulate(exact, x, states=True)
    for name in net.hidden:
        assert truth.spikes[name].any()
        assert (made.spikes[name].detach().numpy().transpose(1, 0, 2) == truth.spikes[name]).all()
    scale = chip.quantization_scheme(net.to_graph()).scale.get("out", 1.0)
    np.testing.assert_array_equal(
        made.readout.detach().numpy().transpose(1, 0, 2) * scale, truth.potentials["out"]
    )


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize(("chip", "neuron"), CASES, ids=lambda x: getattr(x, "name", x))
def test_it_has_a_gradient_for_everything_that_is_trained(
    live: Any, chip: Chip, neuron: str, recurrent: bool
) -> None:
    net, x = live(
        NetworkSettings(
            hidden=(7, 6),
            delays=ContinuousDelays(mode="continuous_axon", max_delay=6, synapses_per_pair=2),
            neuron=neuron,
            recurrent=recurrent,
            gain=1.4,
        ),
        3,
    )
    net.train()
    (run_on_chip(net, chip, steps_first(x)).readout.softmax(dim=2).sum(dim=0)[:, 0]).sum().backward()
    assert all(
        p.grad is not None and p.grad.isfinite().all() and float(p.grad.abs().sum()) > 0
        for p in [*net.weights, *net.neuron_parameters, *net.positions]
    )


class Exact(Chip):
    """A chip that computes as the network does."""

    def quantization_scheme(self, graph: dc.Graph) -> Any:
        parameters = {
            f"{name}.{q}": dc.Format() for name, p in graph.populations.items() for q in p.parameters()
        }
        return dc.hardware.QuantizationScheme(
            weights={p.name: dc.Format() for p in graph.projections}, parameters=parameters
        )

    def quantize(self, graph: dc.Graph) -> tuple[dc.Graph, Losses]:
        return graph, Losses()


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("neuron", NEURONS["seneca"])
def test_on_a_chip_that_rounds_nothing_the_gradients_are_the_networks_own(
    live: Any, neuron: str, recurrent: bool
) -> None:
    net, x = live(
        NetworkSettings(
            hidden=(7, 6),
            delays=LevelDelays(levels=4, stride=2),
            neuron=neuron,
            recurrent=recurrent,
            gain=1.4,
        ),
        3,
    )
    found = []
    for run in (net, lambda x: run_on_chip(net, Exact("none"), x)):
        net.zero_grad()
        run(steps_first(x)).readout.square().sum().backward()
        found.append([p.grad.clone() for p in [*net.weights, *net.neuron_parameters]])
    assert all(float(g.abs().sum()) > 0 for g in found[0])
    for own, theirs in zip(*found, strict=True):
        torch.testing.assert_close(own, theirs, rtol=1e-9, atol=1e-12)


def test_straight_through_gives_the_target_to_the_last_bit_and_the_gradient_of_the_value() -> None:
    value = torch.tensor([0.1, 1e8], requires_grad=True)
    target = torch.tensor([0.3, 0.7])
    out = straight_through(value, target)
    assert torch.equal(out, target)
    out.sum().backward()
    assert value.grad is not None and value.grad.tolist() == [1, 1]


@pytest.fixture(scope="module")
def samples() -> Samples:
    """Two classes that differ in the delay between two inputs."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 120)
    x = rng.random((120, 20, 4)) < 0.02
    start = rng.integers(0, 6, 120)
    for n, label in enumerate(labels):
        x[n, start[n], :2] = True
        x[n, start[n] + (3, 8)[label], 2:] = True
    return Samples(x, labels)


FITTING = TrainingSettings(epochs=4, batch_size=30, learning_rate=0.02, dropout=0.0)


def network(neuron: str = "lif") -> Any:
    return build(
        NetworkSettings(
            hidden=(10,), delays=LevelDelays(levels=5, stride=2), gain=2.0, delayed_input=True, neuron=neuron
        ),
        4,
        2,
        0.01,
        seed=1,
    )


@pytest.mark.parametrize("forward", ["chip", "fast"])
@pytest.mark.parametrize("chip", CHIPS, ids=lambda c: c.name)
def test_what_was_validated_for_a_chip_is_what_is_deployed(
    samples: Samples, chip: Chip, forward: Any
) -> None:
    net = network()
    history = fit(net, samples, samples, FITTING, seed=0, chip=chip, forward=forward)
    program = dc.map(chip.round(net.to_graph()), chip.target, **chip.options)
    deployed = dc.simulate(program, samples.spikes).predictions
    assert (deployed == predict(net, samples, chip=chip)).all()
    assert (deployed == samples.labels).mean() == max(e.validation_accuracy for e in history.epochs) > 0.6


def test_the_fast_forward_pass_says_how_well_it_agrees_and_gives_way_where_it_does_not(
    samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs: list[Epoch] = []
    monkeypatch.setattr(fitting, "AGREES", 0.0)
    fit(
        network(),
        samples,
        samples,
        FITTING,
        seed=0,
        chip=Chip("seneca"),
        forward="fast",
        report=epochs.append,
    )
    assert all(e.agreement is not None and 0.9 < e.agreement <= 1 for e in epochs)
    monkeypatch.setattr(fitting, "AGREES", 1.1)
    epochs.clear()
    fit(
        network(),
        samples,
        samples,
        FITTING,
        seed=0,
        chip=Chip("seneca"),
        forward="fast",
        report=epochs.append,
    )
    assert [e.agreement is None for e in epochs] == [False, True, True, True]


def test_a_fit_for_a_chip_goes_on_after_an_interruption_as_if_there_had_been_none(
    samples: Samples, tmp_path: Path
) -> None:
    whole, part = network("current_lif"), network("current_lif")
    chip = Chip("loihi", {"weight_bits": 4})
    history = fit(whole, samples, samples, FITTING, seed=0, chip=chip)

    class InterruptionError(Exception):
        pass

    def stop(epoch: Epoch) -> None:
        if epoch.number == 1:
            raise InterruptionError

    with pytest.raises(InterruptionError):
        fit(part, samples, samples, FITTING, seed=0, chip=chip, checkpoint=tmp_path / "c", report=stop)
    again = fit(part, samples, samples, FITTING, seed=0, chip=chip, checkpoint=tmp_path / "c")
    assert again.epochs == history.epochs
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), part.parameters(), strict=True))


def test_a_rounded_graph_is_the_same_network_on_the_chip_or_the_graph_itself(live: Any) -> None:
    for chip in CHIPS:
        for seed in range(8):
            net, x = live(
                NetworkSettings(hidden=(7,), delays=LevelDelays(levels=4, stride=2), gain=1.4), seed
            )
            graph = net.to_graph()
            kept = chip.round(graph)
            assert engine.simulate(chip.quantize(kept)[0], x, states=True).same_as(
                engine.simulate(chip.quantize(graph)[0], x, states=True)
            )


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
    fit(network, samples, samples, FITTING, seed=0, chip=Chip("loihi"))
    assert all(not torch.equal(before[n], p) for n, p in model.named_parameters())
    assert (predict(network, samples, chip=Chip("loihi")) == samples.labels).mean() > 0.55
