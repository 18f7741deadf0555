"""What all pictures share: their colours, and how one is begun and written."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from delaycore._files import write_atomic

__all__ = ["ACCENT", "INK", "MUTED", "SERIES", "blank", "write"]

INK, MUTED, ACCENT = "#1b1f24", "#8a939c", "#2f6fb3"
SERIES = ("#2f6fb3", "#d9822b", "#3a9d6e", "#8e5ba6", "#b8434e", "#6b7784", "#c2a83e", "#4bb3c1")


def blank(width: float, height: float) -> Figure:
    """An empty picture, in inches."""
    return Figure(figsize=(width, height), layout="constrained")


def write(figure: Figure, path: Path) -> None:
    """Write a PNG file, whole or not at all."""
    write_atomic(path, lambda part: figure.savefig(part, format="png", dpi=140, facecolor="white"))
