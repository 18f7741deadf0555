"""The section ``[framing]``: how recorded events become time steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from delaycore._contradictions import relation
from delaycore._part import Count, Part, Positive, Seed

__all__ = ["FramingSettings"]


class FramingSettings(Part):
    """How events become steps; see `delaycore.Framing`.

    steps:  time steps of a sample.
    step:   seconds of a step, or "bins" to divide each sample's own duration into `steps` bins.
    group:  neighbouring channels that become one input.
    sensor: height, width and polarities of a sensor with pixels, for files that do not say so.
    equalize: have the same number of spikes in every sample, for each input, so that only their timing tells
        samples apart: the largest number that all but this share of the training samples reach. Spikes beyond
        it are dropped, and missing ones added at random; unless given, spikes stay as they are.
    equalize_seed: of this drawing, besides the spikes of each sample.
    """

    steps: Annotated[int, Field(ge=1, le=100_000)] = 64
    step: Positive | Literal["bins"] = 0.01
    group: Count = 1
    sensor: tuple[Count, Count, Count] | None = None
    equalize: Annotated[float, Field(ge=0, lt=1)] | None = None
    equalize_seed: Seed = 0
    units: ClassVar[Mapping[str, str]] = {
        "steps": "steps",
        "step": "s",
        "group": "channels",
        "equalize": "of the training samples",
    }

    @relation
    def _require_a_microsecond(self) -> Iterator[str]:
        """Yield a sentence if a step is shorter than the microseconds in which events are timed."""
        if self.step != "bins" and self.step < 1e-6:
            yield f"step = {self.step} is less than a microsecond, in which events are timed"
