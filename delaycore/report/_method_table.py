"""The page of a comparison: how much accuracy PTQ, QAT fine-tuning and QAT keep on each chip, and at which
cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from delaycore._wording import pluralize
from delaycore.report._point import Point, group_points, mean_accuracy, name_setting
from delaycore.report._speakers import FEWEST, explain_interval
from delaycore.report._statistics import Interval, compute_mean, format_mean

__all__ = ["compute_gain", "tabulate_methods"]

_HEADINGS = (
    "chip setting",
    "method",
    "accuracy %",
    "lost to software, points",
    "gained over PTQ, points",
    "energy uJ",
    "latency ms",
)


def compute_gain(points: Sequence[Point], setting: str, method: str) -> Interval:
    """Return how much more of the software's accuracy ``method`` keeps than PTQ does, paired over seeds: the
    mean and half of its 95 % interval.

    Both are NaN if a chip refused one of the networks.
    """
    accuracy = {(p.seed, p.method): p.accuracy for p in points if p.setting == setting}
    seeds = sorted({seed for seed, _ in accuracy})
    pairs = [(accuracy[seed, method], accuracy.get((seed, "ptq"))) for seed in seeds]
    gains = [ours - base for ours, base in pairs if ours is not None and base is not None]
    return compute_mean(gains) if len(gains) == len(pairs) else (float("nan"), float("nan"))


def tabulate_methods(points: Sequence[Point], title: str, remarks: Sequence[str] = ()) -> str:
    """Write a Markdown page: a line per chip setting and method, means over seeds with 95 % intervals, and
    remarks below.
    """
    below = ["", *(f"- {remark}" for remark in remarks)] if remarks else []
    if not points:
        return "\n".join([f"# {title}", "", "No chip was compared.", *below]) + "\n"
    seeds = sorted({p.seed for p in points})
    software = compute_mean([next(p.software for p in points if p.seed == s) for s in seeds])
    amounts = list(dict.fromkeys(amount for p in points for amount in p.budget))
    headings = [*_HEADINGS, *(f"{amount}, % of its budget" for amount in amounts)]
    groups = group_points(points)
    over = _describe_intervals(points, len(seeds))
    lines = [f"# {title}", "", f"{over}; in software {_percent(software)} %.", ""]
    lines += [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings)]
    for setting, method, members in groups:
        cells = [name_setting(setting), method]
        if any(p.accuracy is None for p in members):
            cells += ["-"] * (len(headings) - 3) + [members[0].note]
        else:
            cells += _measure(members, compute_gain(points, setting, method))
            cells += [
                _percent(compute_mean([p.budget[amount] for p in members])) if members[0].budget else "-"
                for amount in amounts
            ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "What was altered on the way, in all seeds together:", ""]
    lines += [f"- {name_setting(setting)}, {method}: {_count_losses(m)}" for setting, method, m in groups]
    return "\n".join([*lines, *below]) + "\n"


def _describe_intervals(points: Sequence[Point], seeds: int) -> str:
    """Say over what the intervals are, and what they therefore do not tell."""
    tested = next((p for p in points if p.accuracy is not None), points[0])
    speakers = pluralize(len(tested.by_speaker), "test speaker")
    if seeds > 1:
        tested_on = speakers if tested.by_speaker else "test samples"
        return f"{seeds} seeds, means with 95 % intervals over seeds, all on the same {tested_on}"
    if not tested.by_speaker:
        return "One seed, accuracies with 95 % intervals over test samples"
    if len(tested.by_speaker) < FEWEST:
        return f"One seed; {explain_interval(tested.by_speaker)}"
    return f"One seed, accuracies with 95 % intervals over the means of {speakers}"


def _measure(members: Sequence[Point], gain: Interval) -> list[str]:
    """Write the cells of a method that the chip did not refuse, from the accuracy to the latency."""
    energy = compute_mean([1e6 * (p.energy or 0.0) for p in members])
    latency = compute_mean([1e3 * (p.latency or 0.0) for p in members])
    return [
        _percent(mean_accuracy(members)),
        _percent(compute_mean([p.software - (p.accuracy or 0.0) for p in members])),
        "-" if members[0].method == "ptq" or np.isnan(gain[0]) else _percent(gain),
        format_mean(energy, 1),
        format_mean(latency, 2),
    ]


def _count_losses(points: Sequence[Point]) -> str:
    """Count all losses by what happened to what."""
    counts: Counter[str] = Counter()
    for p in points:
        for loss in p.losses:
            counts[f"{loss.what}s {loss.change}"] += loss.count
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "nothing"


def _percent(value: Interval) -> str:
    return format_mean((100 * value[0], 100 * value[1]), 1)
