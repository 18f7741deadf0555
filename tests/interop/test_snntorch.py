"""snnTorch networks against ours: the same spikes in every step, for every reset."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import snntorch as snn
import torch

import delaycore as dc
from delaycore.interop import ForeignError, from_snntorch

RESETS = [("zero", True), ("zero", False), ("subtract", True), ("none", True)]


def leaky(size: int, reset: str, late: bool) -> Any:
    beta, threshold = (
        0.5 + 0.45 * torch.rand(size, dtype=torch.float64),
        0.7 + 0.6 * torch.rand(size, dtype=torch.float64),
    )
    return snn.Leaky(beta=beta, threshold=threshold, reset_mechanism=reset, reset_delay=late)


def synaptic(size: int, reset: str, late: bool) -> Any:
    alpha, beta = (
        0.3 + 0.4 * torch.rand(size, dtype=torch.float64),
        0.4 + 0.4 * torch.rand(size, dtype=torch.float64),
    )
    return snn.Synaptic(
        alpha=alpha,
        beta=beta,
        threshold=1.5 * torch.ones(size).double(),
        reset_mechanism=reset,
        reset_delay=late,
    )


def network(kind: Any, reset: str, late: bool, seed: int) -> list[Any]:
    torch.manual_seed(seed)
    bias = kind is leaky
    layers = [
        torch.nn.Linear(12, 24, bias=bias),
        kind(24, reset, late),
        torch.nn.Linear(24, 16, bias=bias),
        kind(16, reset, late),
    ]
    with torch.no_grad():
        for layer in layers[::2]:
            layer.weight.normal_(-0.02 if reset == "none" else 0.06, 0.45)
    return [layer.double().eval() for layer in layers]


@torch.no_grad()
def run(layers: list[Any], spikes: np.ndarray) -> list[np.ndarray]:
    """snnTorch's own loop over steps."""
    fired: list[list[np.ndarray]] = [[], []]
    states: list[Any] = [(), ()]
    for t in range(spikes.shape[1]):
        x = torch.from_numpy(spikes[:, t].astype(np.float64))
        for i in (0, 1):
            x, *states[i] = layers[2 * i + 1](layers[2 * i](x), *states[i])
            fired[i].append(x.numpy())
            x = x.double()
    return [np.stack(f, axis=1) for f in fired]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("reset", "late"), RESETS)
@pytest.mark.parametrize("kind", [leaky, synaptic])
def test_spikes_are_those_of_snntorch(kind, reset, late, seed, same_spikes):
    layers = network(kind, reset, late, seed)
    spikes = np.random.default_rng(seed).random((4, 60, 12)) < 0.15
    hidden, out = run(layers, spikes)
    graph, losses = from_snntorch(torch.nn.Sequential(*layers))
    same_spikes(graph, spikes, {"h1": hidden, "out": out})
    added = [(loss.what, loss.change, loss.place) for loss in losses]
    assert added == (
        [] if reset == "zero" else [("synapse", "added", "layers[1]"), ("synapse", "added", "layers[3]")]
    )


@pytest.mark.parametrize("kind", [leaky, synaptic])
def test_without_its_added_synapses_a_late_reset_is_another_network(kind, same_spikes):
    layers = network(kind, "subtract", True, 0)
    spikes = np.random.default_rng(0).random((4, 60, 12)) < 0.15
    graph, _ = from_snntorch(layers)
    bare = graph.with_(projections=[p for p in graph.projections if p.source != p.target])
    with pytest.raises(AssertionError):
        same_spikes(bare, spikes, {"h1": run(layers, spikes)[0]})


def test_a_threshold_that_is_only_reached_makes_no_spike():
    layer = torch.nn.Linear(1, 1, bias=False).double()
    with torch.no_grad():
        layer.weight.fill_(1.0)
    graph, _ = from_snntorch([layer, snn.Leaky(beta=0.5, threshold=1.0, reset_mechanism="zero")])
    spikes = np.array([[[1], [0], [1]]], dtype=bool)  # u = 1, 0.5, 1.25
    assert dc.reference.simulate(graph, spikes).spikes["out"].ravel().tolist() == [False, False, True]


def test_what_no_graph_can_say_is_refused():
    linear = torch.nn.Linear(3, 2)
    for options, message in (
        ({"inhibition": False, "reset_delay": False}, "above twice the threshold"),
        ({"graded_spikes_factor": 2.0}, "other than 1"),
        ({"state_quant": torch.round}, "state_quant"),
        ({"threshold": -1.0}, "below 0"),
    ):
        with pytest.raises(ForeignError, match=rf"layers\[1\].*{message}"):
            from_snntorch([linear, snn.Leaky(beta=0.9, **options)])
    with pytest.raises(ForeignError, match="3 values for 2 neurons"):
        from_snntorch([linear, snn.Leaky(beta=torch.rand(3))])
    with pytest.raises(ForeignError, match=r"torch.Conv2d"):
        from_snntorch([torch.nn.Conv2d(1, 1, 3), snn.Leaky(beta=0.9)])
    with pytest.raises(ForeignError, match="training mode"):
        from_snntorch([linear, torch.nn.Dropout(), snn.Leaky(beta=0.9)])


def test_every_layer_that_no_graph_can_say_is_named_at_once():
    wrong = [
        torch.nn.Conv2d(1, 1, 3),
        snn.Leaky(beta=0.9, state_quant=torch.round, graded_spikes_factor=2.0),
        torch.nn.Linear(3, 2),
        torch.nn.Dropout(),
        snn.Alpha(alpha=0.9, beta=0.8),
    ]
    with pytest.raises(ForeignError) as error:
        from_snntorch(wrong)
    places = [p.place for p in error.value.problems]
    assert places == ["layers[0]", "layers[1]", "layers[1]", "layers[3]", "layers[4]"]
    misfit = [
        torch.nn.Linear(3, 2),
        snn.Leaky(beta=torch.rand(4)),
        torch.nn.Linear(5, 2),
        torch.nn.Linear(2, 2),
        snn.Leaky(beta=0.9),
        snn.Leaky(beta=torch.rand(7)),
        torch.nn.Linear(2, 4),
        snn.Leaky(beta=0.5, threshold=torch.rand(3)),
    ]
    with pytest.raises(ForeignError) as error:
        from_snntorch(misfit)
    assert [p.place for p in error.value.problems] == [
        "layers[1].beta",
        "layers[2]",
        "layers[3]",
        "layers[5]",
        "layers[7].threshold",
    ]


def test_a_class_that_only_looks_like_a_known_one_is_refused():
    class Leaky(snn.Leaky):
        """Computes who knows what."""

    with pytest.raises(ForeignError, match=r"layers\[1\].*Leaky"):
        from_snntorch([torch.nn.Linear(3, 2), Leaky(beta=0.9)])


def test_a_last_weighted_sum_becomes_an_output_that_keeps_nothing():
    graph, _ = from_snntorch(
        [torch.nn.Linear(3, 2), snn.Leaky(beta=0.9), torch.nn.Linear(2, 4)], statistic="mean"
    )
    out: Any = graph.populations["out"]
    assert out.kind == "integrator" and not out.retain.any()
    assert graph.readout == dc.Readout("out", "mean")
