"""The data of a run: three splits of recordings, framed, with what framing lost."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from delaycore.datasets import EventSet, Samples, frame_events
from delaycore.errors import DataError, Problem, SettingsError
from delaycore.graph import Framing
from delaycore.hardware import Losses
from delaycore.settings import Framed as FramingSettings

__all__ = ["Recordings", "framing_for"]


def framing_for(settings: FramingSettings, events: EventSet) -> Framing:
    """The framing that ``settings`` ask for, of recordings like ``events``.  Raises `SettingsError` for a
    sensor that is not theirs.
    """
    sensor = events.sensor if settings.sensor is None else settings.sensor
    if sensor is not None and (
        math.prod(sensor) != events.channel_count or events.sensor not in (None, sensor)
    ):
        theirs = f"a sensor of {events.sensor}" if events.sensor else f"{events.channel_count} channels"
        remedy = (
            "give its height, width and polarities, whose product is the number of channels; or leave "
            "the entry out"
        )
        raise SettingsError.at("framing.sensor", f"is {sensor}, but {events.name} has {theirs}", remedy)
    return Framing(
        steps=settings.steps,
        step=None if settings.step == "bins" else settings.step,
        channels=events.channel_count,
        group=settings.group,
        sensor=sensor,
    )


@dataclass(frozen=True, eq=False)
class Recordings:
    """Training, validation and test recordings of one run.

    The test split is framed when it is first asked for, which is after the last training.
    """

    splits: Mapping[str, EventSet]
    framing: Framing
    step: float
    name: str
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        train: EventSet,
        valid: EventSet,
        test: EventSet,
        settings: FramingSettings,
        name: str,
        notes: tuple[str, ...] = (),
    ) -> Recordings:
        """Recordings framed by ``settings``.  Raises `DataError` if a class has no training sample."""
        train.require_every_class()
        DataError.collect(
            Problem(part.name, "holds no sample", "give a file with recordings")
            for part in (valid, test)
            if not len(part)
        )
        framing = framing_for(settings, train)
        step = framing.step if framing.step is not None else _duration(train) / framing.steps
        return cls({"train": train, "valid": valid, "test": test}, framing, step, name, notes)

    @property
    def train(self) -> Samples:
        """Framed training samples."""
        return self._framed("train")[0]

    @property
    def valid(self) -> Samples:
        """Framed validation samples."""
        return self._framed("valid")[0]

    @property
    def test(self) -> Samples:
        """Framed test samples."""
        return self._framed("test")[0]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.splits["train"].classes

    def losses(self) -> Losses:
        """What framing lost in each split."""
        return Losses(entries=tuple(e for split in self.splits for e in self._framed(split)[1].entries))

    def _framed(self, split: str) -> tuple[Samples, Losses]:
        """Samples and losses of a split, framed once."""
        if split not in self._kept:
            self._kept[split] = frame_events(self.splits[split], self.framing)
        return self._kept[split]

    @cached_property
    def _kept(self) -> dict[str, tuple[Samples, Losses]]:
        return {}

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all events and labels, and of the framing."""
        digest = hashlib.sha256(json.dumps(asdict(self.framing), separators=(",", ":")).encode())
        for events in self.splits.values():
            for array in (events.times, events.channels, events.offsets, events.labels):
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]


def _duration(events: EventSet) -> float:
    """Seconds up to the last event, of the median sample that has any."""
    ends = events.offsets[1:][np.diff(events.offsets) > 0]
    return float(np.median(events.times[ends - 1])) * 1e-6  # times ascend within a sample
