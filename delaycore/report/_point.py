"""One deployment of a comparison of PTQ with QAT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from delaycore._shown import show_line
from delaycore.hardware import Losses
from delaycore.report._speakers import FEWEST, SpeakerScore
from delaycore.report._statistics import Interval, compute_mean

__all__ = ["Point", "group_points", "mean_accuracy", "name_setting"]


@dataclass(frozen=True, kw_only=True)
class Point:
    """Accuracy of one deployment on ``samples`` test samples, and its cost per sample.

    target, setting: the chip, and the chip with its options, such as ``chip_weight_bits_4``.
    method:   ``ptq``, ``qat_finetune`` or ``qat``.
    software: accuracy of the network in float.
    accuracy: None if the chip refused the network.
    by_speaker: right answers of each test speaker; empty if they are not known.
    same:     fraction of samples with the same prediction as the network in float.
    energy, latency: in joules and seconds.
    losses:   what was altered on the way from the first weights to the chip.
    budget:   fraction of each limit that it takes, by amount; empty where there is no budget for the chip.
    note:     why the chip refused the network.
    """

    target: str
    setting: str
    method: str
    seed: int
    software: float
    accuracy: float | None = None
    by_speaker: tuple[SpeakerScore, ...] = ()
    same: float | None = None
    energy: float | None = None
    latency: float | None = None
    samples: int
    note: str = ""
    losses: Losses = field(default_factory=Losses)
    budget: Mapping[str, float] = field(default_factory=dict)

    __repr__ = show_line


def group_points(points: Sequence[Point]) -> list[tuple[str, str, list[Point]]]:
    """Return setting, method and the points of all their seeds, in the order in which settings and methods
    first appear.
    """
    settings = list(dict.fromkeys(p.setting for p in points))
    methods = list(dict.fromkeys(p.method for p in points))
    ordered = sorted(points, key=lambda p: (settings.index(p.setting), methods.index(p.method), p.seed))
    groups = groupby(ordered, key=lambda p: (p.setting, p.method))
    return [(setting, method, list(members)) for (setting, method), members in groups]


def mean_accuracy(points: Sequence[Point]) -> Interval:
    """Return mean and half of its interval over seeds; of one seed, over the means of its test speakers, NaN
    if they are too few, or, where they are not known, over its test samples (normal approximation of the
    binomial).
    """
    mean, half = compute_mean([p.accuracy or 0.0 for p in points])
    if len(points) > 1:
        return mean, half
    if not points[0].by_speaker:
        return mean, 1.96 * float(np.sqrt(mean * (1 - mean) / points[0].samples))
    scores = [score.accuracy for score in points[0].by_speaker]
    return mean, compute_mean(scores)[1] if len(scores) >= FEWEST else float("nan")


def name_setting(setting: str) -> str:
    """Write a setting for readers: ``chip weight bits 4``."""
    return setting.replace("_", " ")
