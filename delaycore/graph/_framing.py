"""Framing: the conversion of events in time to spikes in steps, as a value that is saved with the model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore._shown import one_line
from delaycore._values import LARGEST, MOST, Value, field_problem, integers, same
from delaycore.errors import DataError, Problem
from delaycore.graph._step_starts import MICROSECOND, find_step_starts
from delaycore.memory import require_memory_of

__all__ = ["FramedSpikes", "Framing"]

_EVENT, _PIXEL_EVENT = 80, 112
"""Bytes of an event while it is framed: from channels in a row, and from a sensor with pixels."""


@dataclass(frozen=True)
class Framing(Value):
    """How the events of a sample become steps and input neurons.

    steps:    steps of a sample.
    step:     seconds of a step, counted from time 0, at least a microsecond.  Step k starts with the whole
              microsecond that is nearest to ``k * step``, so that what was made in step k lands there however
              long the recording is.  None: every sample's own duration, up to its last event, is divided into
              `steps` bins ("bins per sample", as in arXiv 2404.10597).
    channels: channels that the events may come from.
    group:    this many neighbouring channels become one input neuron; the last one may take fewer.
    sensor:   None for channels in a row.  Height, width and polarities of one with pixels, such as an event
              camera: polarity p of the pixel in row y and column x is channel ``(y * width + x) * polarities
              + p``, and blocks of group x group pixels become one.
    """

    steps: int
    step: float | None
    channels: int
    group: int = 1
    sensor: tuple[int, int, int] | None = None

    def find_problems(self) -> Iterator[Problem]:
        """Name numbers that are out of range or do not go together."""
        if not 1 <= self.steps <= MOST:
            yield field_problem(Framing, "steps", self.steps, f"a number from 1 to {MOST}")
        if self.step is not None and not MICROSECOND <= self.step < math.inf:
            wanted = "a finite number of seconds, at least the microsecond in which times are counted"
            yield field_problem(Framing, "step", self.step, wanted)
        for name in ("channels", "group"):
            if not 1 <= getattr(self, name) <= LARGEST:
                yield field_problem(Framing, name, getattr(self, name), f"a number from 1 to {LARGEST}")
        if self.group > self.channels >= 1:
            yield Problem(
                "Framing", f"group of {self.group} channels is wider than the {self.channels} channels"
            )
        if self.sensor is not None and min(self.sensor) < 1:
            yield field_problem(Framing, "sensor", self.sensor, "three numbers of at least 1")
        elif self.sensor is not None and math.prod(self.sensor) != self.channels:
            yield Problem(
                "Framing",
                f"a sensor of height, width and polarities {self.sensor} has "
                f"{math.prod(self.sensor)} channels, not {self.channels}",
            )

    @one_line
    def __repr__(self) -> str:
        grouped = f", groups of {self.group}" if self.group > 1 else ""
        return f"<Framing {self.describe_steps()}, {self.channels} channels{grouped}: {self.inputs} inputs>"

    def describe_steps(self) -> str:
        """Say in words how many steps a sample has, and how long they are."""
        width = "bins per sample" if self.step is None else f"steps of {self.step * 1e3:g} ms"
        return f"{self.steps} {width}"

    @property
    def sheet(self) -> tuple[int, int, int]:
        """How the input neurons lie: height, width and polarities, neuron ``(y * width + x) * polarities +
        p``; a row has height 1.
        """
        if self.sensor is None:
            return 1, -(-self.channels // self.group), 1
        height, width, polarities = self.sensor
        return -(-height // self.group), -(-width // self.group), polarities

    @property
    def inputs(self) -> int:
        """Input neurons that the channels become."""
        return math.prod(self.sheet)

    def _input_of(self, channels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the input neuron of each channel."""
        if self.sensor is None:
            return channels // self.group
        _, width, polarities = self.sensor
        pixel, polarity = np.divmod(channels, polarities)
        y, x = np.divmod(pixel, width)
        return np.asarray((y // self.group * self.sheet[1] + x // self.group) * polarities + polarity)

    def _step_of(
        self, times: NDArray[np.int64], sample: NDArray[np.int64], samples: int
    ) -> NDArray[np.int64]:
        """Return the step of each time; `steps` for what comes after the last one."""
        if self.step is not None:
            starts = find_step_starts(self.step, range(self.steps + 1))
            # a start beyond the range of times is cut to the end of it, where no event has reached it
            reached = np.minimum(times, np.iinfo(np.int64).max - 1)
            return np.asarray(np.searchsorted(starts, reached, side="right") - 1)
        last = np.zeros(samples, dtype=np.int64)
        np.maximum.at(last, sample, times)
        longest = (np.iinfo(np.int64).max - 1) // self.steps
        if times.max(initial=0) > longest:
            message = f"{times.max()} microseconds are too late to be divided into {self.steps} bins"
            raise DataError.at("times", message, "count from the sample's start")
        return np.asarray(times * self.steps // (last[sample] + 1))

    def estimate_memory(self, samples: int, events: int) -> dict[str, int]:
        """Estimate the bytes that `frame` takes at most, by what they hold, its arguments not among them."""
        starts = 0 if self.step is None else 8 * (self.steps + 1)
        return {
            "spikes": samples * self.steps * self.inputs,
            "the steps and inputs of events": events * (_EVENT if self.sensor is None else _PIXEL_EVENT),
            "the starts of steps": starts,
        }

    def frame(self, times: ArrayLike, channels: ArrayLike, offsets: ArrayLike) -> FramedSpikes:
        """Frame ragged events into spikes.

        times:    microseconds, samples one after the other, [events].
        channels: channel of each event, [events].
        offsets:  where each sample starts, and the end of the last, [samples + 1].

        The arrays may have any type of integers; what counts is their values.  Raises `DataError` for other
        arrays, for those that do not belong together, for times before 0 and for numbers beyond int64,
        `OutOfMemory` for more spikes than there is memory for.
        """
        times, channels, offsets = _take_arrays(times=times, channels=channels, offsets=offsets)
        DataError.collect(_find_array_problems(times, channels, offsets))
        samples = len(offsets) - 1
        require_memory_of(
            samples,
            self.steps,
            "framing",
            lambda some: self.estimate_memory(some, len(times) * some // samples),
            "frame fewer steps, or more channels to an input (group)",
        )
        sample = np.repeat(np.arange(samples), np.diff(offsets))
        step = self._step_of(times, sample, samples)
        late = step >= self.steps
        outside = (channels < 0) | (channels >= self.channels)
        good = ~late & ~outside
        spikes = np.zeros((samples, self.steps, self.inputs), dtype=np.bool_)
        spikes[sample[good], step[good], self._input_of(channels[good])] = True
        kept = int(good.sum())
        return FramedSpikes(
            spikes=spikes,
            events=len(times),
            merged=kept - int(np.count_nonzero(spikes)),
            late=int(np.count_nonzero(late & ~outside)),
            outside=int(np.count_nonzero(outside)),
        )


def _take_arrays(**given: ArrayLike) -> list[NDArray[np.int64]]:
    """Return the arrays in int64, so that all arithmetic on them is that of whole numbers; name those that
    are not whole numbers in one dimension.
    """
    taken, problems = [], []
    for name, values in given.items():
        wanted, remedy = "must be whole numbers in one dimension", "give an array of integers"
        if name == "times":
            remedy += "; times are microseconds"
        try:
            array = integers(values)
        except ValueError as error:
            problems.append(Problem(name, f"{wanted}: {error}", remedy))
            continue
        if array.ndim != 1:
            problems.append(Problem(name, f"{wanted}, not of shape {array.shape}", remedy))
        taken.append(array)
    DataError.collect(problems)
    return taken


def _find_array_problems(
    times: NDArray[np.int64], channels: NDArray[np.int64], offsets: NDArray[np.int64]
) -> Iterator[Problem]:
    if len(times) != len(channels):
        yield Problem(
            "channels", f"has {len(channels)} entries for {len(times)} times", "give one channel per event"
        )
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(times) or (offsets[1:] < offsets[:-1]).any():
        yield Problem(
            "offsets",
            f"must rise from 0 to the {len(times)} events",
            "give where each sample starts, and the end of the last",
        )
    early = np.flatnonzero(times < 0)
    if early.size:
        yield Problem(
            "times",
            f"{early.size} events lie before 0, the first is event {early[0]} at {times[early[0]]}",
            "count from the sample's start",
        )


@dataclass(frozen=True, eq=False)
class FramedSpikes:
    """Input spikes, and what became of the events that they were made of.

    spikes:  bool [samples, steps, inputs].
    events:  number of all events.
    merged:  events that fell on a step and a neuron which had one already.
    late:    events after the last step.
    outside: events from a channel beyond the framing's.
    """

    spikes: NDArray[np.bool_]
    events: int
    merged: int
    late: int
    outside: int

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FramedSpikes):
            return NotImplemented
        return all(same(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    __hash__ = None  # type: ignore[assignment]  # holds arrays

    @one_line
    def __repr__(self) -> str:
        samples, steps, inputs = self.spikes.shape
        return f"<FramedSpikes {samples} samples, {steps} steps, {inputs} inputs; {self}>"

    def __str__(self) -> str:
        share = {k: getattr(self, k) / max(self.events, 1) for k in ("merged", "late", "outside")}
        return f"{self.events} events: " + ", ".join(
            f"{getattr(self, k)} {k} ({v:.2%})" for k, v in share.items()
        )
