"""The speakers of SpokenDigits: eighty voices of eSpeak NG, each with habits of its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle

import numpy as np

__all__ = ["SPLITS", "Voice", "voices"]

# Variants with nearly the same formants (such as iven and iven2, or max and RicishayMax) stay in one split,
# so
# that no split knows the voice of another.
# Left out: whispered, robot-like and distorted variants.
SPLITS = {
    "train": (
        "Alex Alicia Andrea Andy AnxiousAndy Denis Diogo Gene Gene2 Henrique Hugo Mike mike2 Reed "
        "RicishayMax RicishayMax2 RicishayMax3 adam anika antonio aunty benjamin caleb edward "
        "edward2 f1 f3 f4 "
        "grandpa gustave iven iven2 iven3 iven4 klatt klatt2 klatt3 klatt4 m1 m2 m3 m5 m7 m8 marcelo "
        "max michel "
        "miguel pablo zac"
    ),
    "valid": "quincy Jacky Nguyen announcer david f5 ian m4 norbert paul Mario victor",
    "test": (
        "Annie Marco Michael Storm belinda boris ed f2 grandma john linda m6 pedro Lee rob sandro steph "
        "shelby"
    ),
}

_ENGLISH = (
    *("en-US", "en", "en-GB-scotland", "en-US", "en-GB-x-rp"),
    *("en-GB-x-gbclan", "en-US-nyc", "en-GB-x-gbcwmd", "en-029"),
)


@dataclass(frozen=True)
class Voice:
    """One speaker.

    variant: eSpeak NG's name of the voice quality; english: the accent of the English words.
    speed:   words a minute; pitch, pitch_range: 0 to 99.
    tract:   length of the vocal tract against that of the variant; above 1 lowers every formant, and the
             pitch.
    tilt:    decibels an octave that the voice is brighter (above 0) or darker than its variant.
    """

    variant: str
    english: str
    speed: float
    pitch: float
    pitch_range: float
    tract: float
    tilt: float


def voices(split: str, seed: int = 0) -> list[Voice]:
    """The speakers of ``split``, the same ones for the same seed."""
    number = list(SPLITS).index(split)
    random = np.random.default_rng([seed, number])
    accents = cycle(_ENGLISH)
    return [
        Voice(
            variant,
            next(accents),
            speed=random.uniform(135, 190),
            pitch=random.uniform(25, 75),
            pitch_range=random.uniform(20, 80),
            tract=random.uniform(0.9, 1.12),
            tilt=random.uniform(-3, 3),
        )
        for variant in SPLITS[split].split()
    ]
