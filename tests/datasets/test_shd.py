"""Files in SHD layout: what is written is read back, and a bad file is named with the place in it."""

from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from delaycore import DataError, FileError, Framing
from delaycore.datasets import EventSet, frame_events, read_events, write_events
from delaycore.graph._step_starts import find_step_starts
from tests.hdf5_files import unseal


@pytest.fixture
def shd_file(tmp_path):
    """Builds a file as SHD has it: half precision, bytes as names, no attribute; arguments replace
    datasets.
    """

    def make(precision=np.float16, **replaced):
        rows: dict[str, Any] = {
            "times": [[0.001, 0.0025], [0.5], []],
            "units": [[3, 699], [0], []],
            "labels": np.array([0, 1, 0], np.uint16),
            "speaker": np.array([4, 4, 5], np.uint16),
            "keys": np.array([b"zero", b"null"]),
        }
        rows |= replaced
        path = tmp_path / "digits_train.h5"
        with h5py.File(path, "w") as file:
            for name, kind in (("times", precision), ("units", np.uint16)):
                data = file.create_dataset(f"spikes/{name}", (len(rows[name]),), h5py.vlen_dtype(kind))
                for i, row in enumerate(rows[name]):
                    data[i] = np.array(row, kind)
            file["labels"] = rows["labels"]
            file["extra/speaker"] = rows["speaker"]
            file["extra/keys"] = rows["keys"]
        return path

    return make


def test_a_file_as_shd_has_it_is_read(shd_file):
    events = read_events(shd_file())
    assert events.channel_count == 700
    assert events.classes == ("zero", "null")
    assert events.offsets.tolist() == [0, 2, 3, 3]
    assert events.channels.tolist() == [3, 699, 0]
    assert events.speakers.tolist() == [4, 4, 5]
    # Half precision has 0.001 s as 0.00100040 s.
    assert events.times.tolist() == [1_000, 2_501, 500_000]


@given(events=...)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back_to_the_microsecond(tmp_path, events: EventSet):
    write_events(tmp_path / "written.h5", events)
    assert read_events(tmp_path / "written.h5") == events


STEPS = st.one_of(
    st.floats(3e-6, 0.1),
    st.integers(10, 300_000).map(lambda hertz: 1 / hertz),
    st.integers(3, 100_000).map(lambda microseconds: microseconds * 1e-6),
)
"""Seconds, longer than single precision's spacing below 16 seconds."""


@given(STEPS, st.lists(st.floats(0, 16), min_size=1, max_size=40), st.sampled_from([np.float32, np.float64]))
@example(1 / 300, [k / 300 for k in range(2_300)], np.float32)
@example(1 / 44_100, [7.5 + k / 44_100 for k in range(2_000)], np.float32)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_made_in_a_step_is_read_in_that_step_in_single_precision(shd_file, step, near, precision):
    numbers = sorted({int(time / step) for time in near})
    times = [[number * step for number in numbers], [], []]
    path = shd_file(precision=precision, times=times, units=[[0] * len(numbers), [], []])
    events = read_events(path)
    if numbers[-1] * step < 7.99:
        assert events.times.tolist() == pytest.approx([n * step * 1e6 for n in numbers], rel=0, abs=1)
    for number, time in zip(numbers, events.times.tolist(), strict=True):
        start, end = find_step_starts(step, [number, number + 1]).tolist()
        assert start <= time < end


@given(st.lists(st.integers(0, 7_999_999), min_size=1).map(sorted))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whole_microseconds_in_single_precision_are_read_as_they_are(shd_file, times):
    units = [[0] * len(times), [], []]
    events = read_events(shd_file(precision=np.float32, times=[np.array(times) / 1e6, [], []], units=units))
    assert events.times.tolist() == times and events.time_error == 0


def test_the_byte_order_of_another_machine_is_refused(shd_file):
    other = np.dtype(np.float32).newbyteorder("S")
    with pytest.raises(FileError, match=r"spikes/times: holds .* in the byte order of other machines"):
        read_events(shd_file(precision=other))


def test_how_well_times_are_known_is_told_where_numbers_are_coarse(shd_file):
    def find_error(precision, latest):
        return read_events(shd_file(precision=precision, times=[[0.001, latest], [0.5], []])).time_error

    assert find_error(np.float32, 7.9) == find_error(np.float64, 1e8) == 0
    assert find_error(np.float32, 8.1) == pytest.approx(2**-20 * 1e6)
    assert find_error(np.float16, 0.9) == pytest.approx(2**-12 * 1e6)
    _, losses = frame_events(read_events(shd_file()), Framing(steps=1_000, step=1e-3, channels=700))
    assert str(losses.entries[0]).startswith("digits_train: 3 of 3 events rounded, largest error 244 us")
    _, losses = frame_events(
        read_events(shd_file(precision=np.float32)), Framing(steps=1_000, step=1e-3, channels=700)
    )
    assert not losses.entries


def test_a_sensor_with_pixels_is_written_and_read(tmp_path, make_events):
    write_events(tmp_path / "written.h5", make_events(sensor=(1, 5, 2)))
    assert read_events(tmp_path / "written.h5").sensor == (1, 5, 2)


def test_the_error_of_times_outlives_the_file(shd_file, tmp_path):
    events = read_events(shd_file())
    write_events(tmp_path / "written.h5", events)
    assert read_events(tmp_path / "written.h5").time_error == events.time_error > 0
    unseal(tmp_path / "written.h5")
    for wrong, message in (("much", "is text or references"), (-1.0, "is -1.0")):
        with h5py.File(tmp_path / "written.h5", "a") as file:
            file.attrs["time_error"] = wrong
        with pytest.raises(DataError, match=rf"written.h5: written: time_error: {message}"):
            read_events(tmp_path / "written.h5")


