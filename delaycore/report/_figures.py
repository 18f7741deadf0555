"""Colours of all plots, and the creation and saving of figures."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from delaycore._files import write_atomic

__all__ = ["ACCENT", "GRID", "INK", "MUTED", "SERIES", "create_figure", "save_figure"]

INK, MUTED, ACCENT, GRID = "#1b1f24", "#8a939c", "#2f6fb3", "#e6e9ec"
SERIES = ("#2f6fb3", "#d9822b", "#3a9d6e", "#8e5ba6", "#b8434e", "#6b7784", "#c2a83e", "#4bb3c1")


def create_figure(width: float, height: float) -> Figure:
    """Create an empty figure; sizes in inches."""
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, path: Path, dpi: int = 140) -> None:
    """Write a PNG file, whole or not at all; a figure gives the same bytes each time."""
    metadata = {"Software": None}
    write_atomic(
        path,
        lambda file: figure.savefig(file, format="png", dpi=dpi, facecolor="white", metadata=metadata),
    )
