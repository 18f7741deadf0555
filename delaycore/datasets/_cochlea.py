"""InnerEar: a model of basilar membrane and hair cells that turns sound into spikes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from math import gcd, isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from delaycore._shown import show_line
from delaycore._values import MOST, is_whole, reals
from delaycore.datasets._extras import require_package
from delaycore.errors import DataError, Problem, SettingsError

__all__ = ["HIGHEST_RATE", "LOWEST_RATE", "InnerEar"]

Float = npt.NDArray[np.float64]

_RATE = 16_000
"""Sound is resampled to this rate, in samples a second, so that recordings of different rates give similar
spikes.
"""

LOWEST_RATE, HIGHEST_RATE = 1_000, 1_000_000
"""Samples a second: sound has no more, and the filter that resamples is as long as their number; of fewer no
word can be heard, and each becomes as many as the ear takes more.
"""

_STEP = 0.5
"""Step of the hair cells in milliseconds, short enough to follow the pitch of a voice."""


@dataclass(frozen=True)
class InnerEar:
    """An encoder of sound: gammatone filters, half-wave rectification, compression, and leaky
    integrate-and-fire cells.

    Spikes do not depend on the loudness of the whole recording, and the same sound always gives the same
    spikes.

    channels:    number of filters, evenly spaced from ``low`` to ``high`` on the ERB-rate scale; 0 is the
                 lowest.
    low, high:   centre frequencies of the first and the last filter, hertz; below 8,000.
    compression: exponent of the power law from the motion of the membrane to the drive of a cell. In the
                 living ear motion grows by 0.2 to 0.5 dB a dB (Robles & Ruggero 2001, Physiological Reviews
                 81, 1305-1352).
    floor:       compressed motion, 1 being the loudest of the recording, up to which a cell is not driven at
                 all.
    gain:        drive at the loudest place and moment, in thresholds of a rested cell.
    membrane:    time constant of a cell's charge, milliseconds.
    refractory:  time after a spike in which a cell takes up no charge, milliseconds.
    adaptation:  how far each spike raises the threshold of its cell, in thresholds of a rested cell.
    recovery:    time constant with which the threshold falls back, milliseconds.

    Raises SettingsError with everything that is out of range.
    """

    channels: int = 80
    low: float = 100.0
    high: float = 7_000.0
    compression: float = 0.3
    floor: float = 0.15
    gain: float = 7.0
    membrane: float = 4.0
    refractory: float = 3.0
    adaptation: float = 0.3
    recovery: float = 60.0

    __repr__ = show_line

    def __post_init__(self) -> None:
        SettingsError.collect(self._find_problems())

    def _find_problems(self) -> Iterator[Problem]:
        def problem(name: str, remedy: str) -> Problem:
            return Problem(f"InnerEar.{name}", f"is {getattr(self, name)!r}", remedy)

        if not is_whole(self.channels) or not 1 <= self.channels <= MOST:
            yield problem("channels", f"pass a whole number from 1 to {MOST}")
        numbers = [f.name for f in fields(self) if f.name != "channels"]
        invalid = [
            n
            for n in numbers
            if not isinstance(getattr(self, n), int | float) or not isfinite(getattr(self, n))
        ]
        yield from (problem(name, "pass a number") for name in invalid)
        if invalid:
            return
        if not 0 < self.low <= self.high < _RATE / 2:
            message = f"are {self.low!r} and {self.high!r}"
            yield Problem("InnerEar.low and .high", message, f"let 0 < low <= high < {_RATE // 2} hertz")
        if not 0 <= self.floor < 1:
            yield problem("floor", "pass at least 0 and less than 1")
        for name in ("compression", "gain", "membrane", "recovery"):
            if getattr(self, name) <= 0:
                yield problem(name, "pass a number above 0")
        for name in ("refractory", "adaptation"):
            if getattr(self, name) < 0:
                yield problem(name, "pass 0 or more")

    @property
    def centres(self) -> Float:
        """Centre frequencies [channels] in hertz, evenly spaced in ERB-rate.

        The ERB-rate of f hertz is 21.4 log10(1 + 0.00437 f): Glasberg & Moore 1990, Hearing Research 47,
        103-138.
        """
        low, high = 21.4 * np.log10(1 + 0.00437 * np.array([self.low, self.high]))
        return np.asarray((10 ** (np.linspace(low, high, self.channels) / 21.4) - 1) / 0.00437)

    def encode(self, audio: npt.ArrayLike, rate: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """Turn a sound into spikes: ``audio`` [samples] of any loudness, at ``rate`` samples a second.

        Returns times [spikes] in microseconds, ascending, and channels [spikes].

        Raises `DataError` if ``audio`` is not one row of finite numbers, ``rate`` is no whole number that
        sound has, or scipy is not installed.
        """
        try:
            sound = reals(audio)
        except ValueError as error:
            raise DataError.at("audio", str(error), "pass one row of samples") from None
        DataError.collect(_find_audio_problems(sound, rate))
        require_package("scipy", "InnerEar")
        spikes = self._fire(self._compute_drive(_resample(_tone_down(sound), int(rate))))
        steps, channels = np.nonzero(spikes)
        return np.rint(steps * (_STEP * 1_000)).astype(np.int64), channels.astype(np.int32)

    def _compute_drive(self, audio: Float) -> Float:
        """Compute the drive of the hair cells [steps, channels] in thresholds: rectified, normalised and
        compressed motion of the membrane.
        """
        block = round(_RATE * _STEP / 1_000)
        steps = -(-len(audio) // block)
        audio = np.pad(audio, (0, steps * block - len(audio)))
        motion = np.empty((steps, self.channels))
        for channel, centre in enumerate(self.centres):
            motion[:, channel] = (
                np.maximum(_filter_gammatone(audio, centre), 0).reshape(steps, block).mean(axis=1)
            )
        # A quantile, since a single click must not decide how loud the word is.
        loudest = np.quantile(motion.max(axis=1), 0.98) if steps else 0.0
        if loudest == 0:
            return np.zeros_like(motion)
        compressed = (motion / loudest) ** self.compression
        return np.asarray(np.maximum(compressed - self.floor, 0) / (1 - self.floor) * self.gain)

    def _fire(self, drive: Float) -> npt.NDArray[np.bool_]:
        """Return where the cells fire, bool [steps, channels], for this ``drive``."""
        leak, fade = np.exp(-_STEP / self.membrane), np.exp(-_STEP / self.recovery)
        rest = round(self.refractory / _STEP)
        charge, raised = np.zeros(self.channels), np.zeros(self.channels)
        waited = np.full(self.channels, rest)
        fired = np.zeros(drive.shape, bool)
        for step, push in enumerate(drive):
            charge = (charge * leak + push * (1 - leak)) * (waited >= rest)
            raised *= fade
            waited += 1
            fires = fired[step] = charge >= 1 + raised
            charge[fires] = 0
            waited[fires] = 0
            raised[fires] += self.adaptation
        return fired


def _find_audio_problems(audio: Float, rate: Any) -> Iterator[Problem]:
    if audio.ndim != 1:
        yield Problem(
            "audio", f"has the shape {audio.shape}", "pass one row of samples; mix stereo by its mean"
        )
    elif not np.isfinite(audio).all():
        first = np.flatnonzero(~np.isfinite(audio))[0]
        yield Problem("audio", f"sample {first} is {audio[first]}", "pass finite numbers")
    if not is_whole(rate) or not LOWEST_RATE <= rate <= HIGHEST_RATE:
        remedy = f"pass a whole number from {LOWEST_RATE} to {HIGHEST_RATE} samples a second, such as 16000"
        yield Problem("rate", f"is {rate!r:.80}", remedy)


def _tone_down(audio: Float) -> Float:
    """Return ``audio`` with no sample beyond 1, by a power of 2, so that no sum of it overflows."""
    exponent = np.frexp(np.abs(audio).max(initial=0.0))[1]
    return np.asarray(np.ldexp(audio, -exponent))


def _resample(audio: Float, rate: int) -> Float:
    from scipy.signal import resample_poly

    if rate == _RATE or not len(audio):
        return audio
    common = gcd(rate, _RATE)
    return np.asarray(resample_poly(audio, _RATE // common, rate // common))


def _filter_gammatone(audio: Float, centre: float) -> Float:
    """Return the motion [samples] of the basilar membrane at the place of ``centre`` hertz.

    It is four times the same complex first-order filter: Hohmann 2002, Acta Acustica united with Acustica 88,
    433-442. Unlike the quotient of polynomials in scipy.signal.gammatone it stays exact at low frequencies. A
    filter's bandwidth is 1.019 ERB, with ERB = 24.7 (0.00437 f + 1) hertz (Glasberg & Moore 1990).
    """
    from scipy.signal import lfilter

    bandwidth = 1.019 * 24.7 * (0.00437 * centre + 1)
    pole = np.exp((-2 * np.pi * bandwidth + 2j * np.pi * centre) / _RATE)
    motion: Any = audio
    for _ in range(4):
        motion = lfilter([1 - abs(pole)], [1, -pole], motion)
    return np.asarray(2 * motion.real)
