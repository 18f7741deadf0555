"""Delays that are learned by weight: a weight at every delay level, of which pruning leaves some."""

from __future__ import annotations

from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore.errors import GraphError
from delaycore.graph import Format, Projection
from delaycore.hardware import Losses
from delaycore.memory import describe_need
from delaycore.nn._connectivity import Connectivity
from delaycore.nn._masked_layer import MaskedLayer
from delaycore.nn.functional import fake_quantize

__all__ = ["LevelWeights", "first_weights"]


def first_weights(
    shape: tuple[int, ...], std: float | None, synapses: int, generator: torch.Generator | None
) -> Tensor:
    """Return normal numbers of standard deviation ``std``, 1 / sqrt(synapses into a neuron) unless given."""
    return torch.randn(*shape, generator=generator) * (synapses**-0.5 if std is None else std)


class LevelWeights(MaskedLayer):
    """A weight of its own at every delay level, as parallel synapses (arXiv 2404.10597); weights and mask are
    [levels, rows, columns].
    """

    def __init__(
        self,
        connectivity: Connectivity,
        delays: tuple[int, ...],
        *,
        std: float | None = None,
        generator: torch.Generator | None = None,
        batch_first: bool = False,
    ) -> None:
        shape = (len(delays), connectivity.rows, connectivity.columns)
        if need := describe_need(prod(shape), "weights", 4):
            remedy = "use fewer neurons, delays or maps, or a smaller kernel"
            raise GraphError.at(type(self).__name__, f"has {need}", remedy)
        first = first_weights(shape, std, shape[0] * shape[1], generator)
        super().__init__(connectivity, delays, batch_first, first)

    def kernel(self, number: Format | None = None) -> Tensor:
        """Return the weights, 0 where the mask says that there is no synapse."""
        weight = self.weight * self.mask
        return weight if number is None else fake_quantize(weight, number)

    def exists(self) -> NDArray[np.bool_]:
        return self.find_kept()

    def rate_synapses(self, gradient: Tensor) -> tuple[Tensor, Tensor | None]:
        return gradient.abs(), None

    def load_projection(self, projection: Projection) -> Losses:
        """Set weights and mask to a projection whose delays are all among the levels, one synapse per pair
        and delay, and return what the precision of the module alters.

        Raises `GraphError` if the projection joins other neurons, or if synapses that share a weight do not
        agree.
        """
        level = np.searchsorted(self.delays, projection.delay)
        row, column = self.connectivity.entries(projection.pre, projection.post)
        weight, mask = np.zeros(self.shape), np.zeros(self.shape, dtype=np.bool_)
        weight[level, row, column] = projection.weight
        mask[level, row, column] = True
        if (
            (row < 0).any()
            or (weight[level, row, column] != projection.weight).any()
            or self.count_synapses(mask) != len(projection)
        ):
            raise GraphError.at(
                projection.place,
                "does not hold the same weights at every position of its window",
                "give a graph that a convolution made",
            )
        with torch.no_grad():
            self.weight.copy_(torch.from_numpy(weight))
        self.apply_mask(mask)
        held = self.weight.detach().double().cpu().numpy()[level, row, column]
        return Losses.of("weight", "rounded", f"{projection.place}.weight", projection.weight, held)

    def extra_repr(self) -> str:
        masked = int(self.mask.numel() - self.mask.sum())
        return super().extra_repr() + (f", pruned={masked}" if masked else "")
