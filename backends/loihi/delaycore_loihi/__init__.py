"""Loihi, Intel's first neuromorphic chip of that name, as a backend of delaycore.

The folders are the pipeline: `numbers` moves a network onto the chip's registers, `mapping` places it and
writes the memories, `machine` runs them, and `cost` prices what happened.
"""

from __future__ import annotations

import delaycore
from delaycore_loihi.backend import LoihiBackend
from delaycore_loihi.mapping import draw_floor_plan
from delaycore_loihi.numbers import ARITHMETIC
from delaycore_loihi.options import Options

__version__ = "0.1.0"
__all__ = ["ARITHMETIC", "LoihiBackend", "Options", "delaycore_backend", "draw_floor_plan"]


@delaycore.hookimpl
def delaycore_backend() -> LoihiBackend:
    """Return the backend of target ``loihi``."""
    return LoihiBackend()
