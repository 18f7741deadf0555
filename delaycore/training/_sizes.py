"""The bytes that fitting takes, roughly."""

from __future__ import annotations

from delaycore.nn import DelayNetwork

__all__ = ["estimate_memory"]

_KEPT = 8
"""Numbers that are kept of a neuron in a step of a batch, for the way back."""

_TRAINED = 6
"""Numbers that are kept of a weight: itself, its gradient, two moments, the best one, and the one in use."""

_SHARED = 4
"""Numbers of a trained position at each delay that it can take."""


def estimate_memory(network: DelayNetwork, steps: int, batch: int) -> dict[str, int]:
    """Estimate roughly the bytes that a batch of ``batch`` samples takes while ``network`` is fitted, by what
    they hold: within a factor of two for networks of many neurons or weights.
    """
    size = network.dtype.itemsize
    need = {
        f"spikes and potentials of {name!r}": size * _KEPT * steps * batch * n.features
        for name, n in network.neurons.items()
    }
    need |= {
        f"spikes of {name!r}": size * 3 * steps * batch * int(p.size) for name, p in network.inputs.items()
    }
    for c in network.connections:
        levels = len(c.layer.delays) if c.layer.positions() else 0
        numbers = _TRAINED + _SHARED * levels
        need[f"weights of {c.name!r}"] = size * numbers * c.layer.weight.numel()
    return need
