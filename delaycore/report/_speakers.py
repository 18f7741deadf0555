"""Accuracy by speaker, and how far it tells about other speakers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore._shown import show_line
from delaycore._wording import pluralize
from delaycore.report._statistics import compute_mean

__all__ = [
    "FEWEST",
    "SpeakerScore",
    "compute_interval",
    "describe_basis",
    "explain_interval",
    "score_speakers",
]

FEWEST = 3
"""Speakers from which there is an interval: of two, Student's t is 12.7 standard errors wide to each side."""


@dataclass(frozen=True)
class SpeakerScore:
    """Right answers among the samples of one speaker."""

    speaker: int
    correct: int
    samples: int

    __repr__ = show_line

    @property
    def accuracy(self) -> float:
        """The fraction of right answers."""
        return self.correct / self.samples


def score_speakers(right: NDArray[np.bool_], speakers: NDArray[np.int64] | None) -> tuple[SpeakerScore, ...]:
    """Count right answers, bool [samples], by speaker, [samples]; nothing if speakers are not known."""
    if speakers is None:
        return ()
    return tuple(
        SpeakerScore(int(s), int(right[speakers == s].sum()), int((speakers == s).sum()))
        for s in np.unique(speakers)
    )


def compute_interval(
    correct: int, samples: int, by_speaker: Sequence[SpeakerScore]
) -> tuple[float, float] | None:
    """Return the 95 % interval of an accuracy, from low to high.

    Where speakers are known it is Student's t over their mean accuracies, since samples of one speaker are
    alike; None below `FEWEST` of them.  Where they are not, it is Wilson's over samples.
    """
    if by_speaker and len(by_speaker) < FEWEST:
        return None
    if by_speaker:
        mean, half = compute_mean([score.accuracy for score in by_speaker])
        return max(0.0, mean - half), min(1.0, mean + half)
    from scipy.stats import binomtest

    interval = binomtest(correct, samples).proportion_ci(0.95, "wilson")
    return float(interval.low), float(interval.high)


def describe_basis(samples: int, by_speaker: Sequence[SpeakerScore]) -> str:
    """Say over what an interval is, or that there is none: ``18 speakers``."""
    if not by_speaker:
        return pluralize(samples, "sample")
    speakers = pluralize(len(by_speaker), "speaker")
    return speakers if len(by_speaker) >= FEWEST else f"no interval: {speakers}"


def explain_interval(by_speaker: Sequence[SpeakerScore]) -> str:
    """Say what intervals mean, or why there are none."""
    if not by_speaker:
        return (
            "95 % intervals are Wilson's over test samples, as if each came from another speaker: the "
            "recordings do not say who speaks"
        )
    speakers = pluralize(len(by_speaker), "test speaker")
    if len(by_speaker) >= FEWEST:
        return f"95 % intervals are Student's t over the mean accuracies of {speakers}"
    return (
        f"no 95 % intervals: samples of one speaker are alike, and there are too few speakers ({speakers}); "
        f"at least {FEWEST} are needed, or `--folds`, which tests every speaker once"
    )
