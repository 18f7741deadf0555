"""Synapses whose delays are trained as positions on the axis of time (DCLS, arXiv 2306.17670)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from delaycore.graph import Format
from delaycore.hardware import Losses
from delaycore.training.rounding import rounded
from delaycore.training.synapses.levels import Synapses
from delaycore.training.synapses.wiring import Wiring

__all__ = ["INTERPOLATIONS", "Positions"]


def _gaussian(distance: Tensor, width: float) -> Tensor:
    """``exp(-(x / width) ** 2 / 2)``, divided by its sum over delays; as a softmax, it stands narrow
    widths.
    """
    return (-0.5 * (distance / width) ** 2).softmax(dim=0)


def _triangle(distance: Tensor, width: float) -> Tensor:
    """``max(0, 1 - |x| / width)``, divided by its sum over delays; of width 1 and below, linear interpolation
    between two steps.
    """
    share = (1 - distance.abs() / max(1.0, width)).clamp(min=0)
    return share / share.sum(dim=0, keepdim=True)


INTERPOLATIONS: dict[str, Callable[[Tensor, float], Tensor]] = {"gaussian": _gaussian, "triangle": _triangle}


class Positions(Synapses):
    """Synapses whose trained delay is a real number, spread over the whole steps around it.

    weight:   [slots, rows, columns], so many synapses for every pair.
    position: delays in steps, [slots, rows, columns] for one per synapse, or [slots, axons, 1] for one per
              axon.
    shape:    the interpolation, of `INTERPOLATIONS`; width: of it in steps, at the start of a training and at
              its end; between the two it shrinks exponentially.

    Evaluation mode rounds positions by `Format.round`, to the nearest step.  Synapses of one pair that meet
    there are one synapse, whose weight is the sum.
    """

    def __init__(
        self,
        source: str,
        target: str,
        delays: tuple[int, ...],
        weight: Tensor,
        position: Tensor,
        shape: Callable[[Tensor, float], Tensor],
        width: tuple[float, float],
        wiring: Wiring,
    ) -> None:
        super().__init__(source, target, delays, wiring)
        self.weight, self.position = nn.Parameter(weight), nn.Parameter(position)
        self.shape, self.widths, self.width = shape, width, width[0]
        self.steps = Format(family="fixed", step=1, minimum=delays[0], maximum=delays[-1])

    def kernel(self, number: Format | None) -> Tensor:
        if not self.training:
            merged = (self._at_step() * self.weight).sum(dim=1)
            return merged if number is None else rounded(merged, number)
        weight = self.weight if number is None else rounded(self.weight, number)
        share = self.shape(self._axis() - self.position, self.width)
        if self.position.shape == weight.shape:
            return (share * weight).sum(dim=1)
        # one position for all targets of an axon: a small matrix product for each, nothing of the
        # size [delays, slots, rows, columns]
        return torch.einsum("dsi,sij->dij", self._of_rows(share)[..., 0], weight)

    def exists(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (
            self._at_step().bool().any(dim=1).expand(-1, *self.weight.shape[1:]).cpu().numpy().copy()
        )
        return found

    def positions(self) -> list[nn.Parameter]:
        return [self.position]

    def within_reach(self) -> None:
        with torch.no_grad():
            self.position.clamp_(self.delays[0], self.delays[-1])

    def narrow(self, progress: float) -> None:
        first, last = self.widths
        self.width = first * (last / first) ** progress

    def losses(self) -> Losses:
        before = self.position.detach().double().cpu().numpy()
        lost = Losses.of(
            "delay", "rounded", f"{self.place}.delay", before, self.steps.round(before), unit="steps"
        )
        synapses, left = self.count(np.ones(self.weight.shape, dtype=np.bool_)), self.count(self.exists())
        return (
            super().losses()
            + lost
            + Losses.removed(
                "synapse",
                "merged",
                self.place,
                synapses - left,
                synapses,
                detail="same pair and delay, weights added",
            )
        )

    def _axis(self) -> Tensor:
        return self.position.new_tensor(self.delays).view(-1, 1, 1, 1)

    def _at_step(self) -> Tensor:
        """1 at the rounded delay of every synapse, else 0, [delays, slots, rows, columns or 1]."""
        whole = torch.from_numpy(self.steps.round(self.position.detach().cpu().numpy())).to(self.position)
        return self._of_rows((self._axis() == whole).to(self.weight.dtype))

    def _of_rows(self, positions: Tensor) -> Tensor:
        """What ``positions`` [delays, slots, rows or axons, ...] say, for every row."""
        return positions.repeat_interleave(self.wiring.rows // positions.shape[2], dim=2)
