"""Recordings of a run: each split is framed once, when it is first asked for."""

from __future__ import annotations

from typing import Any

import pytest

from delaycore.datasets import frame_events
from delaycore.experiment import Recordings
from delaycore.settings import Settings


def test_samples_and_losses_of_a_split_come_from_framing_it_once(
    small_recordings: Recordings, small_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    framed: list[str] = []

    def counted(events: Any, framing: Any) -> Any:
        framed.append(events.name)
        return frame_events(events, framing)

    monkeypatch.setattr("delaycore.experiment._recordings.frame_events", counted)
    splits = small_recordings.splits
    data = Recordings.of(splits["train"], splits["valid"], splits["test"], small_settings.framing, "some")
    assert not framed
    assert (
        len(data.train) and len(data.valid) and len(framed) == 2
    )  # the test split only when it is asked for
    lost = data.losses()
    assert len(data.test) and data.losses() == lost and len(framed) == 3
    assert lost.entries == tuple(
        e for events in splits.values() for e in frame_events(events, data.framing)[1]
    )
