"""The table of a run, for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from delaycore.report.rows import Row

__all__ = ["HEADINGS", "cells", "markdown", "terminal"]

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


def cells(row: Row) -> tuple[str, ...]:
    """The cells of one row, in the order of `HEADINGS`; what does not apply is a dash."""
    if row.accuracy is None:
        return (row.title, row.note or "-", *["-"] * (len(HEADINGS) - 2))
    low, high = row.interval or (0.0, 0.0)
    hidden = [f"{n} {s:,.0f}" for n, s in row.spikes.items()]
    return (
        row.title,
        f"{row.accuracy:.1%} ({low:.1%} - {high:.1%})",
        "-" if row.same is None else f"{row.same:.1%}",
        "-" if row.synapses is None else f"{row.synapses:,}",
        ", ".join(hidden) or "-",
        "-" if row.latency is None else f"{row.latency * 1e3:.3g} ms",
        "-" if row.energy is None else f"{row.energy * 1e6:.3g} uJ",
        "-" if row.memory is None else f"{row.memory / 1e6:.3g} Mb",
        "-" if row.delay_memory is None else f"{row.delay_memory:.1%}",
    )


def terminal(rows: Sequence[Row], title: str) -> Table:
    """The table for a terminal."""
    table = Table(title=title, title_justify="left", show_lines=False)
    for i, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="left" if i == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*cells(row))
    return table


def markdown(rows: Sequence[Row], title: str, remarks: Sequence[str] = ()) -> str:
    """The table as a Markdown page, with remarks below it."""
    lines = [f"# {title}", "", "| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    lines += [""] + [f"- {remark}" for remark in remarks]
    return "\n".join(lines) + "\n"
