"""Event sets and recordings for the tests of the data."""

import numpy as np
import pytest
from hypothesis import strategies as st

from delaycore.datasets import EventSet


@st.composite
def event_sets(draw):
    names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
    classes = tuple(draw(st.lists(names, min_size=1, max_size=4, unique=True)))
    channels = draw(st.integers(1, 70_000))
    latest = draw(st.sampled_from([0, 700_000, 7_999_999, 40_000_000]))
    event = st.tuples(st.integers(0, latest), st.integers(0, channels - 1))
    samples = draw(st.lists(st.lists(event, max_size=6).map(sorted), max_size=5))
    labels = draw(st.lists(st.integers(0, len(classes) - 1), min_size=len(samples), max_size=len(samples)))
    events = [event for sample in samples for event in sample]
    return EventSet(
        times=np.array([t for t, _ in events], np.int64),
        channels=np.array([c for _, c in events], np.int32),
        offsets=np.cumsum([0, *map(len, samples)]),
        labels=np.array(labels, np.int64),
        speakers=np.arange(len(samples)),
        classes=classes,
        channel_count=channels,
    )


# Tests ask for `...: EventSet` under @given.
st.register_type_strategy(EventSet, event_sets())


@pytest.fixture
def make_events():
    """Builds a small valid event set: two events a sample, one class after another, one speaker after
    another.
    """

    def make(speakers=(0, 1, 2, 3), classes=("yes", "no"), channels=10, name="small", units=None, **changed):
        samples = len(speakers)
        fields = {
            "times": np.tile([1_000, 2_500], samples),
            "channels": np.tile([3, 9], samples) if units is None else units,
            "offsets": np.arange(samples + 1) * 2,
            "labels": np.arange(samples) % len(classes),
            "speakers": np.array(speakers),
        }
        return EventSet(**{**fields, "classes": classes, "channel_count": channels, "name": name, **changed})

    return make


@pytest.fixture
def wav_folder(tmp_path):
    """A folder of tones: classes high and low, six speakers with two takes each."""
    from scipy.io import wavfile  # which other tests of this folder do without

    rate = 8_000
    seconds = np.arange(rate // 10) / rate
    for name, hertz in (("high", 2_000), ("low", 300)):
        (tmp_path / "words" / name).mkdir(parents=True)
        for speaker in "abcdef":
            for take in (1, 2):
                tone = np.sin(2 * np.pi * (hertz + 10 * take) * seconds)
                path = tmp_path / "words" / name / f"{speaker}_{take}.wav"
                wavfile.write(path, rate, (tone * 9_000).astype(np.int16))
    return tmp_path / "words"
