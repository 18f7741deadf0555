"""Convolutions with delays."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from delaycore.errors import GraphError
from delaycore.nn._connectivity import Convolution, Grid
from delaycore.nn._delayed_layer import as_delays
from delaycore.nn._level_weights import LevelWeights

__all__ = ["DelayedConv", "as_window"]

Size = int | tuple[int, int]


def as_window(
    layer: str, grid: Grid, maps: int, kernel_size: Size, stride: Size, padding: Size
) -> Convolution:
    """Return the convolution over ``grid``; on a grid one row high, a number counts columns.

    Raises `GraphError` for a window that is larger than what it moves over.
    """

    def both(size: Size, flat: int) -> tuple[int, int]:
        return size if isinstance(size, tuple) else (size if grid.height > 1 else flat, size)

    found = Convolution(Grid(*grid), maps, both(kernel_size, 1), both(stride, 1), both(padding, 0))
    if not found.target.size:
        raise GraphError.at(
            f"{layer}.kernel_size",
            f"is {found.kernel}, larger than the grid of {grid[0]} x {grid[1]} with padding {found.padding}",
            "give a smaller kernel or more padding",
        )
    return found


class DelayedConv(LevelWeights):
    """A convolution over a row or an area of neurons, with weights of their own at every delay.

    ``I[t, p, j] = sum over k, q, i of weight[k, (i, q), j] * x[t - delays[k], p * stride + q - padding, i]``

    for position p, place q in the window, and maps i of the source and j of the target; silence beyond the
    edges.  One class serves rows (``Grid(1, width, maps)``) and areas.

    grid:        how the source neurons lie: height, width and maps, neuron ``(y * width + x) * maps + m``;
                 `output_grid` says how the targets do.
    maps:        feature maps of the target.
    kernel_size, stride, padding: a number, or (rows, columns); on a row, a number counts columns.
    delays, std, generator, batch_first: as in `DelayedLinear`.

    Input [steps, batch, grid.size], output [steps, batch, output_grid.size].

    >>> import torch
    >>> from delaycore.nn import DelayedConv, Grid
    >>> layer = DelayedConv(Grid(1, 9, 1), 2, kernel_size=3, stride=2, delays=(0, 4))
    >>> layer.output_grid
    Grid(height=1, width=4, maps=2)
    >>> layer(torch.ones(10, 5, 9)).shape
    torch.Size([10, 5, 8])
    """

    connectivity: Convolution

    def __init__(
        self,
        grid: Grid,
        maps: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        delays: int | Iterable[int] | Tensor = 0,
        *,
        std: float | None = None,
        generator: torch.Generator | None = None,
        batch_first: bool = False,
    ) -> None:
        super().__init__(
            as_window("DelayedConv", grid, maps, kernel_size, stride, padding),
            as_delays("DelayedConv.delays", delays),
            std=std,
            generator=generator,
            batch_first=batch_first,
        )

    @property
    def output_grid(self) -> Grid:
        """Positions of the target neurons."""
        return self.connectivity.target
