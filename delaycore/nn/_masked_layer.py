"""Layers of which some synapses do not exist."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from delaycore.nn._connectivity import Connectivity
from delaycore.nn._delayed_layer import DelayedLayer
from delaycore.nn._torch_hooks import find_torch_mask

__all__ = ["MaskedLayer"]


class MaskedLayer(DelayedLayer, ABC):
    """Synapses of which a mask says which exist; the others are exactly 0 in every forward pass and get no
    gradient.

    weight: trained, [slots, rows, columns]: what a slot is, a derived class says.
    mask:   which synapses exist, of the same shape.
    """

    mask: Tensor

    def __init__(
        self, connectivity: Connectivity, delays: tuple[int, ...], batch_first: bool, weight: Tensor
    ) -> None:
        super().__init__(connectivity, delays, batch_first)
        self.weight = nn.Parameter(weight)
        self.register_buffer("mask", torch.ones(weight.shape, dtype=torch.bool))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Slots, rows and columns of the weights."""
        slots, rows, columns = self.weight.shape
        return slots, rows, columns

    def apply_mask(self, mask: NDArray[np.bool_]) -> None:
        """Let only the synapses of ``mask`` [slots, rows, columns] exist; the others are held at 0 from now
        on.
        """
        self.mask.copy_(torch.from_numpy(mask))
        with torch.no_grad():
            self.weight.mul_(self.mask)

    def find_kept(self) -> NDArray[np.bool_]:
        """Find the weights that exist: in the mask, and in that of torch's own pruning, if there is one."""
        found: NDArray[np.bool_] = self.mask.cpu().numpy().copy()
        kept = find_torch_mask(self)
        return found if kept is None else found & kept

    @property
    def has_room(self) -> bool:
        """Whether a synapse could be where, or with a delay with which, there is none."""
        return not bool(self.mask.all())

    @abstractmethod
    def rate_synapses(self, gradient: Tensor) -> tuple[Tensor, Tensor | None]:
        """Rate the synapses that could be, each by how fast the loss would change with its weight.

        gradient: of the loss by the kernel, [delays, rows, columns].

        Return the ratings in the shape of ``weight``, and the positions in steps at which each has that
        rating, in a shape that broadcasts to it; None where a slot has its delay for good.
        """

    def move_synapses(self, dropped: Tensor, grown: Tensor, positions: Tensor | None) -> None:
        """End the synapses ``dropped`` and begin ``grown`` with weight 0, each [synapses, 3] of slot, row and
        column.

        positions: of those that are grown, in steps, where they have such.
        """
        self.mask[tuple(dropped.T)] = False
        self.mask[tuple(grown.T)] = True
        with torch.no_grad():
            self.weight.mul_(self.mask)
            self.weight[tuple(grown.T)] = 0.0
            self._place_synapses(grown, positions)

    def _place_synapses(self, grown: Tensor, positions: Tensor | None) -> None:
        """Set the delays of new synapses."""
