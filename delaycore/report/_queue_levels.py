"""A plot of how full the queues of each core are during a sample."""

from __future__ import annotations

from pathlib import Path

from delaycore.hardware import Trace
from delaycore.report._figures import ACCENT, create_figure, save_figure

__all__ = ["draw_queue_levels"]


def draw_queue_levels(path: Path, trace: Trace) -> None:
    """Draw a panel for every counter of a trace, over time in milliseconds."""
    names = list(dict.fromkeys((level.core, level.name) for level in trace.levels))
    figure = create_figure(9.0, 1.0 + 2.0 * len(names))
    axes = figure.subplots(len(names), 1, squeeze=False, sharex=True)[:, 0]
    for ax, (core, name) in zip(axes, names, strict=True):
        at = [
            (level.time * 1e3, level.value)
            for level in trace.levels
            if (level.core, level.name) == (core, name)
        ]
        ax.step([t for t, _ in at], [value for _, value in at], where="post", color=ACCENT, linewidth=1.0)
        ax.fill_between([t for t, _ in at], [value for _, value in at], step="post", color=ACCENT, alpha=0.15)
        ax.set_title(
            f"{trace.target} core {core}: {name}, at most {max(value for _, value in at):g}",
            fontsize=10,
            loc="left",
        )
        ax.set_ylim(bottom=0)
        ax.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel("time (ms)")
    save_figure(figure, path)
