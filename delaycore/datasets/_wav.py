"""Reading of sound from WAV files."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import numpy.typing as npt

from delaycore.datasets._cochlea import HIGHEST_RATE, LOWEST_RATE
from delaycore.datasets._extras import require_package
from delaycore.errors import FileError, Problem

__all__ = ["read_wav"]


def read_wav(path: Path) -> tuple[npt.NDArray[np.float64], int]:
    """Return the samples of a WAV file, its tracks mixed to one, and their rate in hertz.

    Samples keep the scale of the file, since InnerEar does not depend on loudness.

    Raises `FileError` for a file that is not a whole WAV file, holds no sound, has samples that are not
    finite numbers, or a rate that no recording of sound has.
    """
    require_package("scipy", "reading WAV files")
    from scipy.io import wavfile

    def error(message: str) -> FileError:
        return FileError(Problem(str(path), message, "replace it with a whole WAV file, or remove it"))

    try:
        with open(path, "rb") as file:
            for name, size, left in _list_chunks(file, path.stat().st_size):
                if size > left:  # for which scipy takes room before it reads
                    raise ValueError(f"{name!r} has {size:,} bytes, and the file only {left:,} more")
        with warnings.catch_warnings():
            # scipy only warns of a file that ends too early; texts and markers in it do no harm.
            warnings.simplefilter("error", wavfile.WavFileWarning)
            warnings.filterwarnings("ignore", r"Chunk \(non-data\) not understood", wavfile.WavFileWarning)
            rate, samples = wavfile.read(path)
    # scipy does not check damaged headers: whatever goes wrong in there, the file is at fault.
    except Exception as fault:
        raise error(f"it cannot be read as WAV ({fault})") from fault
    with np.errstate(over="ignore", invalid="ignore"):  # what is or becomes no number is refused below
        audio = samples.astype(np.float64)
        if samples.dtype == np.uint8:
            audio -= 128  # silence, in WAV files of 8 bits
        if audio.ndim == 2:
            audio = audio.mean(axis=1)
    if not audio.size:
        raise error("it holds no sound")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise error(f"it has {rate} samples a second, not from {LOWEST_RATE} to {HIGHEST_RATE} as sound has")
    if not np.isfinite(audio).all():
        raise error("it holds samples that are no finite numbers")
    return audio, int(rate)


def _list_chunks(file: BinaryIO, length: int) -> Iterator[tuple[str, int, int]]:
    """List the chunks of a WAV file: name, size, and how many bytes of the file follow its head."""
    begin = file.read(12)
    form = begin[:4]
    order: Literal["little", "big"] = "big" if form == b"RIFX" else "little"
    end = length if form == b"RF64" else 8 + int.from_bytes(begin[4:8], order)
    at, long = 12, 0
    while at + 8 <= min(end, length):  # what follows behind the end is not read
        file.seek(at)
        head = file.read(24)
        name, size = head[:4], int.from_bytes(head[4:8], order)
        if name == b"ds64":  # of files beyond 4 GiB: the size of the chunk "data" (EBU Tech 3306)
            long = int.from_bytes(head[16:24], "little")
        elif name == b"data" and form == b"RF64":
            size = long
        at += 8
        yield name.decode("ascii", "backslashreplace"), size, length - at
        at += size + size % 2
