"""DCLS delay layers against ours: the kernels as they are, and rounded to one delay per synapse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import snntorch as snn
import torch
from DCLS.construct import modules

from delaycore.interop import ForeignError, from_dcls

TAPS = 11
VERSIONS = ["v0", "v1", "max", "gauss"]


def network(version: str, seed: int, count: int = 1, groups: int = 1, taps: int = TAPS) -> list[Any]:
    """Two delay layers, batch normalisation with running statistics, neurons."""
    torch.manual_seed(seed)
    layers = []
    for sources, targets in ((12, 24), (24, 16)):
        delayed = modules.Dcls1d(
            sources, targets, count, dilated_kernel_size=taps, groups=groups, bias=False, version=version
        )
        normal = torch.nn.BatchNorm1d(targets)
        with torch.no_grad():
            delayed.weight.normal_(0.12, 0.45)
            delayed.P.uniform_(-(taps // 2), taps // 2)
            if delayed.SIG is not None:
                delayed.SIG.uniform_(0.0, 1.5)
            assert normal.running_mean is not None and normal.running_var is not None
            normal.running_mean.normal_(0, 0.05)
            normal.running_var.uniform_(0.5, 1.5)
            normal.weight.uniform_(0.7, 1.3)
            normal.bias.normal_(0, 0.05)
        neurons = snn.Leaky(
            beta=0.6 + 0.3 * torch.rand(targets), threshold=torch.ones(targets), reset_mechanism="zero"
        )
        layers += [delayed, normal, neurons]
    return [layer.double().eval() for layer in layers]


@torch.no_grad()
def run(layers: list[Any], spikes: np.ndarray, taps: int = TAPS) -> dict[str, np.ndarray]:
    """The peer's forward: convolution along time behind ``taps - 1`` zeros, then neurons step by step."""
    x = torch.from_numpy(spikes.astype(np.float64).transpose(0, 2, 1))  # [samples, channels, steps]
    fired = []
    for delayed, normal, neurons in (layers[:3], layers[3:]):
        current = normal(delayed(torch.nn.functional.pad(x, (taps - 1, 0))))
        state, out = (), []
        for t in range(current.shape[2]):
            spike, *state = neurons(current[:, :, t], *state)
            out.append(spike.double())
        x = torch.stack(out, dim=2)
        fired.append(x.numpy().transpose(0, 2, 1))
    return dict(zip(("h1", "out"), fired, strict=True))


@pytest.fixture
def spikes() -> np.ndarray:
    return np.random.default_rng(3).random((4, 60, 12)) < 0.15


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("count", "groups", "taps"), [(1, 1, TAPS), (2, 2, 8)])
def test_interpolated_kernels_give_the_spikes_of_dcls(version, count, groups, taps, spikes, same_spikes):
    layers = network(version, 0, count, groups, taps)
    graph, losses = from_dcls(layers, positions="interpolated")
    assert not losses
    same_spikes(graph, spikes, run(layers, spikes, taps))


@pytest.mark.parametrize("version", VERSIONS)
def test_rounded_positions_give_the_spikes_of_dcls_rounded_by_itself(version, spikes, same_spikes):
    layers = network(version, 1)
    graph, losses = from_dcls(layers)
    moved = 0
    with torch.no_grad():
        for delayed in layers[::3]:
            moved += int((delayed.P.round() != delayed.P).sum())
            delayed.P.round_()
            if delayed.SIG is not None:  # as its authors do after training: the triangle of width 1
                delayed.SIG.zero_()
                delayed.version = delayed.DCK.version = "max"
    same_spikes(graph, spikes, run(layers, spikes))
    delays = [loss for loss in losses if loss.what == "delay"]
    assert sum(loss.count for loss in delays) == moved > 0
    assert all(0.4 < loss.largest <= 0.5 for loss in delays)
    assert {loss.place for loss in losses if loss.what == "parameter"} == (
        {"layers[0].SIG", "layers[3].SIG"} if "v" not in version else set()
    )
    assert all(len(p) == p.weight.size == 12 * 24 or len(p) == 24 * 16 for p in graph.projections)


def test_rounding_changes_a_trained_network_and_says_so(spikes, same_spikes):
    layers = network("max", 1)
    graph, losses = from_dcls(layers)
    assert losses
    with pytest.raises(AssertionError):
        same_spikes(graph, spikes, run(layers, spikes))


def test_positions_beyond_the_kernel_are_clipped_to_it_with_the_loss():
    layers = network("v1", 0)
    with torch.no_grad():
        layers[0].P.fill_(TAPS)
    graph, losses = from_dcls(layers)
    assert graph.projections[0].largest_delay == 0
    assert next(iter(losses)).largest == TAPS - TAPS // 2


def test_padding_decides_the_delays_and_the_future_is_refused():
    layers = network("max", 0)
    causal, _ = from_dcls(layers)
    later, _ = from_dcls(layers, left_padding=TAPS + 1)
    assert all(
        np.array_equal(a.delay + 2, b.delay)
        for a, b in zip(causal.projections, later.projections, strict=True)
    )
    with pytest.raises(ForeignError, match=r"layers\[0\].*into the future"):
        from_dcls(layers, left_padding=TAPS // 2)
    own = modules.Dcls1d(3, 2, 1, padding=TAPS - 1, dilated_kernel_size=TAPS, version="max")
    graph, _ = from_dcls([own, snn.Leaky(beta=0.9)], positions="interpolated")
    assert graph.largest_delay <= TAPS - 1


def test_a_normalisation_that_still_learns_is_refused():
    layers = network("max", 0)
    layers[1].train()
    with pytest.raises(ForeignError, match=r"layers\[1\].*training mode"):
        from_dcls(layers)


def test_a_stride_is_no_delay():
    with pytest.raises(ForeignError, match="stride"):
        from_dcls(
            [modules.Dcls1d(3, 2, 1, stride=2, dilated_kernel_size=5, version="max"), snn.Leaky(beta=0.9)]
        )
    with pytest.raises(ForeignError, match="positions"):
        unknown: Any = "nearest"
        from_dcls(network("max", 0), positions=unknown)
