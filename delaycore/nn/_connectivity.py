"""Which neurons the entries of a kernel join: every pair by a weight of its own, or a window at all its
places by the same ones.

A kernel is [delays, rows, columns].  In a full projection its rows are the source neurons and its columns the
targets.  In a convolution a row is one place of a window in one map of the source, a column a map of the
target: every entry stands for a synapse at each position of the window.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from delaycore._shown import show_line

__all__ = ["Connectivity", "Convolution", "Dense", "Grid"]

Index = NDArray[np.int64]


class Grid(NamedTuple):
    """Positions of the neurons of a population: neuron ``(y * width + x) * maps + m`` at row y and column x,
    in map m.

    The channels of a cochlea are a sheet of height 1 with one map, the pixels of an event camera one with a
    map per polarity.
    """

    height: int
    width: int
    maps: int

    def __repr__(self) -> str:
        return show_line(self)

    @property
    def size(self) -> int:
        """Neurons."""
        return self.height * self.width * self.maps


class Connectivity(ABC):
    """Which neurons the entries of a kernel join.

    rows, columns: of a kernel.
    axons:         how many kinds of source neurons it tells apart, each with as many of the rows, one kind
                   after the other.
    """

    rows: int
    columns: int
    axons: int

    @property
    @abstractmethod
    def sources(self) -> int:
        """Source neurons."""

    @property
    @abstractmethod
    def targets(self) -> int:
        """Target neurons."""

    @property
    @abstractmethod
    def copies(self) -> Index:
        """Synapses for which each entry of a row stands, [rows]."""

    @property
    @abstractmethod
    def unreached(self) -> tuple[int, int]:
        """Source neurons that no entry joins to a target, and of how many."""

    @abstractmethod
    def unfold(self, spikes: Tensor) -> Tensor:
        """Return what the rows see of ``spikes`` [..., batch, sources]: [..., batch times positions,
        rows].
        """

    @abstractmethod
    def fold(self, current: Tensor, batch: int) -> Tensor:
        """Return what the columns get, ``current`` [..., batch times positions, columns], by target neuron,
        [..., batch, targets].
        """

    @abstractmethod
    def synapses(self, row: Index, column: Index) -> tuple[Index, Index, Index]:
        """Return the synapses for which entries stand: whose they are, as indices of ``row`` and ``column``
        [entries]; their sources; their targets.
        """

    @abstractmethod
    def entries(self, pre: Index, post: Index) -> tuple[Index, Index]:
        """Return row and column of the entry for each synapse; a row of -1 where none joins the two."""


@dataclass(frozen=True)
class Dense(Connectivity):
    """Connections from each of ``rows`` neurons to each of ``columns``."""

    rows: int
    columns: int

    __repr__ = show_line

    @property
    def axons(self) -> int:  # type: ignore[override]  # a property here, a field elsewhere
        return self.rows

    @property
    def sources(self) -> int:
        return self.rows

    @property
    def targets(self) -> int:
        return self.columns

    @property
    def copies(self) -> Index:
        return np.ones(self.rows, dtype=np.int64)

    @property
    def unreached(self) -> tuple[int, int]:
        return 0, self.rows

    def unfold(self, spikes: Tensor) -> Tensor:
        return spikes

    def fold(self, current: Tensor, batch: int) -> Tensor:
        return current

    def synapses(self, row: Index, column: Index) -> tuple[Index, Index, Index]:
        return np.arange(len(row)), row, column

    def entries(self, pre: Index, post: Index) -> tuple[Index, Index]:
        return pre, post


@dataclass(frozen=True)
class Convolution(Connectivity):
    """A window of ``kernel`` (rows, columns) that moves over ``source`` by ``stride``, beyond its edges by
    ``padding``; onto ``maps`` maps.

    What lies beyond an edge is silent.  A target's map sees all maps of the source.
    """

    source: Grid
    maps: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]

    __repr__ = show_line

    @property
    def target(self) -> Grid:
        """Positions of the target neurons; none where the window is larger than what it moves over."""
        room = (n + 2 * p - k for n, p, k in zip(self.source[:2], self.padding, self.kernel, strict=True))
        height, width = (max(0, r // s + 1) for r, s in zip(room, self.stride, strict=True))
        return Grid(height, width, self.maps)

    @property
    def rows(self) -> int:  # type: ignore[override]  # a property here, a field elsewhere
        return self.source.maps * self.kernel[0] * self.kernel[1]

    @property
    def columns(self) -> int:  # type: ignore[override]  # a property here, a field elsewhere
        return self.maps

    @property
    def axons(self) -> int:  # type: ignore[override]  # a property here, a field elsewhere
        return self.source.maps

    @property
    def sources(self) -> int:
        return self.source.size

    @property
    def targets(self) -> int:
        return self.target.size

    @cached_property
    def windows(self) -> Index:
        """The source neuron of every row at every position, [positions, rows]; -1 beyond an edge."""
        height, width, maps = self.source
        y, x = (
            np.arange(n)[:, None] * s - p + np.arange(k)  # [positions, places in the window]
            for n, s, p, k in zip(self.target[:2], self.stride, self.padding, self.kernel, strict=True)
        )
        rows, columns, m = (
            y[:, None, None, :, None],
            x[None, :, None, None, :],
            np.arange(maps)[:, None, None],
        )
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        found = np.where(inside, (rows * width + columns) * maps + m, -1)
        return found.reshape(-1, self.rows)

    @property
    def copies(self) -> Index:
        y, x = map(_count_positions, *self._axes)
        return np.tile((y[:, None] * x).ravel(), self.source.maps)

    @property
    def unreached(self) -> tuple[int, int]:
        y, x = map(_count_reached, *self._axes)
        return self.source.size - y * x * self.source.maps, self.source.size

    @property
    def _axes(self) -> tuple[tuple[int, int], ...]:
        """Along rows and along columns: neurons, positions of the window, its size, stride and padding.  What
        a window sees is the product of both, so that sizes are known before it is expanded.
        """
        return self.source[:2], self.target[:2], self.kernel, self.stride, self.padding

    def unfold(self, spikes: Tensor) -> Tensor:
        up, left = self.padding
        grid = functional.pad(spikes.reshape(-1, *self.source), (0, 0, left, left, up, up))
        windows = grid.unfold(1, self.kernel[0], self.stride[0]).unfold(2, self.kernel[1], self.stride[1])
        return windows.reshape(*spikes.shape[:-2], -1, self.rows)

    def fold(self, current: Tensor, batch: int) -> Tensor:
        return current.reshape(*current.shape[:-2], batch, -1)

    def synapses(self, row: Index, column: Index) -> tuple[Index, Index, Index]:
        source = self.windows[:, row]
        position, entry = np.nonzero(source >= 0)
        return entry, source[position, entry], position * self.maps + column[entry]

    def entries(self, pre: Index, post: Index) -> tuple[Index, Index]:
        position, column = np.divmod(post, self.maps)
        place, m = np.divmod(pre, self.source.maps)
        y, x = (
            at + p - s * window
            for at, p, s, window in zip(
                np.divmod(place, self.source.width),
                self.padding,
                self.stride,
                np.divmod(position, self.target.width),
                strict=True,
            )
        )
        inside = (y >= 0) & (y < self.kernel[0]) & (x >= 0) & (x < self.kernel[1])
        return np.where(inside, (m * self.kernel[0] + y) * self.kernel[1] + x, -1), column


def _count_positions(size: int, positions: int, kernel: int, stride: int, padding: int) -> Index:
    """Return at how many positions each place of a window lies on an axis of ``size`` neurons, [kernel]."""
    beyond = padding - np.arange(kernel)  # steps from a place at the first position to the first neuron
    first = np.maximum(-(-beyond // stride), 0)
    last = np.minimum((size - 1 + beyond) // stride, positions - 1)
    return np.asarray(np.maximum(last - first + 1, 0))


def _count_reached(size: int, positions: int, kernel: int, stride: int, padding: int) -> int:
    """Return how many of the ``size`` neurons of an axis a window sees at any of its positions."""
    starts = np.arange(positions) * stride - padding
    if stride < kernel:  # windows overlap, so that they leave no gap
        starts, kernel = starts[:1], kernel + (positions - 1) * stride
    seen = np.minimum(starts + kernel, size) - np.maximum(starts, 0)
    return int(np.maximum(seen, 0).sum())
