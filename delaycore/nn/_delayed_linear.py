"""A linear layer with a weight at every delay."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from delaycore.nn._connectivity import Dense
from delaycore.nn._delayed_layer import as_delays
from delaycore.nn._level_weights import LevelWeights

__all__ = ["DelayedLinear"]


class DelayedLinear(LevelWeights):
    """A linear layer whose every pair of neurons has a weight at every delay (arXiv 2404.10597).

    ``I[t, j] = sum over k, i of weight[k, i, j] * x[t - delays[k], i]``

    Delays are learned by weight: train all levels, then keep the strongest (`delaycore.training.prune`),
    which sets `mask`.  With one delay it is an ordinary linear layer without bias.

    in_features, out_features: source and target neurons.
    delays:      in steps; one number, or several that ascend, such as ``range(0, 60, 2)``.
    std:         standard deviation of the first weights; 1 / sqrt(synapses into a neuron) unless given.
    generator:   of the first weights.
    batch_first: inputs and outputs are [batch, steps, features] instead of [steps, batch, features].

    Input [steps, batch, in_features], output [steps, batch, out_features]; ``weight`` and ``mask``
    [levels, in_features, out_features].  Computes in the type of its weights, under autocast too.

    >>> import torch
    >>> from delaycore.nn import DelayedLinear
    >>> layer = DelayedLinear(3, 2, delays=range(0, 6, 2))
    >>> layer
    DelayedLinear(3, 2, delays=range(0, 6, 2))
    >>> layer(torch.ones(10, 4, 3)).shape
    torch.Size([10, 4, 2])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        delays: int | Iterable[int] | Tensor = 0,
        *,
        std: float | None = None,
        generator: torch.Generator | None = None,
        batch_first: bool = False,
    ) -> None:
        super().__init__(
            Dense(in_features, out_features),
            as_delays("DelayedLinear.delays", delays),
            std=std,
            generator=generator,
            batch_first=batch_first,
        )
