"""Means over seeds with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["Interval", "compute_mean", "format_mean"]

Interval = tuple[float, float]
"""A mean, and half the width of its 95 % interval; NaN where it has none."""


def compute_mean(values: Sequence[float]) -> Interval:
    """Return the mean with half of its 95 % interval (Student's t over seeds; NaN for one value)."""
    from scipy.stats import t

    array = np.asarray(values, dtype=np.float64)
    if len(array) < 2:
        return float(array.mean()), float("nan")
    return float(array.mean()), float(t.ppf(0.975, len(array) - 1) * array.std(ddof=1) / np.sqrt(len(array)))


def format_mean(interval: Interval, digits: int, sign: str = "") -> str:
    """Write a mean with half of its interval, if it has one; ``sign="+"`` shows the sign of positive means,
    too.
    """
    mean, half = interval
    return f"{mean:{sign}.{digits}f}" if np.isnan(half) else f"{mean:{sign}.{digits}f} +- {half:.{digits}f}"
