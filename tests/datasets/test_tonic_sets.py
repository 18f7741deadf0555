"""Data sets of tonic as event sets."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from tonic.datasets import SHD
from tonic.transforms import ToFrame

from delaycore import DataError
from delaycore.datasets import SpokenDigits, load_tonic, tonic_events, write_events


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
    found = tonic_events(Words(events))
    assert found == replace(events, speakers=np.zeros(4, int))
    assert found.name == "Words"


def test_speakers_are_taken_over(make_events):
    words = Words(make_events())
    words.speaker = np.array([7, 7, 8, 9], np.uint16)
    assert tonic_events(words).speakers.tolist() == [7, 7, 8, 9]


def test_spoken_digits_pass_through_tonics_door_unchanged():
    assert tonic_events(SpokenDigits("valid")) == SpokenDigits.events("valid")


def test_frames_instead_of_events_are_refused(make_events):
    framed = Words(make_events(), ToFrame((10, 1, 1), n_time_bins=4))
    with pytest.raises(DataError, match=r"Words\[0\]: is ndarray, not a structured array.*without a transform"):
        tonic_events(framed)


@pytest.mark.parametrize("size", [(128, 128, 2), None])
def test_a_sensor_that_is_no_row_of_channels_is_refused(size):
    with pytest.raises(DataError, match="has the sensor_size"):
        tonic_events(SimpleNamespace(sensor_size=size or (), classes=["a"]))


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
    assert np.array_equal(tonic_events(SHD(str(fetched))).channels, make_events(range(6)).channels)


def test_an_unknown_name_is_told(tmp_path):
    with pytest.raises(DataError, match=r"there is no 'MNIST'.*'SHD' or 'SSC'"):
        load_tonic("MNIST", tmp_path)


def test_a_network_out_of_reach_is_told_with_what_to_do(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr("tonic.dataset.download_and_extract_archive", fail)
    with pytest.raises(DataError, match=r"tonic cannot fetch it \(Name or service not known\).*load_splits.*Spoken"):
        load_tonic("SSC", tmp_path)


def test_a_missing_tonic_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("delaycore.datasets._extras.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"the package tonic is not installed.*pip install 'delaycore\[training\]'"):
        load_tonic("SHD", tmp_path)
