"""Settings that do not suit the recordings."""

from __future__ import annotations

from collections.abc import Iterator

from delaycore.errors import Problem, SettingsError
from delaycore.experiment._recordings import Recordings
from delaycore.settings import Settings

__all__ = ["find_misfits", "require_fit"]

_FAR, _MANY = 0.1, 0.01
"""Fractions of the inputs that shifts, and of the events that framing may take, before it is said."""


def require_fit(settings: Settings, recordings: Recordings) -> None:
    """Raise `SettingsError` for every shift of training samples that can move all of their events away."""
    SettingsError.collect(_find_problems(settings, recordings))


def _find_problems(settings: Settings, recordings: Recordings) -> Iterator[Problem]:
    inputs, steps = _shortest_side(recordings), recordings.framing.steps
    for entry, shift, size, unit in (
        ("channel_shift", settings.training.channel_shift, inputs, "inputs"),
        ("time_shift", settings.training.time_shift, steps, "steps"),
    ):
        if shift >= size:
            message = f"is {shift}, and would move all events out of the {size} {unit} of {recordings.name}"
            yield Problem(f"training.{entry}", message, f"give at most {max(0, size // 10)}, a tenth of them")


def find_misfits(settings: Settings, recordings: Recordings) -> Iterator[str]:
    """Yield a sentence for each entry that damages the training samples, though something is left of them."""
    shift, inputs = settings.training.channel_shift, _shortest_side(recordings)
    if shift > _FAR * inputs:
        yield (
            f"training.channel_shift = {shift} is {shift / inputs:.0%} of the {inputs} inputs of "
            f"{recordings.name}: a shift that large makes other sounds or shapes"
        )
    longest = settings.network.time_constants[1]
    if recordings.step > longest and settings.network.leak != "none":
        yield (
            f"a step of {recordings.step * 1e3:.3g} ms is longer than the longest of network.time_constants, "
            f"{longest * 1e3:.3g} ms: neurons forget within a step"
        )
    for loss in recordings.losses("train"):
        fraction = loss.count / loss.of
        if loss.change in ("late", "outside") and fraction > _MANY:
            yield f"{loss}, {fraction:.1%} of all: framing.steps and framing.step do not suit them"


def _shortest_side(recordings: Recordings) -> int:
    """Return the number of inputs along the shorter of the directions in which samples move."""
    height, width, _ = recordings.framing.sheet
    return width if height == 1 else min(height, width)
