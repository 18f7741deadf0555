"""The data of a run: three splits of recordings, and how they are framed."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from delaycore._shown import show_line
from delaycore.datasets import EventSet, Samples, choose_spike_counts, equalize_spikes, frame_events
from delaycore.errors import DataError, Problem, SettingsError
from delaycore.graph import Framing
from delaycore.hardware import Losses
from delaycore.settings import FramingSettings

__all__ = ["Recordings"]

_EQUALIZED = (
    "framing.equalize: each input has as many spikes in every sample, so these figures are of timing alone; "
    "`simulate` takes recordings as they are"
)


@dataclass(frozen=True, eq=False)
class Recordings:
    """Training, validation and test recordings of one run.

    Each split is framed when it is first used: the test split, after the last training.

    splits:  events by the name of the split: ``train``, ``valid``, ``test``.
    framing: how events become steps.
    step:    seconds of a step.
    name:    of the data, for tables.
    notes:   what a reader should know about the data.
    equalize, equalize_seed: as in `FramingSettings`: every framed sample has as many spikes in each input.
    """

    splits: Mapping[str, EventSet]
    framing: Framing
    step: float
    name: str
    notes: tuple[str, ...] = ()
    equalize: float | None = None
    equalize_seed: int = 0

    __repr__ = show_line

    def __str__(self) -> str:
        splits = (f"{split}: {events!r}" for split, events in self.splits.items())
        return "\n".join([f"{self.name}: {self.framing!r}", *splits, *self.notes])

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
        """Make recordings that ``settings`` frame.

        Labels of all parts become indices of the classes of ``train``.  Raises `DataError` if a class has no
        training sample, a split no sample at all or samples of other classes, `SettingsError` for a sensor
        that is not that of the events.
        """
        train.require_every_class()
        DataError.collect(
            Problem(part.name, "holds no sample", "give a file with recordings")
            for part in (valid, test)
            if not len(part)
        )
        framing = _make_framing(settings, train)
        step = framing.step if framing.step is not None else train.median_duration / framing.steps
        if not step:
            raise DataError.at(
                train.name,
                "has no event after time 0, so its samples have no duration to divide into bins",
                "give recordings with events, or the length of a step as framing.step",
            )
        splits = {"valid": valid, "test": test}
        aligned = {split: part.with_classes(train.classes) for split, part in splits.items()}
        parts = {"train": train, **aligned}
        if settings.equalize is not None:
            notes = (*notes, _EQUALIZED)
        return cls(parts, framing, step, name, notes, settings.equalize, settings.equalize_seed)

    @property
    def train(self) -> Samples:
        """Framed training samples."""
        return self._frame("train")[0]

    @property
    def valid(self) -> Samples:
        """Framed validation samples."""
        return self._frame("valid")[0]

    @property
    def test(self) -> Samples:
        """Framed test samples."""
        return self._frame("test")[0]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.splits["train"].classes

    def losses(self, *splits: str) -> Losses:
        """Return what framing lost in each of ``splits``, or in all of them."""
        return Losses(
            entries=tuple(e for split in splits or self.splits for e in self._frame(split)[1].entries)
        )

    def _frame(self, split: str) -> tuple[Samples, Losses]:
        """Return samples and losses of a split, which is framed once."""
        if split not in self._cache:
            samples, losses = frame_events(self.splits[split], self.framing)
            if self.equalize is not None:
                # The training samples alone decide the counts, which are the same in all of them afterwards.
                counts = (
                    choose_spike_counts(samples, self.equalize)
                    if split == "train"
                    else self.train.spikes[0].sum(axis=0)
                )
                place = self.splits[split].name
                samples, changed = equalize_spikes(samples, counts, self.equalize_seed, place)
                losses += changed
            self._cache[split] = samples, losses
        return self._cache[split]

    @cached_property
    def _cache(self) -> dict[str, tuple[Samples, Losses]]:
        return {}

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all events, labels and names of classes, and of the framing."""
        described: list[object] = [asdict(self.framing), self.classes]
        if self.equalize is not None:
            described.append([self.equalize, self.equalize_seed])
        digest = hashlib.sha256(json.dumps(described, separators=(",", ":")).encode())
        for events in self.splits.values():
            for array in (events.times, events.channels, events.offsets, events.labels):
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]


def _make_framing(settings: FramingSettings, events: EventSet) -> Framing:
    """Make the framing that ``settings`` ask for, of recordings like ``events``.

    Raises `SettingsError` for a sensor that is not theirs.
    """
    sensor = events.sensor if settings.sensor is None else settings.sensor
    if sensor is not None and (
        math.prod(sensor) != events.channel_count or events.sensor not in (None, sensor)
    ):
        found = f"a sensor of {events.sensor}" if events.sensor else f"{events.channel_count} channels"
        remedy = (
            "give its height, width and polarities, whose product is the number of channels; or leave "
            "the entry out"
        )
        raise SettingsError.at("framing.sensor", f"is {sensor}, but {events.name} has {found}", remedy)
    return Framing(
        steps=settings.steps,
        step=None if settings.step == "bins" else settings.step,
        channels=events.channel_count,
        group=settings.group,
        sensor=sensor,
    )
