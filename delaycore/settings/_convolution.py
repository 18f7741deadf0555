"""The sections ``[[network.convolutions]]``: layers whose neurons share weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from delaycore._contradictions import relation
from delaycore._part import Count, Part
from delaycore._values import MOST

__all__ = ["ConvolutionLayer"]

Pair = tuple[int, int]


@dataclass(frozen=True)
class _Least:
    """The bound of a size for those who read about it; `_require_at_least` holds it."""

    ge: int


def _require_at_least(least: int) -> BeforeValidator:
    """Return a validator of a size: one whole number from ``least`` to `MOST`, or [rows, columns] of them."""

    def validate(size: object) -> object:
        pair = tuple(size) if isinstance(size, list | tuple) else (size, size)
        if len(pair) != 2 or not all(type(n) is int and least <= n <= MOST for n in pair):
            raise ValueError(
                f"must be a whole number from {least} to {MOST}, or two of them, [rows, columns]"
            )
        return size

    return BeforeValidator(validate)


WindowSize = Annotated[int | Pair, _require_at_least(1), _Least(1)]
PaddingSize = Annotated[int | Pair, _require_at_least(0), _Least(0)]


class ConvolutionLayer(Part):
    """A convolutional layer, which has the same weights at all positions of its window, at each delay.

    maps:    feature maps (output channels); each sees all maps or polarities of the layer before.
    kernel:  inputs that the window spans: a number, or [rows, columns].  On a grid of one row, a number
             counts columns.
    stride:  inputs from one position of the window to the next.
    padding: silent inputs beyond each edge.
    delayed: whether the layer's synapses have the delays of the network; otherwise their delay is 0.
    """

    maps: Count
    kernel: WindowSize
    stride: WindowSize = 1
    padding: PaddingSize = 0
    delayed: bool = True
    units: ClassVar[Mapping[str, str]] = {
        "maps": "maps",
        "kernel": "inputs",
        "stride": "inputs",
        "padding": "inputs",
    }

    @relation
    def _require_inputs_in_every_window(self) -> Iterator[str]:
        """Yield a sentence if a window can lie in the padding alone."""
        kernel, _, padding = self.window(height=2)
        if any(p >= k for k, p in zip(kernel, padding, strict=True)):
            yield (
                f"padding = {self.padding} lets a window of kernel = {self.kernel} see nothing but "
                "padding: give less than the kernel"
            )

    def window(self, height: int) -> tuple[Pair, Pair, Pair]:
        """Return kernel, stride and padding in rows and columns, on a grid of ``height`` rows."""

        def expand(size: int | Pair, in_one_row: int) -> Pair:
            return size if isinstance(size, tuple) else (size if height > 1 else in_one_row, size)

        return expand(self.kernel, 1), expand(self.stride, 1), expand(self.padding, 0)
