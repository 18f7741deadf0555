"""What people write: settings and workloads in TOML, and sounds; and packed data that the package holds."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

import delaycore as dc
from delaycore import pricing
from delaycore.datasets import InnerEar
from delaycore.datasets._packing import read_packed, write_packed
from delaycore.datasets._wav import read_wav
from delaycore.pricing import save_spikes
from delaycore.settings import Settings
from tests.fuzz.files import GUARDED, OPEN, make_file_kind
from tests.fuzz.hdf5_files import draw_events
from tests.fuzz.judging import Kind
from tests.fuzz.mutated_bytes import Rng, mutate_bytes, pick
from tests.fuzz.mutated_text import mutate_toml

__all__ = ["WORKLOADS", "make_packed", "make_settings", "make_sounds", "make_workloads"]

_BUDGETED = b"""
targets = ["loihi", "seneca"]
[network]
hidden = [8]
delays = { mode = "continuous_synapse", max_delay = 20, synapses_per_pair = 2 }
[budget]
target = "loihi"
energy = 2e-5
options = { cores = 1 }
"""


def make_settings(name: str, folder: Path) -> Kind:
    """Make the kind of settings of a run: those of the package, and one with a budget."""
    shipped = resources.files("delaycore") / "experiment" / "configs"
    originals = [file.read_bytes() for file in shipped.iterdir() if file.name.endswith(".toml")]
    return make_file_kind(
        name, folder / "changed.toml", [*sorted(originals), _BUDGETED], mutate_toml, Settings.load, OPEN
    )


WORKLOADS = (
    b"""
steps = 16
samples = 2
layers = [
    {name = "in", size = 7, spikes = 60},
    {name = "h", size = 4, spikes = 5, delays = { levels = 6, stride = 2, keep = 2 }, fan_in = 3},
    {name = "out", size = 2},
]
projections = [{source = "h", target = "h", delays = { first = 1 }}]
[placement]
h = [[0, 2, 0], [2, 4, 1]]
out = 1
[options.loihi]
costs = "nahuku"
""",
    b"""
model = "model.safetensors"
steps = 16
[spikes]
in = 20
h1 = 10
""",
    b"""
model = "model.safetensors"
recorded = "spikes.safetensors"
""",
)


def make_workloads(name: str, folder: Path) -> Kind:
    """Make the kind of workloads of `price`, which are then priced."""
    graph = dc.Graph.from_arrays([np.ones((3, 2)), np.ones((2, 2))], delays=[1, 2])
    graph.save(folder / "model.safetensors")
    rng = np.random.default_rng(0)
    save_spikes(
        folder / "spikes.safetensors",
        {"in": rng.random((2, 16, 3)) < 0.3, "h1": rng.random((2, 16, 2)) < 0.3},
    )

    def read(path: Path) -> Any:
        workload, options = pricing.load(path, "loihi")
        estimate = dc.price(workload, "loihi", **options)
        return estimate.cost.to_dict(), dict(workload.spikes)

    return make_file_kind(name, folder / "changed.toml", WORKLOADS, mutate_toml, read, OPEN)


def make_packed(name: str, folder: Path) -> Kind:
    """Make the kind of data that ships with the package."""
    path = folder / "packed.npz"
    events = draw_events(0)
    steps = replace(events, times=events.times // 500 * 500, speakers=abs(events.speakers))
    write_packed(path, {"train": steps, "test": steps.select([0])})
    read = partial(read_packed, split="train", name="packed")
    return make_file_kind(name, path, [path.read_bytes()], mutate_bytes, read, GUARDED)


def make_sounds(name: str, folder: Path) -> Kind:
    """Make the kind of WAV files, which the model of the inner ear then hears."""
    ear = InnerEar()

    def read(path: Path) -> Any:
        return ear.encode(*read_wav(path))

    return make_file_kind(name, folder / "changed.wav", list(_make_sounds()), _mutate_sound, read, OPEN)


def _make_sounds() -> list[bytes]:
    """Sounds of some hundred samples, of all widths, of one and two tracks, and in floating point."""
    from scipy.io import wavfile

    sound = np.sin(np.arange(600) * 0.3) * 0.5
    made = []
    for width, tracks in ((1, 1), (2, 1), (2, 2), (3, 1), (4, 1)):
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(tracks)
            file.setsampwidth(width)
            file.setframerate(16_000)
            whole = (sound * 2 ** (8 * width - 1)).astype(np.int64) + (128 if width == 1 else 0)
            file.writeframes(b"".join(int(v % 2 ** (8 * width)).to_bytes(width, "little") for v in whole))
        made.append(out.getvalue())
    for kind in (np.float32, np.float64):
        out = io.BytesIO()
        wavfile.write(out, 8_000, sound.astype(kind))
        made.append(out.getvalue())
    return made


_SIZES = (0, 1, 2, 3, 7, 16, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 44_100, 8_000, 192_000)


def _mutate_sound(rng: Rng, data: bytes) -> bytes:
    """Change the bytes, or a number of the header, which has fields of 2 and 4 bytes."""
    if rng.random() < 0.5:
        return mutate_bytes(rng, data)
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 3))):
        at, size = 2 * int(rng.integers(0, 30)), int(rng.choice([2, 4]))
        number = pick(rng, _SIZES)
        assert isinstance(number, int)
        changed[at : at + size] = (number % 2 ** (8 * size)).to_bytes(size, "little")
    return bytes(changed)
