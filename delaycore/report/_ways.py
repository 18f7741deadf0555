"""The page and the plot of `delaycore.experiment._compare`: what each way onto a chip keeps of the accuracy,
and what it costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from delaycore.report._rows import Point, mean_interval, plus_minus

__all__ = ["draw", "paired", "table"]

Interval = tuple[float, float]

_MARKS = "osD^vPX<>*"

_HEADINGS = (
    "chip setting",
    "way",
    "accuracy %",
    "lost to software, points",
    "gained over rounding, points",
    "energy uJ",
    "latency ms",
)


def paired(points: Sequence[Point], setting: str, way: str) -> Interval:
    """How much more of the software's accuracy ``way`` keeps than rounding does, paired over seeds: mean and
    half of its 95 % interval.

    Not a number if a chip refused either of them.
    """
    of = {(p.seed, p.way): p.accuracy for p in points if p.setting == setting}
    pairs = [(of[seed, way], of.get((seed, "rounded"))) for seed in sorted({seed for seed, _ in of})]
    gains = [kept - lost for kept, lost in pairs if kept is not None and lost is not None]
    return mean_interval(gains) if len(gains) == len(pairs) else (float("nan"), float("nan"))


def table(points: Sequence[Point], title: str) -> str:
    """A Markdown page: a line per chip setting and way, means over seeds with 95 % intervals."""
    seeds = sorted({p.seed for p in points})
    software = mean_interval([next(p.software for p in points if p.seed == s) for s in seeds])
    over = (
        "One seed, accuracies with 95 % intervals over test samples"
        if len(seeds) == 1
        else f"{len(seeds)} seeds, means with 95 % intervals"
    )
    lines = [f"# {title}", "", f"{over}; in software {_percent(software)} %.", ""]
    limited = list(dict.fromkeys(amount for p in points for amount in p.budget))
    headings = [*_HEADINGS, *(f"{amount}, % of its budget" for amount in limited)]
    lines += [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings)]
    for setting, way, there in _groups(points):
        if any(p.accuracy is None for p in there):
            lines.append(f"| {_words(setting)} | {way} |{' - |' * (len(headings) - 3)} {there[0].note} |")
            continue
        lost = mean_interval([p.software - (p.accuracy or 0.0) for p in there])
        gain = paired(points, setting, way)
        gained = "-" if way == "rounded" or np.isnan(gain[0]) else _percent(gain)
        energy, latency = (
            mean_interval([factor * (getattr(p, q) or 0.0) for p in there])
            for q, factor in (("energy", 1e6), ("latency", 1e3))
        )
        cells = [
            _words(setting),
            way,
            _percent(_accuracy(there)),
            _percent(lost),
            gained,
            plus_minus(energy, 1),
            plus_minus(latency, 2),
        ]
        cells += [
            _percent(mean_interval([p.budget[amount] for p in there])) if there[0].budget else "-"
            for amount in limited
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "What was altered on the way, in all seeds together:", ""]
    lines += [f"- {_words(setting)}, {way}: {_altered(there)}" for setting, way, there in _groups(points)]
    return "\n".join(lines) + "\n"


def draw(path: Path, points: Sequence[Point]) -> None:
    """A column per chip: above, accuracy at each of its settings; below, accuracy against energy.  A colour
    per way, a mark per setting.  Bars are 95 % intervals over seeds (with one seed over test samples), the
    dashed line is the network in software.  Where every chip refused there is nothing to draw.
    """
    from matplotlib.lines import Line2D

    from delaycore.report._figures import MUTED, SERIES, blank, write

    shown = [p for p in points if p.accuracy is not None]
    if not shown:
        return
    targets = list(dict.fromkeys(p.target for p in shown))
    page = blank(1.2 + 5.2 * len(targets), 8.2)
    axes = page.subplots(2, len(targets), squeeze=False, sharey=True)
    ways = list(dict.fromkeys(p.way for p in shown))
    software = 100 * float(np.mean([p.software for p in points]))
    for column, target in enumerate(targets):
        by_setting, by_energy = axes[:, column]
        settings = list(dict.fromkeys(p.setting for p in shown if p.target == target))
        for k, way in enumerate(ways):
            for setting, _, there in (g for g in _groups(shown) if g[1] == way and g[0] in settings):
                number = settings.index(setting)
                mean, half = (100 * x for x in _accuracy(there))
                energy, spread = mean_interval([1e6 * (p.energy or 0.0) for p in there])
                style = {
                    "color": SERIES[k],
                    "fmt": _MARKS[number % len(_MARKS)],
                    "capsize": 2.5,
                    "markersize": 5.5,
                    "elinewidth": 1,
                }
                by_setting.errorbar(
                    number + 0.16 * (k - (len(ways) - 1) / 2), mean, np.nan_to_num(half), **style
                )
                by_energy.errorbar(energy, mean, np.nan_to_num(half), np.nan_to_num(spread), **style)
        for ax in (by_setting, by_energy):
            ax.axhline(software, color=MUTED, linewidth=1, linestyle="--", zorder=0)
            ax.spines[["top", "right"]].set_visible(False)
            ax.grid(axis="y", color="#e6e9ec")
            ax.set_axisbelow(True)
        names = [_short(s, target) for s in settings]
        by_setting.set_xticks(range(len(settings)), names, rotation=30, ha="right", fontsize=8)
        by_setting.set_title(target, fontsize=11, loc="left")
        by_energy.set_xlabel("energy per sample (uJ), marks as above")
    for ax in axes[:, 0]:
        ax.set_ylabel("accuracy on test samples (%)")
    beside = {
        "xycoords": ("axes fraction", "data"),
        "xytext": (3, 0),
        "textcoords": "offset points",
        "va": "center",
    }
    for ax in axes[:, -1]:
        ax.annotate("software", (1.0, software), fontsize=8, color=MUTED, **beside)
    colours = [Line2D([], [], color=SERIES[k], linewidth=3, label=way) for k, way in enumerate(ways)]
    axes[0, -1].legend(handles=colours, frameon=False, loc="lower left", fontsize=9)
    write(page, path)


def _groups(points: Sequence[Point]) -> list[tuple[str, str, list[Point]]]:
    """The points of all seeds of each setting and way, in the order in which settings and ways come first."""
    settings, ways = (list(dict.fromkeys(getattr(p, q) for p in points)) for q in ("setting", "way"))
    ordered = sorted(points, key=lambda p: (settings.index(p.setting), ways.index(p.way), p.seed))
    return [
        (setting, way, list(there))
        for (setting, way), there in groupby(ordered, key=lambda p: (p.setting, p.way))
    ]


def _accuracy(points: Sequence[Point]) -> Interval:
    """Mean and half of its interval over seeds; of one seed over test samples (normal approximation of the
    binomial).
    """
    mean, half = mean_interval([p.accuracy or 0.0 for p in points])
    return mean, 1.96 * float(np.sqrt(mean * (1 - mean) / points[0].samples)) if len(points) == 1 else half


def _altered(points: Sequence[Point]) -> str:
    """Counts of all losses by what happened to what."""
    counts: Counter[str] = Counter()
    for loss in (loss for p in points for loss in p.losses):
        counts[f"{loss.what}s {loss.change}"] += loss.count
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "nothing"


def _short(setting: str, target: str) -> str:
    return _words(setting).removeprefix(target).strip() or "own numbers"


def _words(setting: str) -> str:
    return setting.replace("_", " ")


def _percent(value: Interval) -> str:
    return plus_minus((100 * value[0], 100 * value[1]), 1)
