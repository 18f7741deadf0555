"""Data sets of tonic as event sets."""

import shutil
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tonic.datasets import SHD
from tonic.transforms import ToFrame

from delaycore import DataError, Framing
from delaycore.datasets import SpokenDigits, frame_events, from_tonic, load_tonic, write_events


class Words:
    """A small data set as tonic has them."""

    sensor_size = (10, 1, 1)
    classes = np.array([b"yes", b"no"])

    def __init__(self, events, transform=None):
        self.inner = events
        self.transform = transform

    def __len__(self):
        return len(self.inner)

    def __getitem__(self, index):
        events, label = self.inner[index]
        return (events if self.transform is None else self.transform(events)), np.int64(label)


def test_a_data_set_of_tonic_becomes_an_event_set(make_events):
    events = make_events()
    found = from_tonic(Words(events))
    assert found == replace(events, speakers=np.full(4, -1))
    assert found.name == "Words"


def test_speakers_are_taken_over(make_events):
    words: Any = Words(make_events())
    words.speaker = np.array([7, 7, 8, 9], np.uint16)
    assert from_tonic(words).speakers.tolist() == [7, 7, 8, 9]


def test_spoken_digits_pass_through_tonics_door_unchanged():
    assert from_tonic(SpokenDigits("valid")) == SpokenDigits.events("valid")


def test_frames_instead_of_events_are_refused(make_events):
    framed = Words(make_events(), ToFrame((10, 1, 1), n_time_bins=4))
    with pytest.raises(
        DataError, match=r"Words\[0\]: is ndarray, not a structured array.*without a transform"
    ):
        from_tonic(framed)


@pytest.mark.parametrize("size", [(128, 128), None])
def test_a_sensor_that_is_none_is_refused(size):
    with pytest.raises(DataError, match="has the sensor_size"):
        from_tonic(SimpleNamespace(sensor_size=size, classes=["a"]))


PIXEL = np.dtype([("x", np.int16), ("y", np.int16), ("p", bool), ("t", np.int64)])


class Gestures:
    """A small data set of an event camera, 3 pixels wide and 2 high, as tonic has them."""

    sensor_size = (3, 2, 2)
    classes = ("wave", "clap")

    def __init__(self, users=None):
        if users is not None:
            self.users = users

    def __len__(self):
        return 21

    def __getitem__(self, index):
        return np.array(
            [(0, 0, False, 10), (2, 0, True, 20), (0, 1, False, 30), (index % 3, 1, True, 40)], PIXEL
        ), index % 2


def test_pixels_become_channels_row_by_row_with_their_polarities_side_by_side():
    events = from_tonic(Gestures())
    assert (events.sensor, events.channel_count) == ((2, 3, 2), 12)
    assert events.channels[:4].tolist() == [0, 5, 6, 7]
    spikes = (
        Framing(steps=5, step=1e-5, channels=12, sensor=events.sensor)
        .frame(events.times, events.channels.astype(np.int64), events.offsets)
        .spikes
    )
    assert np.argwhere(spikes[1].reshape(5, 2, 3, 2)).tolist() == [
        [1, 0, 0, 0],
        [2, 0, 2, 1],
        [3, 1, 0, 0],
        [4, 1, 1, 1],
    ]


def test_a_sample_without_the_pixels_of_its_events_is_refused(make_events):
    words = Words(make_events())
    words.sensor_size = (10, 4, 2)
    with pytest.raises(DataError, match="structured array with p, t, x, y"):
        from_tonic(words)


class Camera:
    """One sample for each row of ``events``, (x, y, p, t), of a camera 3 pixels wide and 2 high."""

    classes = ("wave", "clap")

    def __init__(self, *samples: Any, size: Any = (3, 2, 2), kind: Any = np.float64):
        self.samples, self.sensor_size = samples, size
        self.dtype = np.dtype([("x", kind), ("y", kind), ("p", kind), ("t", np.float64)])

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return np.array(self.samples[index], self.dtype), 0


