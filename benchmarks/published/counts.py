"""What the published networks did, for both chips: spikes of the hidden layers as printed for each chip, and
one number of input spikes for all.

arXiv 2404.10597 prints spikes per sample of the hidden layers, not of the input, and not when they fall.  All
are spread evenly over neurons and steps.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["HIDDEN", "INPUTS", "INPUT_RANGE", "LOIHI", "SENECA", "STEPS", "Published"]

STEPS = 64
INPUTS = 6000
"""Input spikes per sample: the one choice for all networks and both chips."""
INPUT_RANGE = (5000, 6000, 7000, 8000)

HIDDEN = {
    "loihi": {"48-48-20": (524, 531), "32-32-20": (398, 365), "24-24-20": (272, 301)},
    "seneca": {"48-48-20": (545, 534), "32-32-20": (401, 385), "24-24-20": (272, 308)},
}
"""Spikes per sample of the two hidden layers, by chip and network."""


class Published(NamedTuple):
    """A row of the table: joules, seconds, bits of an inference."""

    energy: float
    latency: float
    memory: float


LOIHI = {"48-48-20": Published(28.4e-6, 9.1e-3, 1.96e6), "32-32-20": Published(18.3e-6, 9.1e-3, 1.48e6)}
SENECA = {"48-48-20": Published(43.6e-6, 4.25e-3, 3.38e6), "32-32-20": Published(29.5e-6, 3.34e-3, 2.33e6)}
