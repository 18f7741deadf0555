"""Networks that live: every hidden population fires at a rate that leaves something to compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from delaycore import engine, reference
from delaycore.datasets import Samples
from delaycore.settings import NetworkSettings
from delaycore.training import DelayNetwork, build


class Live(NamedTuple):
    """A network in evaluation mode, in float64 unless a test changes that, and input spikes [samples, steps,
    inputs] that keep it busy.
    """

    network: DelayNetwork
    spikes: NDArray[np.bool_]

    def forward(self) -> dict[str, NDArray[np.bool_]]:
        """Spikes of the forward pass, bool [samples, steps, neurons]."""
        with torch.no_grad():
            x = torch.from_numpy(self.spikes).to(self.network.dtype).transpose(0, 1)
            made = self.network(x).spikes
        return {name: s.numpy().transpose(1, 0, 2) > 0 for name, s in made.items()}

    def differences(self) -> int:
        """Steps and neurons in which the forward pass and the reference simulation of the exported graph
        differ.
        """
        truth = reference.simulate(self.network.to_graph(), self.spikes).spikes
        return sum(int((made != truth[name]).sum()) for name, made in self.forward().items())

    def rates(self) -> dict[str, float]:
        """Spikes per neuron and step of the hidden populations."""
        return {name: float(s.mean()) for name, s in self.forward().items()}


def _live(
    shape: NetworkSettings,
    seed: int,
    inputs: int | tuple[int, int, int] = 9,
    classes: int = 4,
    change: Callable[[DelayNetwork], DelayNetwork] = lambda network: network,
) -> Live:
    network = change(build(shape, inputs, classes, 0.01, seed).double().eval())
    spikes = np.random.default_rng(seed).random((3, 30, network.inputs["in"].size)) < 0.2
    for _ in range(3):  # a loop changes what its own population hears
        for name in network.hidden:
            activity = engine.simulate(network.to_graph(), spikes, states=[name], threads=1)
            threshold = float(np.quantile(activity.potentials[name], 0.85))
            # beside that potential, not on it: copies of a shared weight make the same one in many places
            network.neurons[name].assign(threshold=max(threshold, 0.02) * (1 + 1e-9))
    return Live(network, spikes)


@pytest.fixture(scope="session")
def live() -> Callable[..., Live]:
    """Makes a live network of a shape, a seed, and inputs as in `build`; `change` prunes it, say, before its
    thresholds are set.
    """
    return _live


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
