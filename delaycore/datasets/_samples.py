"""Framing of recordings into input spikes; what framing loses is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from delaycore._shown import show_line
from delaycore._values import integers, numbers
from delaycore.activity import holds_spikes
from delaycore.datasets._classes import translate_labels
from delaycore.datasets._events import EventSet
from delaycore.errors import DataError, Problem
from delaycore.graph import Framing, Readout
from delaycore.hardware import Loss, Losses

__all__ = ["Samples", "frame_events"]


@dataclass(frozen=True, eq=False)
class Samples:
    """Input spikes, bool [samples, steps, inputs], and labels, [samples].

    sheet:    how the inputs lie, as in `Framing.sheet`; None for a row.
    classes:  the name of each class, which labels are indices of; empty if they have none.
    speakers: the number of each sample's speaker, [samples]; None if they are not known.

    Raises `DataError` with everything that is wrong.
    """

    spikes: NDArray[np.bool_]
    labels: NDArray[np.int64]
    sheet: tuple[int, int, int] | None = None
    classes: tuple[str, ...] = ()
    speakers: NDArray[np.int64] | None = None

    __repr__ = show_line

    def __post_init__(self) -> None:
        problems = [*self._take_spikes(), *self._take_numbers("labels"), *self._take_numbers("speakers")]
        DataError.collect([*problems, *self._find_class_problems()])
        object.__setattr__(self, "classes", tuple(self.classes))

    def _take_spikes(self) -> Iterator[Problem]:
        """Make `spikes` booleans, of 0 and 1 in any type, or name what is wrong with them."""
        remedy = "give bool [samples, steps, inputs]"
        try:
            given = numbers(self.spikes)
        except ValueError as error:
            object.__setattr__(self, "spikes", np.zeros((0, 0, 0), dtype=np.bool_))
            yield Problem("Samples.spikes", str(error), remedy)
            return
        if given.ndim != 3:
            object.__setattr__(self, "spikes", np.zeros((0, 0, 0), dtype=np.bool_))
            yield Problem("Samples.spikes", f"have shape {given.shape}", remedy)
            return
        if not holds_spikes(given):
            yield Problem("Samples.spikes", "hold values other than 0 and 1", remedy)
        object.__setattr__(self, "spikes", given.astype(np.bool_, copy=False))

    def _take_numbers(self, name: str) -> Iterator[Problem]:
        """Make ``labels`` or ``speakers`` an array of int64, or name what is wrong with it."""
        given, samples = getattr(self, name), len(self.spikes)
        if given is None and name == "speakers":
            return
        remedy = "give one whole number per sample"
        try:
            array = integers(given)
        except ValueError as error:
            object.__setattr__(self, name, np.zeros(samples, dtype=np.int64))
            yield Problem(f"Samples.{name}", str(error), remedy)
            return
        if array.shape != (samples,):
            wrong = f"are {array.dtype} {list(array.shape)} for {samples} samples"
            yield Problem(f"Samples.{name}", wrong, remedy)
        object.__setattr__(self, name, array)

    def _find_class_problems(self) -> Iterator[Problem]:
        given: object = self.classes
        listed = given.ndim == 1 if isinstance(given, np.ndarray) else isinstance(given, list | tuple)
        if not listed or not all(isinstance(name, str) for name in self.classes):
            yield Problem("Samples.classes", f"are {self.classes!r:.80}", "give a name per class")
        elif len(set(self.classes)) < len(self.classes):
            yield Problem("Samples.classes", "hold a name more than once", "give each class its own name")

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, part: slice) -> Samples:
        """Return the samples of ``part``."""
        speakers = None if self.speakers is None else self.speakers[part]
        return replace(self, spikes=self.spikes[part], labels=self.labels[part], speakers=speakers)

    def match(self, readout: Readout, outputs: int, place: str = "samples") -> Samples:
        """Return the samples with labels as neurons of ``readout``, whose population has ``outputs`` neurons.

        Classes are the same where their names are.  Where the read-out has no names, the number of classes
        must be that of the neurons, and their order is taken to be the same.

        place: of the samples, for messages.  Raises `DataError` for samples of classes that the read-out does
        not have.
        """
        if readout.classes and self.classes:
            labels = translate_labels(place, self.labels, self.classes, readout.classes)
            return replace(self, labels=labels, classes=readout.classes)
        if self.classes and len(self.classes) != outputs:
            raise DataError.at(
                place,
                f"has {len(self.classes)} classes, but {readout.population!r} has {outputs} neurons, and "
                "nothing says which of them stands for which class",
                "name the classes of the network: graph.with_classes([...])",
            )
        beyond = (self.labels < 0) | (self.labels >= outputs)
        if beyond.any():
            first = int(np.flatnonzero(beyond)[0])
            raise DataError.at(
                place,
                f"{int(beyond.sum())} of {len(self)} labels are not neurons of {readout.population!r}, which "
                f"has {outputs}; the first is {self.labels[first]} of sample {first}",
                "number the classes from 0 in the order of the neurons",
            )
        return self


def frame_events(events: EventSet, framing: Framing) -> tuple[Samples, Losses]:
    """Frame ``events`` into input spikes; return them with their labels, and the events that were merged,
    late or outside.  Times that are not known to the microsecond are a loss, too, with their largest error.

    Raises `DataError` for events of another sensor than that of the framing, since its channels are numbered
    otherwise.
    """
    DataError.collect(
        Problem(name, f"must be of the type {kind.__name__}, not {type(value).__name__}", f"give {where}")
        for name, value, kind, where in (
            ("events", events, EventSet, "what delaycore.datasets.read_events reads"),
            ("framing", framing, Framing, "delaycore.Framing(...)"),
        )
        if not isinstance(value, kind)
    )
    if None not in (events.sensor, framing.sensor) and events.sensor != framing.sensor:
        message = f"come from a sensor of {events.sensor}, but the framing is for one of {framing.sensor}"
        raise DataError.at(
            events.name, message, "height, width and polarities must agree: give recordings of that sensor"
        )
    framed = framing.frame(events.times, events.channels, events.offsets)
    losses = _describe_time_error(events)
    losses += Losses.counted(
        "event", "merged", events.name, framed.merged, framed.events, detail="same step and input"
    )
    losses += Losses.counted(
        "event", "late", events.name, framed.late, framed.events, detail="after the last step"
    )
    losses += Losses.counted(
        "event", "outside", events.name, framed.outside, framed.events, detail="channel beyond the framing"
    )
    speakers = events.speakers if len(events.known_speakers) else None
    return Samples(framed.spikes, events.labels, framing.sheet, events.classes, speakers), losses


def _describe_time_error(events: EventSet) -> Losses:
    """Say how well the times of events are known, if not to the microsecond."""
    if not events.time_error or not len(events.times):
        return Losses()
    loss = Loss(
        what="event",
        change="rounded",
        place=events.name,
        count=len(events.times),
        of=len(events.times),
        largest=events.time_error,
        relative=events.time_error / max(int(events.times.max()), 1),
        unit="us",
        detail="their file holds times no finer, and so near to the start of a step, the step is not certain",
    )
    return Losses((loss,))
