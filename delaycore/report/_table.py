"""The table of a run, for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from delaycore.report._row import Row
from delaycore.report._speakers import describe_basis

__all__ = ["HEADINGS", "describe_accuracy", "to_markdown", "to_terminal"]

HEADINGS = (
    "network",
    "test accuracy (95 % interval)",
    "same prediction",
    "synapses",
    "spikes per sample",
    "latency",
    "energy",
    "memory",
    "delay memory",
)


def describe_accuracy(row: Row) -> str:
    """Write the accuracy of a row with its 95 % interval and what that is over; a dash if it has none."""
    if row.accuracy is None:
        return "-"
    basis = describe_basis(row.samples or 0, row.by_speaker)
    interval = f"{row.interval[0]:.1%} - {row.interval[1]:.1%}, {basis}" if row.interval else basis
    return f"{row.accuracy:.1%} ({interval})"


def _format_cells(row: Row) -> tuple[str, ...]:
    """Write the cells of one row, in the order of `HEADINGS`; what does not apply is a dash."""
    if row.accuracy is None:
        return (row.title, row.note or "-", *["-"] * (len(HEADINGS) - 2))
    hidden = [f"{n} {s:,.0f}" for n, s in row.spikes.items()]
    return (
        row.title,
        describe_accuracy(row),
        "-" if row.same is None else f"{row.same:.1%}",
        "-" if row.synapses is None else f"{row.synapses:,}",
        ", ".join(hidden) or "-",
        "-" if row.latency is None else f"{row.latency * 1e3:.3g} ms",
        "-" if row.energy is None else f"{row.energy * 1e6:.3g} uJ",
        "-" if row.memory is None else f"{row.memory / 1e6:.3g} Mb",
        "-" if row.delay_memory is None else f"{row.delay_memory:.1%}",
    )


def to_terminal(rows: Sequence[Row], title: str, width: int) -> Table:
    """Make the table for a terminal of ``width`` columns; in a narrow one, cells take several lines."""
    narrow = width < 150
    table = Table(
        title=title,
        title_justify="left",
        box=SIMPLE_HEAD,
        show_lines=narrow,
        padding=(0, 1 if narrow else 2, 0, 0),
    )
    for i, heading in enumerate(_NARROW if narrow else HEADINGS):
        table.add_column(heading, justify="left" if i == 0 else "right", no_wrap=i > 0, overflow="fold")
    for row in rows:
        table.add_row(*(_fold(_format_cells(row)) if narrow else _format_cells(row)))
    return table


_NARROW = (
    "network",
    "accuracy\n95 %",
    "same\npred.",
    "syn-\napses",
    "spikes",
    "latency",
    "energy",
    "memory",
    "delay\nmem.",
)


def _fold(row: tuple[str, ...]) -> tuple[str, ...]:
    """Break cells into several short lines: words at hyphens, a unit below its number, an interval below
    its value, a population per line.
    """
    first, accuracy, same, synapses, spikes, *costs = row
    value, _, interval = accuracy.partition(" ")
    below = interval.strip("()").replace(" - ", "-").replace("%", "").replace(", ", "\n").replace(": ", "\n")
    return (
        first.replace("-", "-\n"),
        f"{value}\n{below}".strip(),
        same,
        synapses,
        spikes.replace(", ", "\n"),
        *(c.replace(" ", "\n") for c in costs),
    )


def to_markdown(rows: Sequence[Row], title: str, remarks: Sequence[str] = ()) -> str:
    """Write the table as a Markdown page, with remarks below it."""
    lines = [f"# {title}", "", "| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    lines += ["| " + " | ".join(_format_cells(row)) + " |" for row in rows]
    lines += [""] + [f"- {remark}" for remark in remarks]
    return "\n".join(lines) + "\n"
