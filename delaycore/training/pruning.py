"""Which delays survive: the largest weights of each pair of neurons, or the strongest axons of each neuron."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Losses
from delaycore.training.network import DelayNetwork

__all__ = ["prune", "random_delays", "strongest_axons", "strongest_synapses"]


def strongest_synapses(weight: NDArray[np.floating], keep: int) -> NDArray[np.bool_]:
    """The ``keep`` largest magnitudes of each pair, as a mask of ``weight`` [levels, pre, post]; shorter delays win ties."""
    rank = np.argsort(np.argsort(-np.abs(weight), axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(rank < keep)


def strongest_axons(weight: NDArray[np.floating], keep: int) -> NDArray[np.bool_]:
    """The ``keep`` delay levels of each source neuron with the largest sum of magnitudes over targets ("Ax" in arXiv 2404.10597)."""
    strength = np.abs(weight).sum(axis=2)
    rank = np.argsort(np.argsort(-strength, axis=0, kind="stable"), axis=0, kind="stable")
    return np.broadcast_to((rank < keep)[:, :, None], weight.shape).copy()


def random_delays(shape: tuple[int, int, int], keep: int, seed: int) -> NDArray[np.bool_]:
    """``keep`` random levels for each pair, [levels, pre, post]: the control whose delays are not learned."""
    order = np.random.default_rng(seed).random(shape)
    return np.asarray(np.argsort(np.argsort(order, axis=0), axis=0) < keep)


def prune(network: DelayNetwork, mode: str, keep: int) -> Losses:
    """Remove all but the strongest delays of each delayed projection of ``network``, in place, and say what was removed."""
    losses = Losses()
    choose = strongest_synapses if mode == "synaptic" else strongest_axons
    for i, levels in enumerate(network.delays):
        if len(levels) <= keep:
            continue
        before = network.mask(i).cpu().numpy()
        weight = network.weights[i].detach().cpu().numpy() * before
        mask = choose(weight, keep) & before
        gone = before & ~mask
        losses += Losses.removed(
            "synapse",
            "pruned",
            f"projections[{network.projections[i]!r}]",
            int(gone.sum()),
            int(before.sum()),
            detail=f"{mode}, {keep} of {len(levels)} levels kept",
            largest=float(np.abs(weight[gone]).max(initial=0.0)),
        )
        network.keep(i, mask)
    return losses
