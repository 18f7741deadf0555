"""Synapses whose delays are trained as positions on the axis of time (DCLS, arXiv 2306.17670)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from delaycore._values import MOST, is_whole
from delaycore._wording import guess_meant
from delaycore.errors import GraphError, Problem
from delaycore.graph import Format
from delaycore.hardware import Losses
from delaycore.memory import describe_need
from delaycore.nn._connectivity import Connectivity, Convolution, Dense, Grid
from delaycore.nn._delayed_conv import Size, as_window
from delaycore.nn._level_weights import first_weights
from delaycore.nn._masked_layer import MaskedLayer
from delaycore.nn.functional import fake_quantize

__all__ = ["INTERPOLATIONS", "DCLSConv", "DCLSLinear", "PositionWeights"]

Per = Literal["synapse", "axon"]


def _gaussian(distance: Tensor, width: float) -> Tensor:
    """Compute ``exp(-(x / width) ** 2 / 2)``, divided by its sum over delays; as a softmax, it stays finite
    for narrow widths.
    """
    return (-0.5 * (distance / width) ** 2).softmax(dim=0)


def _triangle(distance: Tensor, width: float) -> Tensor:
    """Compute ``max(0, 1 - |x| / width)``, divided by its sum over delays; of width 1 and below, linear
    interpolation between two steps.
    """
    share = (1 - distance.abs() / max(1.0, width)).clamp(min=0)
    return share / share.sum(dim=0, keepdim=True)


INTERPOLATIONS: dict[str, Callable[[Tensor, float], Tensor]] = {"gaussian": _gaussian, "triangle": _triangle}
"""Functions, by name, that share a position between two steps among the steps around it."""


class PositionWeights(MaskedLayer):
    """Synapses whose trained delay is a real number, spread over the whole steps around it.

    weight:   [count, rows, columns]: so many synapses for every pair, of which a mask may leave out some.
    position: delays in steps, [count, rows, columns] for one per synapse, or [count, axons, 1] for one per
              axon.

    Evaluation mode rounds positions by `Format.round`, to the nearest step.  Synapses of one pair that meet
    there are one synapse, whose weight is the sum.
    """

    def __init__(
        self,
        connectivity: Connectivity,
        delays: tuple[int, int],
        *,
        count: int = 1,
        per: Per = "synapse",
        width: tuple[float, float] = (8.0, 0.25),
        interpolation: str = "gaussian",
        std: float | None = None,
        generator: torch.Generator | None = None,
        batch_first: bool = False,
    ) -> None:
        GraphError.collect(_problems(type(self).__name__, delays, per, width, interpolation, count))
        first, last = delays
        if need := describe_need(count * connectivity.rows * connectivity.columns, "weights", 4):
            raise GraphError.at(type(self).__name__, f"has {need}", "use fewer neurons or synapses")
        rows, columns = connectivity.rows, connectivity.columns
        each = (rows, columns) if per == "synapse" else (connectivity.axons, 1)
        weight = first_weights((count, rows, columns), std, count * rows, generator)
        super().__init__(connectivity, tuple(range(first, last + 1)), batch_first, weight)
        spread = torch.rand(count, *each, generator=generator)
        self.position = nn.Parameter(first + spread * (last - first))  # evenly at random, as in DCLS
        self.interpolation, self.widths, self.width = interpolation, width, width[0]
        self._steps = Format(family="fixed", step=1, minimum=first, maximum=last)

    def kernel(self, number: Format | None = None) -> Tensor:
        """Return the weights spread over the steps around their positions; in evaluation mode, at the nearest
        step.
        """
        if not self.training:
            merged = (self._at_step() * (self.weight * self.mask)).sum(dim=1)
            return merged if number is None else fake_quantize(merged, number)
        weight = self.weight * self.mask
        weight = weight if number is None else fake_quantize(weight, number)
        share = INTERPOLATIONS[self.interpolation](self._axis() - self.position, self.width)
        if self.position.shape == weight.shape:
            return (share * weight).sum(dim=1)
        # one position for all targets of an axon: a small matrix product for each, nothing of the
        # size [delays, count, rows, columns]
        return torch.einsum("dsi,sij->dij", self._repeat_axons(share)[..., 0], weight)

    def exists(self) -> NDArray[np.bool_]:
        there = self._at_step().bool().expand(-1, *self.weight.shape).cpu().numpy()
        return np.asarray((there & self.find_kept()).any(axis=1))

    def positions(self) -> list[nn.Parameter]:
        return [self.position]

    def clamp_delays(self) -> None:
        with torch.no_grad():
            self.position.clamp_(self.delays[0], self.delays[-1])

    def anneal(self, progress: float) -> None:
        """Set the width of the interpolation, which shrinks exponentially from the first to the last."""
        super().anneal(progress)
        first, last = self.widths
        self.width = first * (last / first) ** progress

    @property
    def has_room(self) -> bool:
        return self.position.shape == self.weight.shape or super().has_room

    def rate_synapses(self, gradient: Tensor) -> tuple[Tensor, Tensor | None]:
        size = gradient.abs()
        if self.position.shape == self.weight.shape:
            rating, level = size.topk(min(len(self.weight), len(size)), dim=0)  # a delay for each of a pair
            missing = len(self.weight) - len(rating)
            rating, level = (torch.cat([x, x[-1:].repeat(missing, 1, 1)]) for x in (rating, level))
            return rating, self.position.new_tensor(self.delays)[level]
        level = (self.position.detach().round() - self.delays[0]).long()
        rows = self._repeat_axons(level[None])[0].expand_as(self.weight)
        return size.gather(0, rows), None

    def _place_synapses(self, grown: Tensor, positions: Tensor | None) -> None:
        if positions is not None:
            self.position[tuple(grown.T)] = positions

    def losses(self, place: str, source: str) -> Losses:
        before = self.position.detach().double().cpu().numpy()
        if before.shape == self.weight.shape:
            before = before[self.find_kept()]
        lost = Losses.of(
            "delay", "rounded", f"{place}.delay", before, self._steps.round(before), unit="steps"
        )
        synapses = self.count_synapses(self.find_kept())
        return (
            super().losses(place, source)
            + lost
            + Losses.counted(
                "synapse",
                "merged",
                place,
                synapses - self.synapses,
                synapses,
                detail="same pair and delay, weights added",
            )
        )

    def extra_repr(self) -> str:
        count = self.weight.shape[0]
        per = "synapse" if self.position.shape == self.weight.shape else "axon"
        return f"{super().extra_repr()}, count={count}, per={per!r}, interpolation={self.interpolation!r}"

    def _axis(self) -> Tensor:
        return self.position.new_tensor(self.delays).view(-1, 1, 1, 1)

    def _at_step(self) -> Tensor:
        """Return 1 at the rounded delay of every synapse, else 0, [delays, count, rows, columns or 1]."""
        given = self.position.detach().cpu().double().numpy()
        if not np.isfinite(given).all():
            raise GraphError.at(
                f"{type(self).__name__}.position",
                "holds numbers that are not finite",
                "the training diverged: lower the learning rate of the positions",
            )
        whole = torch.from_numpy(self._steps.round(given))
        return self._repeat_axons((self._axis() == whole.to(self.position)).to(self.weight.dtype))

    def _repeat_axons(self, positions: Tensor) -> Tensor:
        """Return what ``positions`` [delays, count, rows or axons, ...] say, for every row."""
        return positions.repeat_interleave(self.connectivity.rows // positions.shape[2], dim=2)


def _problems(
    layer: str, delays: tuple[int, int], per: str, width: tuple[float, float], interpolation: str, count: int
) -> list[Problem]:
    found = []
    for name, delay in zip(("min_delay", "max_delay"), delays, strict=True):
        if not is_whole(delay):
            found.append(Problem(f"{layer}.{name}", f"must be a whole number of steps, not {delay!r:.80}"))
    if not found and not 0 <= delays[0] <= delays[1] <= MOST:
        least, said = max(0, delays[0]), f"{delays[1]!r:.80}"
        found.append(
            Problem(f"{layer}.max_delay", f"must be at least {least} and at most {MOST}, not {said}")
        )
    if per not in ("synapse", "axon"):
        found.append(Problem(f"{layer}.per", f"must be 'synapse' or 'axon', not {per!r}"))
    if not width[0] >= width[1] > 0:
        found.append(
            Problem(
                f"{layer}.width",
                f"must be (first, last), shrinking and positive, not {width}",
                "give (8, 0.25)",
            )
        )
    if interpolation not in INTERPOLATIONS:
        found.append(
            Problem(
                f"{layer}.interpolation",
                f"unknown: {interpolation!r}",
                f"{guess_meant(interpolation, INTERPOLATIONS)}give one of {', '.join(INTERPOLATIONS)}",
            )
        )
    if not is_whole(count) or not 1 <= count <= MOST:
        found.append(Problem(f"{layer}.count", f"must be from 1 to {MOST}, not {count!r:.80}"))
    return found


class DCLSLinear(PositionWeights):
    """A linear layer with trained real delays: dilated convolution with learnable spacings (arXiv
    2306.17670).

    ``I[t, j] = sum over c, i of weight[c, i, j] * sum over d of g(d - position[c, i, j]) * x[t - d, i]``

    where g, the interpolation, sums to 1 over the delays from ``min_delay`` to ``max_delay``.  Call
    `anneal` with the progress of the training before every epoch: its width shrinks.  Call `clamp_delays`
    after every step of the optimiser.  Evaluation mode rounds positions to whole steps.

    in_features, out_features: source and target neurons.
    max_delay, min_delay: in steps, both included.
    count:         synapses of every pair.
    per:           a position per ``"synapse"``, or one per ``"axon"`` that all targets of a neuron share.
    width:         of the interpolation in steps, when training begins and when it ends.
    interpolation: ``"gaussian"`` or ``"triangle"``.
    std, generator, batch_first: as in `DelayedLinear`.

    Input [steps, batch, in_features], output [steps, batch, out_features].

    >>> import torch
    >>> from delaycore.nn import DCLSLinear
    >>> layer = DCLSLinear(3, 2, max_delay=25, per="axon")
    >>> layer(torch.ones(40, 4, 3)).shape
    torch.Size([40, 4, 2])
    >>> layer.position.shape
    torch.Size([1, 3, 1])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        max_delay: int,
        *,
        min_delay: int = 0,
        count: int = 1,
        per: Per = "synapse",
        width: tuple[float, float] = (8.0, 0.25),
        interpolation: str = "gaussian",
        std: float | None = None,
        generator: torch.Generator | None = None,
        batch_first: bool = False,
    ) -> None:
        super().__init__(
            Dense(in_features, out_features),
            (min_delay, max_delay),
            count=count,
            per=per,
            width=width,
            interpolation=interpolation,
            std=std,
            generator=generator,
            batch_first=batch_first,
        )


