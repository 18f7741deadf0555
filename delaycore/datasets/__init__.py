"""Recordings as events: the data set shipped with delaycore, files in SHD layout, and sound made into spikes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from delaycore.datasets.events import EVENT_DTYPE, EventSet

if TYPE_CHECKING:
    from delaycore.datasets.cochlea import InnerEar
    from delaycore.datasets.shd import read_events, write_events

__all__ = ["EVENT_DTYPE", "EventSet", "InnerEar", "read_events", "write_events"]

# Loaded when first asked for: they take h5py, scipy or tonic, or time.
_LAZY = {"InnerEar": "cochlea", "read_events": "shd", "write_events": "shd"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
