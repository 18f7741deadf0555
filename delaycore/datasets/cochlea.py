"""InnerEar: from sound to spikes, by way of a basilar membrane and hair cells."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from delaycore.errors import Problem, SettingsError

__all__ = ["InnerEar"]

Float = npt.NDArray[np.float64]

_RATE = 16_000
"""Sound is brought to this rate (samples a second) before it is filtered, so that any recording gives like spikes."""

_STEP_US = 500
"""Step of the hair cells in microseconds: half a millisecond still follows the pitch of a voice."""


@dataclass(frozen=True)
class InnerEar:
    """An inner ear: gammatone filters, half-wave rectification, compression, leaky integrate-and-fire cells.

    The same sound at another loudness gives the same spikes, and the same settings always give the same spikes.

    channels:    number of filters, evenly spaced from ``low`` to ``high`` on the ERB-rate scale; 0 is the lowest.
    low, high:   centre frequencies of the first and the last filter, hertz; ``high`` is below 8,000.
    compression: exponent of the power law between the motion of the membrane and the drive of a cell; about 0.3
                 for sounds of everyday loudness (Oxenham & Plack 1997, J. Acoust. Soc. Am. 101, 3666-3675).
    floor:       drive, relative to the loudest of the recording, below which a cell stays silent.
    gain:        drive of a cell at the loudest place, in thresholds.
    membrane:    time constant of the cells, milliseconds.
    refractory:  time after a spike in which a cell integrates nothing, milliseconds.
    adaptation:  by how many thresholds each spike raises the threshold of its cell.
    recovery:    time constant with which the threshold falls back, milliseconds.

    Raises SettingsError with everything that is out of range.
    """

    channels: int = 80
    low: float = 100.0
    high: float = 7_000.0
    compression: float = 0.3
    floor: float = 0.25
    gain: float = 4.0
    membrane: float = 4.0
    refractory: float = 3.0
    adaptation: float = 0.5
    recovery: float = 60.0

    def __post_init__(self) -> None:
        pass

    @property
    def centres(self) -> Float:
        """[channels] centre frequencies in hertz, evenly spaced in ERB-rate.

        ERB-rate of f: 21.4 log10(1 + 0.00437 f), Glasberg & Moore 1990, Hearing Research 47, 103-138, eq. 4.
        """
        low, high = 21.4 * np.log10(1 + 0.00437 * np.array([self.low, self.high]))
        return np.asarray((10 ** (np.linspace(low, high, self.channels) / 21.4) - 1) / 0.00437)

    def encode(self, audio: npt.ArrayLike, rate: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """The spikes of a sound: ``audio`` [samples] at ``rate`` samples a second.

        Returns times [events] in microseconds, ascending, and channels [events].
        """
        drive = self._drive(_resampled(np.asarray(audio, np.float64), rate))
        steps, channels = np.nonzero(self._fire(drive))
        return steps.astype(np.int64) * _STEP_US, channels.astype(np.int32)

    def _drive(self, audio: Float) -> Float:
        """[steps, channels] compressed drive of the hair cells, 0 up to about ``gain``."""
        block = _RATE * _STEP_US // 1_000_000
        steps = -(-len(audio) // block)
        audio = np.pad(audio, (0, steps * block - len(audio)))
        drive = np.empty((steps, self.channels))
        for channel, centre in enumerate(self.centres):
            motion = np.maximum(_gammatone(audio, centre), 0)
            drive[:, channel] = motion.reshape(steps, block).mean(axis=1)
        loudest = np.quantile(drive.max(axis=1), 0.98) if steps else 0.0
        if loudest == 0:
            return np.zeros_like(drive)
        relative = (drive / loudest) ** self.compression
        return np.maximum(relative - self.floor, 0) / (1 - self.floor) * self.gain

    def _fire(self, drive: Float) -> npt.NDArray[np.bool_]:
        """[steps, channels] where cells driven by ``drive`` fire."""
        step = _STEP_US / 1_000
        leak, fade = np.exp(-step / self.membrane), np.exp(-step / self.recovery)
        rest = round(self.refractory / step)
        charge, raised = np.zeros(self.channels), np.zeros(self.channels)
        since = np.full(self.channels, rest)
        fired = np.zeros(drive.shape, bool)
        for now, push in enumerate(drive):
            charge = (charge * leak + push * (1 - leak)) * (since >= rest)
            raised *= fade
            since += 1
            spikes = charge >= 1 + raised
            charge[spikes] = 0
            since[spikes] = 0
            raised[spikes] += self.adaptation
            fired[now] = spikes
        return fired


def _resampled(audio: Float, rate: int) -> Float:
    from scipy.signal import resample_poly

    if rate == _RATE:
        return audio
    common = gcd(rate, _RATE)
    return np.asarray(resample_poly(audio, _RATE // common, rate // common))


def _gammatone(audio: Float, centre: float) -> Float:
    from scipy.signal import lfilter

    erb = 24.7 * (0.00437 * centre + 1)
    pole = np.exp((-2 * np.pi * 1.019 * erb + 2j * np.pi * centre) / _RATE)
    motion: Any = audio
    for _ in range(4):
        motion = lfilter([1 - abs(pole)], [1, -pole], motion)
    return np.asarray(2 * motion.real)