class DCLSConv(PositionWeights):
    """`DelayedConv` with trained real delays instead of a weight per level; see `DCLSLinear`.

    grid, maps, kernel_size, stride, padding: as in `DelayedConv`; the others as in `DCLSLinear`.  An axon is
    a map of the source: all its neurons share their delays.

    >>> import torch
    >>> from delaycore.nn import DCLSConv, Grid
    >>> DCLSConv(Grid(1, 9, 1), 2, kernel_size=3, max_delay=5)(torch.ones(10, 4, 9)).shape
    torch.Size([10, 4, 14])
    """

    def __init__(
        self,
        grid: Grid,
        maps: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        *,
        max_delay: int,
        min_delay: int = 0,
        count: int = 1,
        per: Per = "synapse",
        width: tuple[float, float] = (8.0, 0.25),
        interpolation: str = "gaussian",
        std: float | None = None,
        generator: torch.Generator | None = None,
        batch_first: bool = False,
    ) -> None:
        super().__init__(
            as_window("DCLSConv", grid, maps, kernel_size, stride, padding),
            (min_delay, max_delay),
            count=count,
            per=per,
            width=width,
            interpolation=interpolation,
            std=std,
            generator=generator,
            batch_first=batch_first,
        )

    @property
    def output_grid(self) -> Grid:
        """Positions of the target neurons."""
        assert isinstance(self.connectivity, Convolution)  # as made above
        return self.connectivity.target
