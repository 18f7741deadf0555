"""Files of event cameras become recordings, or errors that say what to do.

The encoders here follow the formats as they are published: EVT 2.0, EVT 3.0 and DAT at docs.prophesee.ai
("Data Encoding Formats", "DAT File Format"), AEDAT 4 at docs.inivation.com, which faery writes.
"""

import struct

import numpy as np
import pytest

from delaycore import DataError, FileError
from delaycore.datasets import CameraRecording, _decode_camera, encode_camera_folder, load_splits, read_camera

faery = pytest.importorskip("faery", reason="decodes files of event cameras")

EVENTS = [(5_003, 3, 4, 1), (5_003, 7, 0, 0), (9_000, 8, 5, 1), (9_064, 0, 5, 0)]
"""Time, x, y and polarity on a sensor of 9 x 6 pixels."""


def write_evt2(path, events=EVENTS, size=(9, 6), words=()):
    head = f"% evt 2.0\n% geometry {size[0]}x{size[1]}\n% end\n"
    body = []
    for t, x, y, p in events:
        body += [0x8 << 28 | t >> 6, p << 28 | (t & 63) << 22 | x << 11 | y]
    path.write_bytes(head.encode() + struct.pack(f"<{len(body) + len(words)}I", *body, *words))


def write_evt3(path, events=EVENTS, size=(9, 6), words=()):
    head = f"% evt 3.0\n% geometry {size[0]}x{size[1]}\n% end\n"
    body = []
    for t, x, y, p in events:
        body += [0x8 << 12 | t >> 12, 0x6 << 12 | t & 0xFFF, y, 0x2 << 12 | p << 11 | x]
    path.write_bytes(head.encode() + struct.pack(f"<{len(body) + len(words)}H", *body, *words))


def write_dat(path, events=EVENTS, size=(9, 6), words=()):
    head = f"% Version 2\n% Width {size[0]}\n% Height {size[1]}\n".encode() + bytes([12, 8])
    body = [word for t, x, y, p in events for word in (t, p << 28 | y << 14 | x)]
    path.write_bytes(head + struct.pack(f"<{len(body) + len(words)}I", *body, *words))


def write_aedat4(path, events=EVENTS, size=(9, 6)):
    outside = any(x >= size[0] or y >= size[1] for _, x, y, _ in events)
    array = np.array([tuple(event) for event in events], faery.EVENTS_DTYPE)
    faery.events_stream_from_array(array, (99, 99) if outside else size).to_file(path)
    if outside:  # which the encoder refuses
        for side in size:
            path.write_bytes(path.read_bytes().replace(b">99<", f">{side:02}<".encode(), 1))


WRITERS = {"evt2.raw": write_evt2, "evt3.raw": write_evt3, "cd.dat": write_dat, "dv.aedat4": write_aedat4}


@pytest.fixture
def decode_here(monkeypatch):
    """Decodes without a process for each file, which takes most of the time."""

    def decode(path, kind, size):
        about, packets = {}, []
        try:
            about, packets = _decode_camera.decode(str(path), kind, size and size[::-1])
        except BaseException as error:
            about = {"wrong": f"it cannot be decoded ({error})"}
        fields = [
            np.concatenate([np.zeros(0, dtype), *(_decode_camera.get_field(one, name) for one in packets)])
            for name, dtype in _decode_camera.FIELDS
        ]
        return {**about, "events": len(fields[0])}, fields

    monkeypatch.setattr("delaycore.datasets._camera_files._decode", decode)


def error_of(path, *arguments):
    with pytest.raises(FileError) as caught:
        read_camera(path, *arguments)
    assert all(problem.remedy and path.name in problem.place for problem in caught.value.problems)
    return str(caught.value)


@pytest.mark.parametrize("name", WRITERS)
def test_events_are_read_as_they_were_written(tmp_path, name):
    WRITERS[name](tmp_path / name)
    recording = read_camera(tmp_path / name)
    assert recording.times.tolist() == [0, 0, 3_997, 4_061]
    assert [*zip(recording.x, recording.y, recording.p, strict=True)] == [event[1:] for event in EVENTS]
    assert recording.sensor == (6, 9, 2)
    assert recording.channels.tolist() == [(y * 9 + x) * 2 + p for _, x, y, p in EVENTS]


