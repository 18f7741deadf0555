"""The page of the study: a table of means over seeds with intervals, and a plot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from benchmarks.modes.candidates import CANDIDATES, FAMILIES, Candidate, Measured
from delaycore._files import write_atomic
from delaycore.experiment import Recordings
from delaycore.registry import load_backend
from delaycore.report import SERIES, Row, compute_mean, format_mean
from delaycore.settings import Settings

__all__ = ["draw", "page"]

Figures = dict[str, list[Measured]]

_WINDOWS = (
    " Convolution: 4 maps, a window of 9 inputs, stride 4, in place of the\nfirst layer, with delays on "
    "it, too."
)


def _by_candidate(found: Iterable[Measured]) -> Figures:
    sorted_: Figures = {}
    for m in found:
        sorted_.setdefault(m.candidate, []).append(m)
    return sorted_


def _percent(values: list[float], sign: str = "") -> str:
    mean, half = compute_mean(values)
    return format_mean((100 * mean, 100 * half), 1, sign)


def _mean(rows: Iterable[Row], of: Callable[[Row], float | None]) -> float:
    return float(np.mean([np.nan if (value := of(r)) is None else value for r in rows]))


def page(found: list[Measured], data: Recordings, settings: Settings, config: str, plot: Path | None) -> str:
    """Markdown; ``config`` is the name of the file that holds ``settings``."""
    by, chips = _by_candidate(found), list(found[0].chips)
    titles = [load_backend(c).spec.title for c in chips]
    n, t = settings.network, settings.training
    seeds = len({m.seed for m in found})
    head = ["network", "k", "synapses", "software %", "over random, points"]
    head += [f"{title} {what}" for title in titles for what in ("%", "uJ", "ms", "delay memory %")]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for c in CANDIDATES:
        if c.name not in by:
            continue
        here = by[c.name]
        rows = [m.software for m in here]
        cells = [
            c.title,
            str(c.keep) if c.family != "none" else "-",
            f"{_mean(rows, lambda r: r.synapses):,.0f}",
        ]
        cells += [_percent([r.accuracy or 0.0 for r in rows]), _over_random(c, by)]
        for chip in chips:
            there = [m.chips[chip] for m in here]
            refused = next((r.note for r in there if r.accuracy is None), None)
            if refused:
                cells += [refused, "-", "-", "-"]
                continue
            cells.append(_percent([r.accuracy or 0.0 for r in there]))
            cells.append(f"{1e6 * _mean(there, lambda r: r.energy):.2f}")
            cells.append(f"{1e3 * _mean(there, lambda r: r.latency):.2f}")
            cells.append(f"{100 * _mean(there, lambda r: r.delay_memory):.1f}")
        lines.append("| " + " | ".join(cells) + " |")
    hidden = "-".join(map(str, n.hidden))
    picture = (
        f"\n![Accuracy against synapses and energy of every delay mode](../images/{plot.name})\n"
        if plot
        else ""
    )
    windows = _WINDOWS if any(c.shape == "convolution" and c.name in by for c in CANDIDATES) else ""
    epochs, size = t.epochs + settings.pruning.epochs, f"{data.framing.inputs}-{hidden}-{len(data.classes)}"
    return f"""# Delay modes, {epochs} epochs

{size} on {data.name}, {data.framing.steps} steps of {data.step * 1e3:g} ms; LIF neurons; delays of 0 to
{n.delays.steps[-1]} steps, none on the first projection. {epochs} epochs for every network, fine-tuning
included, the epoch chosen on validation samples. {seeds} seeds: mean and 95 % interval over seeds;
{len(data.test)} test samples, read once per network.

k is the number of synapses per pair of neurons, on average for "per projection", and of delays per source
neuron for "per axon". Continuous delays of a pair that end on one step are one synapse, so there are
fewer. Chips take the network by post-training quantization; their spikes
equal those of their quantized reference in every step of every sample. "Over random" is paired over
seeds, against random delays with the same k in a network of the same shape.{windows} {picture}
{chr(10).join(lines)}

Made by `python -m benchmarks.modes` with `benchmarks/modes/{config}`.
A version or machine that adds in another order trains other networks: expect figures within these
intervals, not these.
"""


def _over_random(c: Candidate, by: Figures) -> str:
    control = by.get(Candidate("random", c.keep, c.shape).name)
    if c.family in ("none", "random") or control is None:
        return "-"
    pairs = zip(by[c.name], control, strict=False)
    return _percent([(a.software.accuracy or 0.0) - (b.software.accuracy or 0.0) for a, b in pairs], "+")


def _row_of_chip(chip: str, measured: Measured) -> Row:
    return measured.chips[chip]


def draw(path: Path, found: list[Measured]) -> None:
    """Accuracy in software over synapses, and of each chip over its energy; a line per mode through its
    numbers of delays.
    """
    by, chips = _by_candidate(found), list(found[0].chips)
    axes_of: list[tuple[str, Callable[[Measured], Row], Callable[[Row], float | None], float]] = [
        ("synapses, accuracy in software", lambda m: m.software, lambda r: r.synapses, 1.0)
    ]
    for chip in chips:
        axes_of.append(
            (
                f"uJ per sample, accuracy on {load_backend(chip).spec.title}",
                partial(_row_of_chip, chip),
                lambda r: r.energy,
                1e6,
            )
        )
    figure = Figure(figsize=(4.6 * len(axes_of), 5.0), layout="constrained")
    panels = figure.subplots(1, len(axes_of), squeeze=False, sharey=True)[0]
    lines = list(dict.fromkeys((c.family, c.shape) for c in CANDIDATES))
    for ax, (label, row, of, unit) in zip(panels, axes_of, strict=True):
        for family, shape in lines:
            points = []
            for c in sorted(
                (c for c in CANDIDATES if (c.family, c.shape) == (family, shape) and c.name in by),
                key=lambda c: c.keep,
            ):
                rows = [row(m) for m in by[c.name]]
                if all(r.accuracy is not None for r in rows):
                    mean, half = compute_mean([r.accuracy or 0.0 for r in rows])
                    points.append((unit * _mean(rows, of), 100 * mean, 100 * half, c.keep))
            if not points:
                continue
            x, y, halves, keeps = map(np.array, zip(*points, strict=True))
            marker = {"": "o", "recurrent": "s", "convolution": "^"}[shape]
            title = ", ".join(filter(None, (shape, FAMILIES[family])))
            colour = SERIES[list(FAMILIES).index(family)]
            ax.errorbar(
                x,
                y,
                yerr=np.nan_to_num(halves),
                fmt="none",
                elinewidth=0.8,
                capsize=2,
                color=colour,
                alpha=0.35,
            )
            ax.plot(
                x, y, marker=marker, ms=5, lw=1.4, color=colour, label=title, ls="-" if len(x) > 1 else ""
            )
            if ax is panels[0] and not shape and family == "random":
                for at in zip(x, y, keeps, strict=True):
                    ax.annotate(
                        f"k = {at[2]}",
                        at[:2],
                        textcoords="offset points",
                        xytext=(4, 6),
                        fontsize=8,
                        color=colour,
                    )
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_xlabel(label)
        ax.grid(alpha=0.2)
        ax.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("test accuracy (%)")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8, frameon=False
    )
    write_atomic(path, lambda file: figure.savefig(file, format="png", dpi=120, facecolor="white"))
