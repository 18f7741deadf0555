"""The plots of a run.  Each function draws one plot and writes it to a PNG file, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from delaycore.graph import Graph
from delaycore.hardware import Cost
from delaycore.report._figures import ACCENT, GRID, INK, MUTED, SERIES, create_figure, save_figure
from delaycore.report._row import Row
from delaycore.report._speakers import describe_basis

__all__ = ["draw_accuracies", "draw_costs", "draw_delays", "draw_raster"]

SAME = {"s": 3, "color": INK, "linewidths": 0}
MORE = {"s": 9, "color": SERIES[4], "linewidths": 0}
MISSING = {"s": 9, "facecolors": "none", "edgecolors": SERIES[4], "linewidths": 0.6}
"""Marks of spikes that both runs have, that only the chip has, and that only the software has."""


def draw_raster(
    path: Path, runs: Mapping[str, Mapping[str, NDArray[np.bool_]]], sample: int, step: float, title: str
) -> None:
    """Draw the spikes of one sample, a column per run (software, chips), a row per population.

    Spikes that the first column does not have in the same place are drawn larger in another colour, those
    that only it has as rings, and both are counted.

    runs: spikes by population, bool [samples, steps, neurons], by the title of the column.
    step: seconds of a step.
    """
    names = [n for n, s in next(iter(runs.values())).items() if s.any()]
    software = next(iter(runs.values()))
    figure = create_figure(1.2 + 3.6 * len(runs), 1.4 + 1.7 * len(names))
    axes = figure.subplots(len(names), len(runs), squeeze=False, sharex=True, sharey="row")
    for column, (heading, spikes) in enumerate(runs.items()):
        for r, name in enumerate(names):
            ax, here, there = axes[r, column], spikes[name][sample], software[name][sample]
            for mask, style in ((here & there, SAME), (there & ~here, MISSING), (here & ~there, MORE)):
                t, n = np.nonzero(mask)
                ax.scatter(t * step * 1e3, n, **style)
            extra, missing = int((here & ~there).sum()), int((there & ~here).sum())
            differs = f", {extra} more and {missing} fewer" if extra or missing else ""
            ax.set_title(f"{int(here.sum())} spikes{differs}", fontsize=8, color=MUTED, loc="left")
            if r == 0:
                ax.annotate(heading, (0, 1.22), xycoords="axes fraction", fontsize=10, weight="bold")
            if column == 0:
                ax.set_ylabel(name)
            ax.set_ylim(-1, here.shape[1])
            ax.spines[["top", "right"]].set_visible(False)
        axes[-1, column].set_xlabel("time (ms)")
    figure.suptitle(f"{title}; red dots: not in software; red rings: in software alone", fontsize=11)
    save_figure(figure, path)


def draw_delays(path: Path, before: Graph, after: Graph) -> None:
    """Draw how many synapses have which delay, and their mean weight, before and after pruning."""
    names = [p.name for p in after.projections if p.largest_delay]
    figure = create_figure(4.2 * max(len(names), 1), 5.0)
    axes = figure.subplots(2, max(len(names), 1), squeeze=False, sharex="col")
    for column, name in enumerate(names):
        for graph, label, colour in ((before, "all levels", MUTED), (after, "pruned", ACCENT)):
            p = next(q for q in graph.projections if q.name == name)
            levels = np.unique(next(q for q in before.projections if q.name == name).delay)
            at = np.searchsorted(levels, p.delay)
            count = np.bincount(at, minlength=len(levels))
            weight = np.bincount(at, np.abs(p.weight), minlength=len(levels)) / np.maximum(count, 1)
            width = (
                0.8 * (levels[1] - levels[0] if len(levels) > 1 else 1) * (1.0 if graph is before else 0.55)
            )
            axes[0, column].bar(
                levels, count, width, color=colour, label=label, alpha=0.45 if graph is before else 1
            )
            axes[1, column].bar(
                levels, weight, width, color=colour, label=label, alpha=0.45 if graph is before else 1
            )
        axes[0, column].set_title(f"{name}", fontsize=10)
        axes[1, column].set_xlabel("delay (steps)")
        for ax in axes[:, column]:
            ax.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("synapses")
    axes[1, 0].set_ylabel("mean |weight|")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, fontsize=9, loc="outside upper right", ncols=2)
    save_figure(figure, path)


def draw_costs(path: Path, priced: Mapping[str, Cost]) -> None:
    """Draw energy and memory of each chip by part."""
    figure = create_figure(10.0, 0.6 + 2.3 * len(priced))
    axes = figure.subplots(len(priced), 2, squeeze=False, sharex="col")
    for y, (name, cost) in enumerate(priced.items()):
        energy = {part: float(v.mean()) * 1e6 for part, v in cost.energy.parts.items()}
        memory = {part: bits * 1e-6 for part, bits in cost.memory.items()}
        _draw_parts(axes[y, 0], energy, f"{name}: {sum(energy.values()):.3g} uJ per sample", ())
        _draw_parts(axes[y, 1], memory, f"{name}: {sum(memory.values()):.3g} Mb of memory", cost.delay_memory)
    axes[-1, 0].set_xlabel("energy per sample (uJ)")
    axes[-1, 1].set_xlabel("memory (Mb); holding delayed spikes in orange")
    save_figure(figure, path)


def _draw_parts(ax: Axes, parts: Mapping[str, float], title: str, marked: Sequence[str]) -> None:
    """Draw a bar per part, the largest on top."""
    names = sorted(parts, key=lambda part: -parts[part])
    ax.barh(
        names,
        [parts[n] for n in names],
        color=[SERIES[1] if n in marked else ACCENT for n in names],
        height=0.65,
    )
    for y, n in enumerate(names):
        ax.annotate(f" {parts[n]:.3g}", (parts[n], y), va="center", fontsize=8, color=MUTED)
    ax.set_title(title, fontsize=10, loc="left")
    ax.tick_params(axis="y", labelsize=8)
    ax.margins(x=0.16)
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)


def draw_accuracies(path: Path, rows: Sequence[Row], title: str) -> None:
    """Draw the test accuracy of every network, with its 95 % interval if it has one."""
    shown = [row for row in rows if row.accuracy is not None]
    figure = create_figure(8.0, 1.2 + 0.45 * len(shown))
    ax = figure.subplots()
    for y, row in enumerate(shown):
        assert row.accuracy is not None
        learned = row.name in ("delays", "pruned") or row.energy is not None
        colour = ACCENT if learned else MUTED
        low, high = row.interval or (row.accuracy, row.accuracy)
        ax.plot([100 * low, 100 * high], [y, y], color=colour, linewidth=2)
        ax.plot(100 * row.accuracy, y, "o", color=colour)
        ax.annotate(f"  {row.accuracy:.1%}", (100 * high, y), va="center", fontsize=9, color=INK)
    ax.set_yticks(range(len(shown)), [row.title for row in shown])
    ax.invert_yaxis()
    for row in shown[:1]:
        basis = describe_basis(row.samples or 0, row.by_speaker)
        between = f"95 % interval over {basis}" if row.interval else basis
        ax.set_xlabel(f"accuracy on test samples (%), {between}")
    ax.set_title(title, fontsize=11, loc="left")
    ax.margins(x=0.12)
    ax.grid(axis="x", color=GRID)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    save_figure(figure, path)