def test_vectors_of_evt3_are_events_of_neighbouring_pixels(decode_here, tmp_path):
    # VECT_BASE_X at 2, a vector of 12 with pixels 0 and 2, one of 8 with pixel 1
    write_evt3(
        tmp_path / "a.raw", [(5, 1, 1, 1)], (32, 6), [0x3 << 12 | 2, 0x4 << 12 | 0b101, 0x5 << 12 | 0b10]
    )
    recording = read_camera(tmp_path / "a.raw")
    assert recording.x.tolist() == [1, 2, 4, 15] and recording.p.tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.dat", b"RIFF" * 9, "cannot be decoded"),
        ("a.aedat4", b"#!AER-DAT2.0\r\n" * 9, "cannot be decoded"),
        ("a.raw", b"% evt 2.0\n% end\n" + b"\0" * 8, "--size"),
        ("a.raw", b"% evt 2.0\n% geometry 9x6\n% end\n", "holds no event"),
        ("a.aedat", b"#!AER-DAT2.0\r\n", "converted to AEDAT 4"),
    ],
)
def test_files_of_another_format_or_without_events_are_refused(decode_here, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    assert message in error_of(tmp_path / name)


def test_missing_files_and_sizes_that_are_none_are_refused(tmp_path):
    (tmp_path / "empty.raw").write_bytes(b"")
    assert "it is empty" in error_of(tmp_path / "empty.raw")
    assert "cannot be read" in error_of(tmp_path / "none.raw")
    write_evt2(tmp_path / "a.raw")
    with pytest.raises(DataError, match="height and width"):
        read_camera(tmp_path / "a.raw", (0, 9))
    assert "9 x 6 pixels, not 9 x 7" in error_of(tmp_path / "a.raw", (7, 9))
    assert len(read_camera(tmp_path / "a.raw", (6, 9))) == 4


@pytest.mark.parametrize("name", WRITERS)
def test_files_that_end_within_an_event_are_refused(decode_here, tmp_path, name):
    WRITERS[name](tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2 if name == "dv.aedat4" else -1])
    error_of(tmp_path / name)


@pytest.mark.parametrize("name", WRITERS)
def test_events_outside_of_the_sensor_are_refused(decode_here, tmp_path, name):
    for event in ((9_100, 9, 0, 1), (9_100, 0, 6, 1)):
        WRITERS[name](tmp_path / name, [*EVENTS, event])
        assert any(word in error_of(tmp_path / name) for word in ("overflow", "not within"))


@pytest.mark.parametrize("name", ["evt2.raw", "evt3.raw", "cd.dat"])
def test_times_that_go_backwards_are_refused(decode_here, tmp_path, name):
    WRITERS[name](tmp_path / name, [*EVENTS, (4_000, 0, 0, 1)])
    assert "times go backwards" in error_of(tmp_path / name)


def test_words_and_polarities_that_the_decoder_passes_over_are_refused(decode_here, tmp_path):
    write_evt2(tmp_path / "a.raw", words=[0x5 << 28])
    assert "word 8 has the type 0x5" in error_of(tmp_path / "a.raw")
    write_dat(tmp_path / "a.dat", [*EVENTS, (9_100, 0, 0, 7)])
    assert "polarity 7" in error_of(tmp_path / "a.dat")


@pytest.mark.parametrize(
    "fault", ["raise SystemExit(9)", "import os; os.abort()", "import time; time.sleep(60)"]
)
def test_decoders_that_crash_or_hang_are_errors(tmp_path, monkeypatch, fault):
    write_evt2(tmp_path / "a.raw")
    (tmp_path / "program.py").write_text(fault)
    monkeypatch.setattr("delaycore.datasets._camera_files._PROGRAM", tmp_path / "program.py")
    monkeypatch.setattr("delaycore.datasets._camera_files._SECONDS", 0.5)
    assert "decod" in error_of(tmp_path / "a.raw")


