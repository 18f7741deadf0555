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
from torch import Tensor

import delaycore as dc
from delaycore import engine, reference
from delaycore.datasets import Samples
from delaycore.hardware import Losses
from delaycore.nn.functional import straight_through
from delaycore.settings import ContinuousDelays, LevelDelays, NetworkSettings, TrainingSettings
from delaycore.training import Chip, build, fit, predict, run_on_chip
from delaycore.training._checkpoint import Epoch

fitting = import_module("delaycore.training._fit")  # its name in the package is that of the function

DELAYS: dict[str, Any] = {
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
    live: Any, chip: Chip, neuron: Any, mode: str, recurrent: bool
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
    live: Any, chip: Chip, neuron: Any, recurrent: bool
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
    live: Any, neuron: Any, recurrent: bool
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


FITTING = TrainingSettings(epochs=4, batch_size=30, learning_rate=0.02, dropout=0.0)


def network(neuron: Any = "lif") -> Any:
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
