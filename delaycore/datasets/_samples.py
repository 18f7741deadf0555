"""Framing of recordings into input spikes; what framing loses is counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.datasets._events import EventSet
from delaycore.errors import DataError
from delaycore.graph import Framing
from delaycore.hardware import Losses

__all__ = ["Samples", "frame_events"]


@dataclass(frozen=True, eq=False)
class Samples:
    """Input spikes, bool [samples, steps, inputs], and labels, [samples].

    sheet:    how the inputs lie, as in `Framing.sheet`; None for a row.
    speakers: the number of each sample's speaker, [samples]; None if they are not known.
    """

    spikes: NDArray[np.bool_]
    labels: NDArray[np.int64]
    sheet: tuple[int, int, int] | None = None
    speakers: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.labels)


def frame_events(events: EventSet, framing: Framing) -> tuple[Samples, Losses]:
    """Frame ``events`` into input spikes; return them with their labels, and the events that were merged,
    late or outside.

    Raises `DataError` for events of another sensor than that of the framing, since its channels are numbered
    otherwise.
    """
    if None not in (events.sensor, framing.sensor) and events.sensor != framing.sensor:
        message = f"come from a sensor of {events.sensor}, but the framing is for one of {framing.sensor}"
        raise DataError.at(
            events.name, message, "height, width and polarities must agree: give recordings of that sensor"
        )
    framed = framing.frame(events.times, events.channels.astype(np.int64), events.offsets)
    losses = Losses()
    losses += Losses.removed(
        "event", "merged", events.name, framed.merged, framed.events, detail="same step and input"
    )
    losses += Losses.removed(
        "event", "late", events.name, framed.late, framed.events, detail="after the last step"
    )
    losses += Losses.removed(
        "event", "outside", events.name, framed.outside, framed.events, detail="channel beyond the framing"
    )
    speakers = events.speakers if len(events.known_speakers) else None
    return Samples(framed.spikes, events.labels, framing.sheet, speakers), losses
