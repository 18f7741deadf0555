"""A plot of how the bits of every kind of delay memory grow with density, largest delay and neurons, at the
word widths of a chip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from delaycore.delay_memory import (
    Demand,
    Widths,
    circular_queue_events,
    compare_memories,
    entry_per_delay_queue_events,
    ring_buffer_slots,
    single_fifo_events,
)
from delaycore.report._figures import GRID, create_figure, save_figure

__all__ = ["draw_delay_memories", "estimate_bits"]

COLOURS = {
    "ring buffer": "#2f6fb3",
    "entry-per-delay queue": "#b8434e",
    "circular queue": "#d9822b",
    "single-FIFO queue": "#3a9d6e",
}


def estimate_bits(
    sources: float, targets: float, levels: float, density: float, widths: Widths
) -> dict[str, float]:
    """Return the bits of each kind for one population, by the capacity formulas of
    `delaycore.delay_memory` (arXiv 2404.10597 and 2501.13610).
    """
    i, j, d = round(sources), round(targets), round(levels)
    return {
        "ring buffer": ring_buffer_slots(j, d) * widths.slot,
        "entry-per-delay queue": entry_per_delay_queue_events(i, d, density) * widths.event,
        "circular queue": circular_queue_events(i, d, density) * widths.event,
        "single-FIFO queue": single_fifo_events(i, d, density) * widths.event,
    }


def draw_delay_memories(path: Path, wanted: Sequence[Demand], widths: Widths, target: str) -> None:
    """Draw bits by formula over density, largest delay and neurons, around the network of ``wanted``, and its
    own peak words as dots.

    The queues' lines assume full pruning filters and even activity; the dots are counted from the network's
    spikes and filters.
    """
    largest = max(wanted, key=lambda demand: demand.pruning.sources * demand.pruning.levels)
    i, j, d = largest.pruning.sources, largest.targets, largest.pruning.levels
    density = float(largest.spikes.mean()) if largest.spikes.size else 0.0
    counted: dict[str, int] = {m.kind: m.bits for m in compare_memories([largest], widths)}
    densities = [0.01 * 1.2**k for k in range(26)]
    longest = list(range(2, max(64, d) + 1, 2))
    factors = [2.0**k for k in range(-3, 5)]
    figure = create_figure(13.0, 4.4)
    axes = figure.subplots(1, 3, sharey=True)
    panels: list[tuple[str, list[float], list[Mapping[str, float]], float]] = [
        (
            "spikes per neuron and step",
            densities,
            [estimate_bits(i, j, d, a, widths) for a in densities],
            density,
        ),
        (
            "largest delay (steps)",
            [n - 1.0 for n in longest],
            [estimate_bits(i, j, n, density, widths) for n in longest],
            d - 1.0,
        ),
        (
            "source neurons (targets in proportion)",
            [i * f for f in factors],
            [estimate_bits(i * f, j * f, d, density, widths) for f in factors],
            float(i),
        ),
    ]
    for ax, (label, x, bits, here) in zip(axes, panels, strict=True):
        for kind, colour in COLOURS.items():
            ax.plot(x, [b[kind] for b in bits], color=colour, label=kind, linewidth=1.8)
            ax.plot(here, counted[kind], "o", color=colour, markersize=6)
        ax.set_yscale("log")
        ax.set_xscale("linear" if "delay" in label else "log")
        ax.set_xlabel(label)
        ax.grid(color=GRID)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("bits")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    figure.suptitle(
        (
            f"{target}: delay memory in front of {largest.population!r}, {i} sources, {j} targets, {d} "
            "levels; lines by formula, dots by counting"
        ),
        fontsize=10,
        x=0.01,
        ha="left",
    )
    save_figure(figure, path)