def test_faery_is_asked_for_with_the_extra_that_brings_it(tmp_path, monkeypatch):
    write_evt2(tmp_path / "a.raw")
    monkeypatch.setattr("delaycore.datasets._extras.find_spec", lambda name: None)
    with pytest.raises(DataError, match="faery is not installed") as caught:
        read_camera(tmp_path / "a.raw")
    assert "cameras" in str(caught.value)


def make_recording(events=EVENTS, size=(6, 9)):
    t, x, y, p = np.array(events).T
    return CameraRecording(t, x, y, p, size)


def test_crops_count_what_lies_outside():
    cut = make_recording().crop(3, 0, 6, 5)
    assert cut.size == (5, 6) and cut.x.tolist() == [0, 4] and cut.y.tolist() == [4, 0] and cut.dropped == 2
    assert cut.crop(0, 0, 1, 5).dropped == 3
    for wrong in ((0, 0, 10, 1), (8, 0, 2, 1), (-1, 0, 2, 2), (0, 0, 0, 1), (0.5, 0, 1, 1)):
        with pytest.raises(DataError, match="within the sensor"):
            make_recording().crop(*wrong)


def test_downscaling_counts_what_is_merged_and_what_is_beyond_a_multiple():
    events = [(0, 0, 0, 1), (0, 1, 1, 1), (0, 0, 1, 0), (5, 1, 0, 1), (5, 8, 0, 1)]
    small = make_recording(events).downscale(2)
    assert small.size == (3, 4) and (small.dropped, small.merged) == (1, 1)
    assert [*zip(small.times, small.channels, strict=True)] == [(0, 1), (0, 0), (5, 1)]
    for wrong in (0, 7, 1.5, True):
        with pytest.raises(DataError, match="no whole number within"):
            make_recording().downscale(wrong)


def test_a_recording_is_a_sample_of_a_sensor():
    events = make_recording().to_events("wave")
    assert events.sensor == (6, 9, 2) and events.classes == ("wave",) and len(events.times) == 4


@pytest.fixture
def camera_folder(tmp_path):
    """Two classes, four speakers, a file of another format for each class."""
    for label, write in (("wave.raw", write_evt3), ("clap.dat", write_dat)):
        folder = tmp_path / "gestures" / label[:4]
        folder.mkdir(parents=True)
        for speaker in "abc":
            write(folder / f"{speaker}_1{label[4:]}")
    return tmp_path / "gestures"


def test_a_folder_becomes_files_with_a_sensor(camera_folder, tmp_path):
    report = encode_camera_folder(camera_folder, "^(.)_", tmp_path / "g", crop=(0, 0, 8, 6), downscale=2)
    splits = load_splits(tmp_path / "g")
    assert splits.train.sensor == report.sensor == (3, 4, 2) and splits.train.classes == ("clap", "wave")
    assert report.samples == {"train": 2, "valid": 2, "test": 2} and report.dropped == 6
    assert "of 24 events, 6 were dropped" in str(report) and "4 x 3 pixels with 2 polarities" in str(report)
    assert (splits.train.times.reshape(2, 3) == [0, 0, 4_061]).all()


def test_all_files_that_are_damaged_or_of_another_sensor_are_named(decode_here, camera_folder, tmp_path):
    write_dat(camera_folder / "clap" / "b_2.dat", size=(10, 6))
    with pytest.raises(DataError, match=r"b_2.dat: has the sensor \(6, 10, 2\)"):
        encode_camera_folder(camera_folder, "^(.)_", tmp_path / "g")
    for name in ("a_2.raw", "b_2.raw"):
        (camera_folder / "wave" / name).write_bytes(b"EVT")
    with pytest.raises(DataError) as caught:
        encode_camera_folder(camera_folder, "^(.)_", tmp_path / "g")
    assert len(caught.value.problems) == 2 and not list(tmp_path.glob("*.h5"))
