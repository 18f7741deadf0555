"""Pruning of delays: the largest weights of each pair of neurons, or of a whole projection, or the strongest
axons of each neuron are kept.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import Problem, SettingsError
from delaycore.hardware import Losses
from delaycore.nn import DelayNetwork, LevelWeights

__all__ = [
    "PRUNING",
    "draw_delays",
    "draw_synapses",
    "prune",
    "select_strongest_axons",
    "select_strongest_of_layer",
    "select_strongest_synapses",
]


def select_strongest_synapses(weight: NDArray[np.floating], keep: int) -> NDArray[np.bool_]:
    """Select the ``keep`` largest magnitudes of each pair, as a mask of ``weight`` [levels, pre, post];
    shorter delays win ties.
    """
    rank = np.argsort(np.argsort(-np.abs(weight), axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(rank < keep)


def select_strongest_axons(weight: NDArray[np.floating], keep: int) -> NDArray[np.bool_]:
    """Select the ``keep`` delay levels of each source neuron with the largest sum of magnitudes over targets
    ("Ax" in arXiv 2404.10597).
    """
    strength = np.abs(weight).sum(axis=2)
    rank = np.argsort(np.argsort(-strength, axis=0, kind="stable"), axis=0, kind="stable")
    return np.broadcast_to((rank < keep)[:, :, None], weight.shape).copy()


def select_strongest_of_layer(weight: NDArray[np.floating], keep: int) -> NDArray[np.bool_]:
    """Select the ``keep * pre * post`` largest magnitudes of all of ``weight`` [levels, pre, post]; shorter
    delays win ties.
    """
    budget = keep * weight.shape[1] * weight.shape[2]
    mask = np.zeros(weight.size, dtype=np.bool_)
    mask[np.argsort(-np.abs(weight), axis=None, kind="stable")[:budget]] = True
    return mask.reshape(weight.shape)


PRUNING: dict[str, Callable[[NDArray[np.floating], int], NDArray[np.bool_]]] = {
    "synaptic": select_strongest_synapses,
    "axonal": select_strongest_axons,
    "layer": select_strongest_of_layer,
}


def draw_delays(shape: tuple[int, int, int], keep: int, seed: int) -> NDArray[np.bool_]:
    """Draw ``keep`` levels for each pair at random, as a mask [levels, pre, post]: the control whose
    delays are not learned.
    """
    order = np.random.default_rng(seed).random(shape)
    return np.asarray(np.argsort(np.argsort(order, axis=0), axis=0) < keep)


def draw_synapses(shape: tuple[int, int, int], fan_in: int, seed: int) -> NDArray[np.bool_]:
    """Draw ``fan_in`` synapses of every target, as a mask [slots, pre, post]: on different pairs as far as
    there are, and among the slots of a pair at random.
    """
    rng = np.random.default_rng(seed)
    each, more = divmod(min(fan_in, shape[0] * shape[1]), shape[1])
    order = np.argsort(np.argsort(rng.random(shape), axis=0), axis=0)
    chosen = np.argsort(np.argsort(rng.random(shape[1:]), axis=0), axis=0) < more
    return np.asarray((order < each) | ((order == each) & chosen))


def prune(network: DelayNetwork, mode: str, keep: int) -> Losses:
    """Remove all but the strongest delays of each delayed projection of ``network``, in place, and say what
    was removed.

    mode: a key of `PRUNING`.
    keep: delays that stay, per pair or axon.

    Raises `SettingsError` while delays are trained as positions.
    """
    SettingsError.collect(
        Problem(
            f"projections[{name!r}]",
            "has delays that are trained as positions, not weights to choose from",
            "round them first: restore(network.to_graph(), ...)",
        )
        for name, layer in network.projections.items()
        if not isinstance(layer, LevelWeights)
    )
    losses = Losses()
    for name, levels in network.levels.items():
        if len(levels.delays) <= keep:
            continue
        before = levels.exists()
        weight = levels.weight.detach().cpu().numpy() * before
        axons = weight.reshape(
            len(weight), levels.connectivity.axons, -1
        )  # neurons of one map share their delays, wherever in a window they lie
        mask = PRUNING[mode](axons, keep).reshape(weight.shape) & before
        gone = before & ~mask
        losses += Losses.counted(
            "synapse",
            "pruned",
            f"projections[{name!r}]",
            levels.count_synapses(gone),
            levels.count_synapses(before),
            detail=f"{mode}, {keep} of {len(levels.delays)} levels kept",
            largest=float(np.abs(weight[gone]).max(initial=0.0)),
        )
        levels.apply_mask(mask)
    return losses
