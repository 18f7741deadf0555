"""Trainable synapses of one projection, with delays that are learned by weight or by position.

However delays are learned, a forward pass sees one thing: a kernel [delays, rows, columns], a weight at every
delay of ``delays``.  A `Wiring` says which neurons its rows and columns are.  What is exported is the kernel
of evaluation mode, so it is what was validated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from delaycore.errors import GraphError
from delaycore.graph import Format, Projection
from delaycore.hardware import Losses
from delaycore.training.delivery.delayed import Deliver, delayed
from delaycore.training.rounding import rounded
from delaycore.training.synapses.wiring import Wiring

__all__ = ["Levels", "Synapses"]


class Synapses(nn.Module, ABC):
    """Synapses from population ``source`` to ``target``.

    delays: in steps, ascending: those at which a kernel has an entry.
    wiring: which neurons the entries of a kernel join.
    weight: trained, [..., rows, columns].
    """

    weight: nn.Parameter

    def __init__(self, source: str, target: str, delays: tuple[int, ...], wiring: Wiring) -> None:
        super().__init__()
        self.source, self.target, self.delays, self.wiring = source, target, delays, wiring

    @property
    def name(self) -> str:
        """That of the projection in the Graph."""
        return f"{self.source}->{self.target}"

    @property
    def place(self) -> str:
        """How losses and errors name the projection."""
        return f"projections[{self.name!r}]"

    @abstractmethod
    def kernel(self, number: Format | None) -> Tensor:
        """Weights as a forward pass uses them, [delays, rows, columns]; as ``number`` holds them, if that is
        given.
        """

    @abstractmethod
    def exists(self) -> NDArray[np.bool_]:
        """Which entries of the kernel of evaluation mode are synapses, [delays, rows, columns]."""

    def count(self, entries: NDArray[np.bool_]) -> int:
        """Synapses for which ``entries`` [..., rows, columns] stand."""
        return int(self.wiring.copies @ entries.sum(axis=-1).reshape(-1, self.wiring.rows).sum(axis=0))

    def current(self, spikes: Tensor, number: Format | None, deliver: Deliver = delayed) -> Tensor:
        """Input of the target neurons, [steps, samples, targets], from ``spikes`` [steps, samples, sources],
        which ``deliver`` brings there.
        """
        return self.wiring.gathered(
            deliver(self.wiring.seen(spikes), self.kernel(number), self.delays), spikes.shape[1]
        )

    def positions(self) -> list[nn.Parameter]:
        """Trained delays, if there are any."""
        return []

    def within_reach(self) -> None:
        """Bring trained delays that a step of the optimiser moved too far back into the range of
        ``delays``.
        """

    def narrow(self, progress: float) -> None:
        """Set what changes over a training, of which ``progress`` in [0, 1] is done."""

    def losses(self) -> Losses:
        """What evaluation mode, and so the export, alters in what is trained; and the source neurons that no
        window reaches.
        """
        unseen, sources = self.wiring.unseen
        return Losses.removed(
            "neuron",
            "dropped",
            f"populations[{self.source!r}]",
            unseen,
            sources,
            detail=f"no window of {self.place} reaches them",
        )

    def to_projection(self, number: Format | None) -> Projection:
        """The projection of the Graph: every synapse that exists, in evaluation mode."""
        mode = self.training
        with torch.no_grad():
            kernel = self.eval().kernel(number).double().cpu().numpy()
        self.train(mode)
        level, row, column = np.nonzero(self.exists())
        entry, pre, post = self.wiring.synapses(row, column)
        return Projection(
            self.source,
            self.target,
            pre,
            post,
            kernel[level, row, column][entry],
            np.asarray(self.delays)[level][entry],
        )


class Levels(Synapses):
    """A weight of its own at every delay level, as parallel synapses (arXiv 2404.10597); those that are
    masked out are held at 0.

    A masked synapse is exactly 0 in every forward pass, and gets no gradient.
    """

    mask: Tensor

    def __init__(
        self, source: str, target: str, delays: tuple[int, ...], weight: Tensor, wiring: Wiring
    ) -> None:
        super().__init__(source, target, delays, wiring)
        self.weight = nn.Parameter(weight)
        self.register_buffer("mask", torch.ones(weight.shape, dtype=torch.bool))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Delay levels, rows and columns of the kernel."""
        levels, rows, columns = self.weight.shape
        return levels, rows, columns

    def kernel(self, number: Format | None) -> Tensor:
        weight = self.weight * self.mask
        return weight if number is None else rounded(weight, number)

    def exists(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.mask.cpu().numpy().copy()
        return found

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Let only the synapses of ``mask`` [delays, rows, columns] exist; the others are held at 0 from now
        on.
        """
        self.mask.copy_(torch.from_numpy(mask))
        with torch.no_grad():
            self.weight.mul_(self.mask)

    def take(self, projection: Projection) -> None:
        """Set weights and mask to a projection whose delays are all among the levels, one synapse per pair
        and delay.

        Raises `GraphError` if the projection joins other neurons, or if synapses that share a weight do not
        agree.
        """
        level = np.searchsorted(self.delays, projection.delay)
        row, column = self.wiring.entries(projection.pre, projection.post)
        weight, mask = np.zeros(self.weight.shape), np.zeros(self.weight.shape, dtype=np.bool_)
        weight[level, row, column] = projection.weight
        mask[level, row, column] = True
        if (
            (row < 0).any()
            or (weight[level, row, column] != projection.weight).any()
            or self.count(mask) != len(projection)
        ):
            raise GraphError.at(
                self.place,
                "does not hold the same weights at every position of its window",
                "give a graph that a convolution made",
            )
        with torch.no_grad():
            self.weight.copy_(torch.from_numpy(weight))
        self.keep(mask)
