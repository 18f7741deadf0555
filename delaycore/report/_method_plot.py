"""The plot of a comparison: accuracy of PTQ, QAT fine-tuning and QAT at each setting of each chip, and over
energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from delaycore.report._figures import GRID, MUTED, SERIES, create_figure, save_figure
from delaycore.report._point import Point, group_points, mean_accuracy, name_setting
from delaycore.report._statistics import compute_mean

__all__ = ["draw_methods"]

_MARKS = "osD^vPX<>*"


def draw_methods(path: Path, points: Sequence[Point]) -> None:
    """Draw a column per chip: above, accuracy at each of its settings; below, accuracy against energy.

    There is a colour per method and a mark per setting.  Bars are 95 % intervals over seeds (with one seed
    over test samples), the dashed line is the network in software.  No file is written where every chip
    refused.
    """
    shown = [p for p in points if p.accuracy is not None]
    if not shown:
        return
    targets = list(dict.fromkeys(p.target for p in shown))
    methods = list(dict.fromkeys(p.method for p in shown))
    software = 100 * float(np.mean([p.software for p in points]))
    figure = create_figure(1.2 + 5.2 * len(targets), 8.2)
    axes = figure.subplots(2, len(targets), squeeze=False, sharey=True)
    for column, target in enumerate(targets):
        own = [p for p in shown if p.target == target]
        _draw_chip(axes[0, column], axes[1, column], own, methods)
        axes[0, column].set_title(target, fontsize=11, loc="left")
        for ax in axes[:, column]:
            ax.axhline(software, color=MUTED, linewidth=1, linestyle="--", zorder=0)
    for ax in axes[:, 0]:
        ax.set_ylabel("accuracy on test samples (%)")
    beside: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "xytext": (3, 0),
        "textcoords": "offset points",
    }
    for ax in axes[:, -1]:
        ax.annotate("software", (1.0, software), fontsize=8, color=MUTED, va="center", **beside)
    colours = [Line2D([], [], color=SERIES[k], linewidth=3, label=name) for k, name in enumerate(methods)]
    axes[0, -1].legend(handles=colours, frameon=False, loc="lower left", fontsize=9)
    save_figure(figure, path)


def _draw_chip(by_setting: Axes, by_energy: Axes, points: Sequence[Point], methods: Sequence[str]) -> None:
    """Draw the points of one chip into both of its panels."""
    settings = list(dict.fromkeys(p.setting for p in points))
    for setting, method, members in group_points(points):
        number, k = settings.index(setting), methods.index(method)
        mean, half = (100 * x for x in mean_accuracy(members))
        energy, spread = compute_mean([1e6 * (p.energy or 0.0) for p in members])
        style: dict[str, Any] = {
            "color": SERIES[k],
            "fmt": _MARKS[number % len(_MARKS)],
            "capsize": 2.5,
            "markersize": 5.5,
            "elinewidth": 1,
        }
        shift = 0.16 * (k - (len(methods) - 1) / 2)
        by_setting.errorbar(number + shift, mean, np.nan_to_num(half), **style)
        by_energy.errorbar(energy, mean, np.nan_to_num(half), np.nan_to_num(spread), **style)
    for ax in (by_setting, by_energy):
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(axis="y", color=GRID)
        ax.set_axisbelow(True)
    target = points[0].target
    names = [name_setting(s).removeprefix(target).strip() or "own numbers" for s in settings]
    by_setting.set_xticks(range(len(settings)), names, rotation=30, ha="right", fontsize=8)
    by_energy.set_xlabel("energy per sample (uJ), marks as above")
