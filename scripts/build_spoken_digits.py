"""Build the data file of `delaycore.datasets.SpokenDigits` anew.

    pip install espeakng-loader==0.2.4
    python -m scripts.build_spoken_digits

Eighty voices of the speech synthesiser eSpeak NG (listed in digit_voices.py) say the digits zero to nine in
English and in German, three times each, which `delaycore.datasets.InnerEar` turns into spikes. The same
versions of espeakng-loader, numpy and scipy give the same file, byte for byte. It takes a few minutes.

Licence: eSpeak NG is under the GPL, version 3, and is needed only here. What it says is not covered by its
         licence;
the data file is delaycore's own and has delaycore's licence.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from delaycore.datasets import EventSet, InnerEar
from delaycore.datasets._packing import write_packed
from delaycore.datasets._spoken_digits import CLASSES, DATA_FILE
from scripts.digit_voices import SPLITS, Voice, voices
from scripts.espeak import Speech

Float = npt.NDArray[np.float64]

RENDITIONS = 3
EAR = InnerEar(channels=80)


def rendition(speech: Speech, voice: Voice, label: int, random: np.random.Generator) -> Float:
    """One spoken word, a little different every time: speed, pitch, microphone, lead-in and background
    noise.
    """
    said = speech.say(
        CLASSES[label],
        f"gmw/{voice.english if label < 10 else 'de'}+{voice.variant}",
        # A longer tract is made by playing slower, so it is spoken faster by as much.
        speed=round(voice.speed * voice.tract * random.uniform(0.9, 1.1)),
        pitch=int(np.clip(voice.pitch + random.uniform(-8, 8), 0, 99)),
        pitch_range=int(np.clip(voice.pitch_range + random.uniform(-10, 10), 0, 99)),
    )
    stretch = Fraction(voice.tract).limit_denominator(40)
    audio = coloured(
        resample_poly(said, stretch.numerator, stretch.denominator), speech.rate, voice.tilt, random
    )
    audio = trimmed(audio, speech.rate)
    audio = np.pad(audio, (round(random.uniform(0.01, 0.06) * speech.rate), round(0.02 * speech.rate)))
    noise = 10 ** (-random.uniform(18, 38) / 20) * np.sqrt(np.mean(audio**2))
    return np.asarray(audio + noise * random.standard_normal(len(audio)))


def coloured(audio: Float, rate: int, tilt: float, random: np.random.Generator) -> Float:
    """``audio`` through a microphone: ``tilt`` decibels an octave, and gentle waves of a few decibels over
    octaves.
    """
    octaves = np.log2(np.maximum(np.fft.rfftfreq(len(audio), 1 / rate), 100) / 1_000)
    waves = sum(
        random.normal(0, 2) * np.cos(2 * np.pi * (octaves / width + random.uniform()))
        for width in (4.0, 2.0, 1.3)
    )
    return np.fft.irfft(np.fft.rfft(audio) * 10 ** ((tilt * octaves + waves) / 20), len(audio))


def trimmed(audio: Float, rate: int) -> Float:
    """``audio`` without the silence before and after: what lies 40 dB below the loudest 5 ms."""
    window = rate // 200
    loudness = np.convolve(audio**2, np.ones(window) / window, "same")
    heard = np.flatnonzero(loudness > 1e-4 * loudness.max())
    return audio[heard[0] : heard[-1] + 1]


def speaker_audio(split: str, number: int) -> tuple[list[Float], int]:
    """Everything that speaker ``number`` of ``split`` says, and its sampling rate: renditions times
    classes.
    """
    speech = Speech()
    random = np.random.default_rng([1, list(SPLITS).index(split), number])
    voice = voices(split)[number]
    words = [
        rendition(speech, voice, label, random) for _ in range(RENDITIONS) for label in range(len(CLASSES))
    ]
    return words, speech.rate


def speaker_spikes(split: str, number: int) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]]:
    """The spikes of everything that speaker ``number`` of ``split`` says."""
    words, rate = speaker_audio(split, number)
    return [EAR.encode(audio, rate) for audio in words]


def build(split: str, first_speaker: int) -> EventSet:
    """All samples of ``split``; its speakers are numbered from ``first_speaker``."""
    count = len(SPLITS[split].split())
    # A process for each speaker: the synthesiser carries its state from word to word, and who follows
    # whom in a shared
    # process is left to chance.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        spoken = list(pool.map(speaker_spikes, [split] * count, range(count)))
    samples = [sample for speaker in spoken for sample in speaker]
    return EventSet(
        times=np.concatenate([times for times, _ in samples]),
        channels=np.concatenate([channels for _, channels in samples]),
        offsets=np.cumsum([0, *(len(times) for times, _ in samples)]),
        labels=np.tile(np.arange(len(CLASSES)), count * RENDITIONS),
        speakers=np.repeat(np.arange(first_speaker, first_speaker + count), RENDITIONS * len(CLASSES)),
        classes=CLASSES,
        channel_count=EAR.channels,
        name=f"SpokenDigits, {split}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=DATA_FILE, help="the file to write")
    out: Path = parser.parse_args().out
    sets: dict[str, EventSet] = {}
    for split in SPLITS:
        sets[split] = build(split, first_speaker=sum(len(np.unique(done.speakers)) for done in sets.values()))
        print(sets[split])
    write_packed(out, sets)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
