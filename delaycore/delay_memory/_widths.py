"""How wide a word of a delay memory is on a chip, and what touching it costs."""

from __future__ import annotations

from dataclasses import dataclass

from delaycore._shown import show_line

__all__ = ["Widths"]


@dataclass(frozen=True)
class Widths:
    """Words of a chip's delay memories.

    slot:   bits of a weighted sum in a ring buffer.
    event:  bits of an event in a queue, address and counter together.
    access: joules of reading or writing one word; None where no source gives it.
    source: where these numbers come from.
    """

    slot: int
    event: int
    access: float | None = None
    source: str = ""

    __repr__ = show_line
