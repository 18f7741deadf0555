"""From events in time to spikes in steps: a value that travels with the model."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Framed", "Framing"]


class Framing(BaseModel):
    """How the events of a sample become steps and input neurons.

    steps:    steps of a sample.
    step:     seconds of a step, counted from time 0.  None: every sample's own duration, up to its last event,
              is divided into `steps` bins ("bins per sample", as in arXiv 2404.10597).
    channels: channels that the events may come from.
    group:    this many neighbouring channels become one input neuron; the last one may take fewer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: Annotated[int, Field(ge=1)]
    step: Annotated[float, Field(gt=0)] | None
    channels: Annotated[int, Field(ge=1)]
    group: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _fits(self) -> Framing:
        if self.group > self.channels:
            raise ValueError(f"group of {self.group} channels is wider than the {self.channels} channels")
        return self

    @property
    def inputs(self) -> int:
        """Input neurons that the channels become."""
        return -(-self.channels // self.group)

    def frame(self, times: NDArray[np.int64], channels: NDArray[np.int64], offsets: NDArray[np.int64]) -> Framed:
        """Spikes of ragged events.

        times:    microseconds, samples one after the other, [events].
        channels: channel of each event, [events].
        offsets:  where each sample starts, and the end of the last, [samples + 1].
        """
        samples = len(offsets) - 1
        sample = np.repeat(np.arange(samples), np.diff(offsets))
        if self.step is not None:
            step = np.floor(times / (self.step * 1e6)).astype(np.int64)
        else:
            last = np.zeros(samples, dtype=np.int64)
            np.maximum.at(last, sample, times)
            step = times * self.steps // (last[sample] + 1)
        late = step >= self.steps
        outside = (channels < 0) | (channels >= self.channels)
        good = ~late & ~outside
        spikes = np.zeros((samples, self.steps, self.inputs), dtype=np.bool_)
        spikes[sample[good], step[good], channels[good] // self.group] = True
        kept = int(good.sum())
        return Framed(
            spikes=spikes,
            events=len(times),
            merged=kept - int(np.count_nonzero(spikes)),
            late=int(np.count_nonzero(late & ~outside)),
            outside=int(np.count_nonzero(outside)),
        )


class Framed(BaseModel):
    """Spikes bool [samples, steps, inputs], and what became of the events.

    events: all that there were; merged: fell on a step and neuron that had one already;
    late: after the last step; outside: from a channel beyond the framing's.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    spikes: NDArray[np.bool_]
    events: int
    merged: int
    late: int
    outside: int

    def __str__(self) -> str:
        share = {k: getattr(self, k) / max(self.events, 1) for k in ("merged", "late", "outside")}
        return f"{self.events} events: " + ", ".join(f"{getattr(self, k)} {k} ({v:.2%})" for k, v in share.items())
