"""Recordings as events: the data set shipped with delaycore, files in SHD layout, tonic, and sound made into spikes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from delaycore.datasets.events import EVENT_DTYPE, EventSet
from delaycore.datasets.spoken_digits import SpokenDigits

if TYPE_CHECKING:
    from delaycore.datasets.cochlea import InnerEar
    from delaycore.datasets.encode import EncodeReport, encode_folder
    from delaycore.datasets.shd import read_events, write_events
    from delaycore.datasets.split_files import find_splits
    from delaycore.datasets.splits import Splits, load_splits, read_splits
    from delaycore.datasets.tonic_sets import load_tonic, tonic_events

__all__ = [
    "EVENT_DTYPE",
    "EncodeReport",
    "EventSet",
    "InnerEar",
    "SpokenDigits",
    "Splits",
    "encode_folder",
    "find_splits",
    "load_splits",
    "load_tonic",
    "read_events",
    "read_splits",
    "tonic_events",
    "write_events",
]

_WHERE = {
    "cochlea": ("InnerEar",),
    "encode": ("EncodeReport", "encode_folder"),
    "shd": ("read_events", "write_events"),
    "split_files": ("find_splits",),
    "splits": ("Splits", "load_splits", "read_splits"),
    "tonic_sets": ("load_tonic", "tonic_events"),
}
_HOME = {name: module for module, names in _WHERE.items() for name in names}


def __getattr__(name: str) -> Any:
    # Loaded when first used: SpokenDigits needs neither h5py nor scipy nor tonic.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