GOOD = (2, 1, 1, 5.0)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ((3, 0, 0, 7.0), r"Camera: x: 3.0 of event 1 in sample 1 is not a whole number within 0..2 \(2 such"),
        (
            (-1, 1, 0, 7.0),
            r"Camera: x: -1.0 of event 1 in sample 1 is not a whole number within 0..2 \(2 such",
        ),
        ((0, 2, 0, 7.0), r"Camera: y: 2.0 of event 1 in sample 1 is not a whole number within 0..1 \(2 such"),
        ((0, 1, 2, 7.0), r"Camera: p: 2.0 of event 1 in sample 1 is not a whole number within 0..1 \(2 such"),
        ((0, 1, -1, 7.0), r"Camera: p: -1.0 of event 1 in sample 1"),
        ((0.5, 1, 0, 7.0), r"Camera: x: 0.5 of event 1 in sample 1"),
        ((np.nan, 1, 0, 7.0), r"Camera: x: nan of event 1 in sample 1"),
        ((0, 1, 0, np.nan), r"Camera: t: nan in sample 1 \(2 such"),
    ],
)
def test_a_coordinate_beyond_its_own_range_is_refused_though_its_channel_would_exist(bad, says):
    with pytest.raises(DataError, match=says):
        from_tonic(Camera([GOOD], [GOOD, bad, GOOD], [bad]))


@given(
    st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3)),
    st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 6), st.integers(-1, 4)), min_size=1, max_size=6),
)
def test_every_event_is_found_on_its_own_pixel_or_the_data_set_is_refused(size, places):
    camera = Camera([(*place, float(t)) for t, place in enumerate(places)], size=size, kind=np.int16)
    width, height, polarities = size
    fits = all(
        0 <= x < width and 0 <= y < height and (polarities == 1 or 0 <= p < polarities) for x, y, p in places
    ) and (polarities > 1 or len({p for _, _, p in places}) == 1)
    if not fits:
        with pytest.raises(DataError, match="of event"):
            from_tonic(camera)
        return
    channels = from_tonic(camera).channels
    where = np.stack(np.unravel_index(channels, (height, width, polarities)), axis=1).tolist()
    assert where == [[y, x, p if polarities > 1 else 0] for x, y, p in places]


def test_the_polarities_of_a_row_of_channels_are_kept_apart():
    events = from_tonic(Camera([(2, 0, 1, 0.0), (2, 0, 0, 1.0)], size=(3, 1, 2)))
    assert (events.sensor, events.channels.tolist()) == ((1, 3, 2), [5, 4])


@pytest.mark.parametrize("kind", [np.uint64, np.int64])
def test_times_that_are_whole_numbers_stay_as_they_are(kind):
    latest = 2**62 + 1
    camera = Camera([(*GOOD[:3], 0), (*GOOD[:3], latest)])
    camera.dtype = np.dtype([*((axis, np.int16) for axis in "xyp"), ("t", kind)])
    assert from_tonic(camera).times.tolist() == [0, latest]


@pytest.mark.parametrize(
    ("kind", "latest"), [(np.uint64, 2**64 - 5), (np.float32, 2.0**63), (np.float64, 1e19)]
)
def test_times_beyond_the_range_of_int64_are_refused(kind, latest):
    camera = Camera([(*GOOD[:3], 0), (*GOOD[:3], latest)])
    camera.dtype = np.dtype([*((axis, np.int16) for axis in "xyp"), ("t", kind)])
    with pytest.raises(DataError, match=r"Camera: t(imes)?: "):
        from_tonic(camera)


def test_times_in_single_precision_keep_their_steps():
    times = (np.arange(2_300) / 300 * 1e6).astype(np.float32)
    camera = Camera([(0, 0, 0, time) for time in times])
    camera.dtype = np.dtype([*((axis, np.int16) for axis in "xyp"), ("t", np.float32)])
    events = from_tonic(camera)
    framing = Framing(steps=2_300, step=1 / 300, channels=12, sensor=(2, 3, 2))
    assert framing.frame(events.times, events.channels, events.offsets).merged == 0


