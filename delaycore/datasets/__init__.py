"""Recordings as events: the data set that ships with delaycore, files in SHD layout, data sets of tonic,
recordings of event cameras, and sound that is encoded into spikes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from delaycore._wording import describe_missing_name
from delaycore.datasets._events import EVENT_DTYPE, EventSet
from delaycore.datasets._samples import Samples, frame_events
from delaycore.datasets._spoken_digits import SpokenDigits

if TYPE_CHECKING:
    from delaycore.datasets._camera_files import read_camera
    from delaycore.datasets._camera_recording import CameraRecording
    from delaycore.datasets._cochlea import InnerEar
    from delaycore.datasets._encode import EncodeReport, encode_camera_folder, encode_folder
    from delaycore.datasets._equalize import choose_spike_counts, equalize_spikes
    from delaycore.datasets._recording_folder import holds_cameras
    from delaycore.datasets._shd import read_events, write_events
    from delaycore.datasets._split_files import find_splits
    from delaycore.datasets._splits import Splits, load_splits, read_splits
    from delaycore.datasets._tonic_sets import from_tonic, load_tonic

__all__ = [
    "CameraRecording",
    "EVENT_DTYPE",
    "EncodeReport",
    "EventSet",
    "InnerEar",
    "Samples",
    "SpokenDigits",
    "Splits",
    "choose_spike_counts",
    "encode_camera_folder",
    "encode_folder",
    "equalize_spikes",
    "find_splits",
    "frame_events",
    "from_tonic",
    "holds_cameras",
    "load_splits",
    "load_tonic",
    "read_camera",
    "read_events",
    "read_splits",
    "write_events",
]

_WHERE = {
    "_camera_files": ("read_camera",),
    "_camera_recording": ("CameraRecording",),
    "_cochlea": ("InnerEar",),
    "_encode": ("EncodeReport", "encode_camera_folder", "encode_folder"),
    "_equalize": ("choose_spike_counts", "equalize_spikes"),
    "_recording_folder": ("holds_cameras",),
    "_shd": ("read_events", "write_events"),
    "_split_files": ("find_splits",),
    "_splits": ("Splits", "load_splits", "read_splits"),
    "_tonic_sets": ("from_tonic", "load_tonic"),
}
_HOME = {name: module for module, names in _WHERE.items() for name in names}


def __getattr__(name: str) -> Any:
    # Loaded when first used: SpokenDigits needs neither h5py nor scipy nor tonic.
    if name not in _HOME:
        raise AttributeError(describe_missing_name(__name__, name, __all__))
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
