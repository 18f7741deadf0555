"""SpokenDigits: the data set that ships with delaycore."""

import subprocess
import sys

import numpy as np
import pytest

from delaycore import DataError, FileError
from delaycore.datasets import EventSet, SpokenDigits
from delaycore.datasets import _spoken_digits as module
from delaycore.datasets._packing import read_packed, write_packed

SIZES = {"train": 3_000, "valid": 720, "test": 1_080}


@pytest.mark.parametrize("split", SIZES)
def test_every_voice_says_every_word_three_times(split):
    events = SpokenDigits.events(split)
    assert len(events) == SIZES[split]
    said = np.stack([events.speakers, events.labels])
    _, counts = np.unique(said, axis=1, return_counts=True)
    assert set(counts) == {3}
    assert len(counts) * 3 == len(events)


def test_no_voice_is_in_two_splits():
    voices = [set(SpokenDigits.events(split).speakers.tolist()) for split in SIZES]
    assert sum(map(len, voices)) == len(set.union(*voices)) == 80


def test_it_behaves_like_a_data_set_of_tonic():
    digits = SpokenDigits("valid")
    events, label = digits[11]
    assert len(digits) == 720
    assert events.dtype == digits.dtype
    assert digits.sensor_size == (80, 1, 1)
    assert digits.ordering == digits.dtype.names
    assert digits.classes[label] == "eins"
    assert np.all(np.diff(events["t"]) >= 0)
    assert set(events["p"]) == {1}
    assert len(digits.speaker) == 720


def test_transforms_are_applied():
    digits = SpokenDigits("valid", transform=len, target_transform=str)
    assert digits[3] == (len(SpokenDigits("valid")[3][0]), "3")


def test_tonics_transforms_apply():
    from tonic.transforms import ToFrame

    digits = SpokenDigits("valid", transform=ToFrame(SpokenDigits.sensor_size, time_window=10_000))
    frames, _ = digits[0]
    assert frames.shape[1:] == (1, 80)
    assert frames.sum() > 100


def test_words_are_of_the_length_and_density_promised():
    events = SpokenDigits.events("train")
    counts = np.diff(events.offsets)
    assert 600 < counts.mean() < 1_200
    assert counts.min() > 30
    ends = np.maximum.reduceat(events.times, events.offsets[:-1])
    assert np.quantile(ends, 0.95) < 700_000


def test_an_unknown_split_is_told():
    with pytest.raises(DataError, match=r"there is no 'dev'.*'train', 'valid', 'test'"):
        SpokenDigits("dev")


def test_the_file_is_small():
    assert module.DATA_FILE.stat().st_size < 6_000_000


def test_it_needs_nothing_but_numpy():
    code = (
        "import sys, delaycore; from delaycore.datasets import SpokenDigits; SpokenDigits('valid')[0]; "
        "print(*{'torch', 'tonic', 'scipy', 'numba', 'matplotlib', 'h5py'} & set(sys.modules))"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == ""
    )


def test_packing_keeps_every_event_at_half_a_millisecond(tmp_path, make_events):
    silent = make_events((0,), times=np.zeros(0, int), units=np.zeros(0, int), offsets=np.array([0, 0]))
    long = make_events((0, 1), times=np.array([0, 700_500, 500, 200_000_000 // 20]))
    write_packed(tmp_path / "packed.npz", {"a": silent, "b": long})
    assert read_packed(tmp_path / "packed.npz", "a", "a") == silent
    assert read_packed(tmp_path / "packed.npz", "b", "b") == long


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"times": np.tile([1_000, 2_501], 2)}, "times: 2501 microseconds, and 2 such times in all"),
        ({"times": np.tile([0, 2**16 * 500], 2)}, "gaps in steps: hold 65536"),
        ({"speakers": (0, 256)}, "speakers: hold 256"),
        ({"speakers": (0, -1)}, "speakers: hold -1"),
        ({"classes": tuple(map(str, range(300))), "labels": [0, 299]}, "labels: hold 299"),
        ({"sensor": (1, 5, 2)}, "has a sensor with pixels"),
        ({"time_error": 1.0}, "times that are not exact"),
    ],
)
def test_what_packing_would_alter_is_refused(tmp_path, make_events, changed, message):
    events = make_events(**{"speakers": (0, 1)} | changed)
    with pytest.raises(DataError, match=message):
        write_packed(tmp_path / "packed.npz", {"a": events})
    assert not (tmp_path / "packed.npz").exists()


def test_packing_takes_sets_of_one_kind_alone(tmp_path, make_events):
    with pytest.raises(DataError, match="has other classes or channels than one"):
        write_packed(
            tmp_path / "p.npz", {"a": make_events(name="one"), "b": make_events(name="b", channels=11)}
        )


def test_packing_gives_the_same_bytes_again(tmp_path):
    events: EventSet = SpokenDigits.events("valid")
    for name in ("one.npz", "two.npz"):
        write_packed(tmp_path / name, {"valid": events})
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_damaged_installation_is_told(tmp_path):
    whole = module.DATA_FILE.read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[:1_000_000])
    with pytest.raises(FileError, match=r"cut.npz: it cannot be read.*install it anew"):
        read_packed(tmp_path / "cut.npz", "test", "test")
    with pytest.raises(FileError, match="it cannot be read"):
        read_packed(tmp_path / "nowhere.npz", "test", "test")
