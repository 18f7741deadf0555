"""Reading of sound from WAV files."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

from delaycore.datasets._cochlea import HIGHEST_RATE
from delaycore.datasets._extras import require_package
from delaycore.errors import FileError, Problem

__all__ = ["read_wav"]


def read_wav(path: Path) -> tuple[npt.NDArray[np.float64], int]:
    """Return the samples of a WAV file, its tracks mixed to one, and their rate in hertz.

    Samples keep the scale of the file, since InnerEar does not depend on loudness.

    Raises `FileError` for a file that is not a whole WAV file, holds no sound, or has samples that are not
    finite numbers.
    """
    require_package("scipy", "reading WAV files")
    from scipy.io import wavfile

    def error(message: str) -> FileError:
        return FileError(Problem(str(path), message, "replace it with a whole WAV file, or remove it"))

    try:
        with warnings.catch_warnings():
            # scipy only warns of a file that ends too early; texts and markers in it do no harm.
            warnings.simplefilter("error", wavfile.WavFileWarning)
            warnings.filterwarnings("ignore", r"Chunk \(non-data\) not understood", wavfile.WavFileWarning)
            rate, samples = wavfile.read(path)
    # scipy does not check damaged headers: whatever goes wrong in there, the file is at fault.
    except Exception as fault:
        raise error(f"it cannot be read as WAV ({fault})") from fault
    audio = samples.astype(np.float64)
    if samples.dtype == np.uint8:
        audio -= 128  # silence, in WAV files of 8 bits
    if audio.ndim == 2:
        audio = audio.mean(axis=1)
    if not audio.size or rate < 1:
        raise error("it holds no sound")
    if rate > HIGHEST_RATE:
        raise error(f"it has {rate} samples a second, more than the {HIGHEST_RATE} that sound can have")
    if not np.isfinite(audio).all():
        raise error("it holds samples that are no finite numbers")
    return audio, int(rate)