def test_other_readers_find_the_layout_of_shd(tmp_path, make_events):
    write_events(tmp_path / "written.h5", make_events())
    with h5py.File(tmp_path / "written.h5") as file:
        assert file["spikes/times"][1].tolist() == pytest.approx([0.001, 0.0025])
        assert file["spikes/units"][1].tolist() == [3, 9]
        assert file["labels"][:].tolist() == [0, 1, 0, 1]
        assert file["extra/speaker"][:].tolist() == [0, 1, 2, 3]
        assert file["extra/keys"][:].tolist() == [b"yes", b"no"]


def test_the_number_of_channels_may_be_given(shd_file):
    assert read_events(shd_file(), channels=1_024).channel_count == 1_024
    with pytest.raises(DataError, match=r"digits_train.h5.*channel 699 in sample 0 is not within 0..63"):
        read_events(shd_file(), channels=64)


@pytest.mark.parametrize("own", [-5, 0, 700.5, np.nan, "many", [700, 700]])
@pytest.mark.parametrize("channels", [None, 700])
def test_a_number_of_channels_in_the_file_that_is_none_is_refused(shd_file, own, channels):
    path = shd_file()
    with h5py.File(path, "a") as file:
        file.attrs["channels"] = own
    with pytest.raises(DataError, match="attribute 'channels': must be a whole number of at least 1"):
        read_events(path, channels)


def test_a_file_whose_number_of_channels_is_not_the_wanted_one_is_refused(shd_file):
    path = shd_file()
    with h5py.File(path, "a") as file:
        file.attrs["channels"] = 720
    assert read_events(path).channel_count == read_events(path, channels=720).channel_count == 720
    with pytest.raises(
        DataError,
        match=r"attribute 'channels': is 720, but 700 channels are expected.*give recordings of 700 channels",
    ):
        read_events(path, channels=700)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileError, match=r"nowhere.h5: no such file"):
        read_events(tmp_path / "nowhere.h5")


def test_a_file_that_is_no_hdf5_is_named(tmp_path):
    (tmp_path / "text.h5").write_text("these are no spikes")
    with pytest.raises(FileError, match=r"text.h5: HDF5 cannot read it"):
        read_events(tmp_path / "text.h5")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_named(shd_file, kept):
    path = shd_file()
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(FileError, match=r"digits_train.h5: HDF5 cannot read it"):
        read_events(path)


def test_every_missing_dataset_is_named(shd_file):
    path = shd_file()
    with h5py.File(path, "a") as file:
        del file["spikes/units"], file["extra"]
    with pytest.raises(FileError) as caught:
        read_events(path)
    assert [p.place.split(": ")[1] for p in caught.value.problems] == [
        "spikes/units",
        "extra/speaker",
        "extra/keys",
    ]


def test_a_dataset_where_a_group_belongs_is_refused(shd_file):
    path = shd_file()
    with h5py.File(path, "a") as file:
        del file["spikes"]
        file["spikes"] = np.zeros(3)
    with pytest.raises(FileError, match="spikes/times: there is no such dataset"):
        read_events(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros(3), "holds numbers"),
        (np.zeros((3, 4)), r"has the shape \(3, 4\)"),
        (1.0, r"has the shape \(\)"),
    ],
)
def test_times_that_are_no_arrays_are_refused(shd_file, data, message):
    path = shd_file()
    with h5py.File(path, "a") as file:
        del file["spikes/times"]
        file["spikes/times"] = data
    with pytest.raises(FileError, match=f"spikes/times: {message}"):
        read_events(path)


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"times": [[0.001], [0.5], []]}, r"spikes: sample 0 has 1 times but 2 units \(1 such"),
        ({"times": [[0.001, np.nan], [0.5], []]}, r"spikes/times: nan in sample 0"),
        ({"times": [[0.001, 0.002], [np.inf], []]}, r"spikes/times: inf in sample 1"),
        ({"times": [[0.001, 0.002], [-0.5], []]}, r"times: -500000 microseconds in sample 1"),
        ({"times": [[0.5, 0.25], [0.5], []]}, r"times: 250000 comes after 500000 in sample 0"),
        ({"units": [[3, 700], [0], []]}, r"spikes/units: the highest channel is 700, so this is not SHD"),
        ({"labels": np.array([0, 2, 0])}, r"label 2 of sample 1 has no name among the 2 classes"),
        ({"labels": np.array([0, 1])}, r"spikes/times: has 3 samples, but `labels` has 2"),
        ({"speaker": np.array([1])}, r"extra/speaker: has 1 samples, but `labels` has 3"),
    ],
)
def test_what_is_wrong_in_the_data_is_named_with_file_and_sample(shd_file, replaced, message):
    path = shd_file(**replaced)
    with pytest.raises(DataError, match=message) as caught:
        read_events(path)
    assert all(p.place.startswith(str(path)) and p.remedy for p in caught.value.problems)


def test_writing_into_a_missing_folder_is_refused(tmp_path, make_events):
    with pytest.raises(FileError, match="cannot be written"):
        write_events(tmp_path / "nowhere" / "written.h5", make_events())


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, make_events):
    path = tmp_path / "written.h5"
    write_events(path, make_events())
    many = make_events(speakers=range(2_000))
    resource = pytest.importorskip("resource", reason="limits the size of files, as a full disk does")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(FileError, match=r"written.h5: cannot be written"):
            write_events(path, many)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [p.name for p in tmp_path.iterdir()] == ["written.h5"]
    assert len(read_events(path)) == 4
