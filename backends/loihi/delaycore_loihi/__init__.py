"""Loihi, Intel's first neuromorphic chip of that name, as a backend of delaycore."""

from __future__ import annotations

import delaycore
from delaycore_loihi.backend import LoihiBackend

__version__ = "0.1.0"
__all__ = ["LoihiBackend", "delaycore_backend"]


@delaycore.hookimpl
def delaycore_backend() -> LoihiBackend:
    """The backend behind target ``loihi``."""
    return LoihiBackend()