@pytest.mark.parametrize("label", [np.uint64(2**64 - 1), 2**63])
def test_a_label_beyond_the_range_of_int64_is_refused(label):
    class Labelled(Camera):
        def __getitem__(self, index):
            return super().__getitem__(index)[0], label

    with pytest.raises(DataError, match="Labelled: label"):
        from_tonic(Labelled([GOOD]))


def test_a_label_that_is_no_index_is_refused():
    class Named(Camera):
        def __getitem__(self, index):
            return super().__getitem__(index)[0], "wave"

    with pytest.raises(DataError, match="'wave' of sample 0 is no index"):
        from_tonic(Named([GOOD]))


def test_events_of_another_sensor_than_that_of_the_framing_are_refused(make_events):
    framing = Framing(steps=5, step=1e-3, channels=10, sensor=(5, 1, 2))
    for sensor in (None, (5, 1, 2)):
        assert len(frame_events(make_events(sensor=sensor), framing)[0]) == 4
    with pytest.raises(DataError, match=r"sensor of \(1, 5, 2\), but the framing is for one of \(5, 1, 2\)"):
        frame_events(make_events(sensor=(1, 5, 2)), framing)


def test_gestures_of_whole_users_are_held_out(monkeypatch, tmp_path):
    made = []

    def fetched(folder, train):
        made.append((folder, train))
        return Gestures(np.arange(21) // 3 + (0 if train else 100))

    monkeypatch.setattr("tonic.datasets.DVSGesture", fetched)
    splits = load_tonic("DVSGesture", tmp_path)
    assert made == [(str(tmp_path), True), (str(tmp_path), False)]
    assert not set(splits.train.speakers) & set(splits.valid.speakers)
    assert splits.valid.sensor == splits.test.sensor == (2, 3, 2)


def test_digits_that_nobody_is_named_for_are_held_out_one_in_seven_and_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr("tonic.datasets.NMNIST", lambda folder, train: Gestures())
    splits = load_tonic("NMNIST", tmp_path)
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (18, 3, 21)
    assert splits.notes == (
        "no validation split, and nobody is named: every seventh sample of NMNIST train is held out for it",
    )


@pytest.fixture
def fetched(tmp_path, make_events):
    """A folder in which tonic finds SHD, very small, as if fetched before."""
    folder = tmp_path / "SHD"
    folder.mkdir()
    for split, speakers in (("train", range(6)), ("test", (4, 9))):
        write_events(folder / f"shd_{split}.h5", make_events(speakers, channels=700))
        shutil.make_archive(str(folder / f"shd_{split}.h5"), "zip", folder, f"shd_{split}.h5")
    return tmp_path


def test_shd_is_loaded_through_tonic_with_speakers_held_out(fetched):
    splits = load_tonic("SHD", fetched)
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (4, 2, 2)
    assert splits.train.channel_count == 700
    assert "held out" in splits.notes[0]


def test_tonic_reads_the_files_that_we_write(fetched, make_events):
    assert np.array_equal(from_tonic(SHD(str(fetched))).channels, make_events(range(6)).channels)


def test_an_unknown_name_is_told(tmp_path):
    with pytest.raises(DataError, match=r"there is no 'MNIST'.*'SHD', 'SSC', 'NMNIST', 'DVSGesture'"):
        load_tonic("MNIST", tmp_path)


def test_a_network_out_of_reach_is_told_with_what_to_do(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr("tonic.dataset.download_and_extract_archive", fail)
    with pytest.raises(
        DataError, match=r"tonic cannot fetch it \(Name or service not known\).*load_splits.*Spoken"
    ):
        load_tonic("SSC", tmp_path)


def test_a_missing_tonic_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("delaycore.datasets._extras.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"the package tonic is not installed.*pip install .*\[tonic\]'"):
        load_tonic("SHD", tmp_path)
