"""Files that delaycore wrote say what they hold, and are refused if a single bit of them was changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

import delaycore as dc
from delaycore._files import holds, read_document, write_document
from delaycore.datasets import EventSet, Splits, read_events, write_events
from delaycore.datasets._packing import read_packed, write_packed
from delaycore.pricing import load_spikes, save_spikes
from tests.hdf5_files import unseal

REMEDY = "remove it"


def make_events(samples: int = 3) -> EventSet:
    return EventSet(
        times=500 * np.arange(samples),
        channels=np.zeros(samples, np.int32),
        offsets=np.arange(samples + 1),
        labels=np.zeros(samples, np.int64),
        speakers=np.arange(samples),
        classes=("yes", "no"),
        channel_count=4,
        name="some",
    )


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is written and read."""

    write: Callable[[Path], None]
    read: Callable[[Path], Any]


KINDS = {
    "graph": Kind(dc.Graph.from_arrays([np.ones((2, 3))], delays=[0]).save, dc.load),
    "activity": Kind(lambda path: save_spikes(path, {"in": np.eye(3, dtype=bool)[None]}), load_spikes),
    "document": Kind(
        lambda path: write_document(path, "stage", 1, {"losses": [0.25, None], "name": "ü"}),
        lambda path: read_document(path, "stage", 1, REMEDY),
    ),
    "events": Kind(lambda path: write_events(path, make_events()), read_events),
    "packed": Kind(
        lambda path: write_packed(path, {"train": make_events()}),
        lambda path: read_packed(path, "train", "some"),
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Kind, Path, bytes]:
    """A kind of file, one that is whole, and its bytes."""
    kind, path = KINDS[request.param], tmp_path_factory.mktemp("files") / "file"
    kind.write(path)
    kind.read(path)
    return kind, path, path.read_bytes()


@st.composite
def damage(draw: st.DrawFn, whole: bytes) -> bytes:
    """``whole`` after one to three accidents."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from([1, 2, 8, 64, 512]) | st.integers(1, len(whole)))
        end = min(start + length, len(data))
        match draw(st.sampled_from(["flip", "remove", "insert", "zero", "swap", "cut", "repeat"])):
            case "flip" if start < len(data):
                data[start] ^= 1 << draw(st.integers(0, 7))
            case "remove":
                del data[start:end]
            case "insert":
                data[start:start] = draw(st.binary(min_size=1, max_size=16))
            case "zero":
                data[start:end] = bytes(end - start)
            case "swap":
                other = draw(st.integers(0, len(data)))
                data[start:end], data[other : other + end - start] = (
                    data[other : other + end - start],
                    data[start:end],
                )
            case "cut":
                del data[start:]
            case "repeat":
                data[start:start] = data[start:end]
    return bytes(data)


@given(st.data())
@settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_damaged_file_is_refused_with_its_name_and_a_remedy(
    written: tuple[Kind, Path, bytes], data: st.DataObject
) -> None:
    kind, path, whole = written
    damaged = data.draw(damage(whole))
    assume(damaged != whole)
    path.write_bytes(damaged)
    with pytest.raises(dc.FileError) as error:
        kind.read(path)
    (problem,) = error.value.problems
    assert problem.place.startswith(str(path)) and problem.remedy


def test_no_bit_of_the_beginning_can_change_unnoticed(written: tuple[Kind, Path, bytes]) -> None:
    kind, path, whole = written
    for at in range(0, min(len(whole), 600), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        with pytest.raises(dc.FileError):
            kind.read(path)


@pytest.mark.parametrize("kind", [KINDS["graph"], KINDS["activity"]], ids=["graph", "activity"])
def test_a_header_that_says_the_same_in_other_bytes_is_refused(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "file"
    kind.write(path)
    whole = path.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    entries = header["__metadata__"]
    for changed in (
        header | {"__metadata__": {k: v for k, v in entries.items() if k != "sha256"}},
        header | {"__metadata__": entries | {"sha256": "0" * 64}},
        header | {"__metadata__": entries | {"more": "an entry that nobody reads"}},
        dict(reversed(header.items())),
    ):
        text = json.dumps(changed).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + whole[8 + length :])
        with pytest.raises(dc.FileError, match="was changed after it was written"):
            kind.read(path)
    padded = (length + 8).to_bytes(8, "little") + whole[8 : 8 + length] + b" " * 8 + whole[8 + length :]
    path.write_bytes(padded)
    with pytest.raises(dc.FileError, match="was changed after it was written"):
        kind.read(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\xfa", "is damaged: it is not JSON"),
        (b'{"delaycore": "stage"', "is damaged: it is not JSON"),
        (b"[" * 100_000, "is damaged: it is not JSON .it has more than 100 levels"),
        (b"[1]", "was not written by delaycore as a stage"),
        (b'{"content": 3}', "was not written by delaycore as a stage"),
        (b'{"delaycore": ["stage"], "content": 3}', "holds a .*, not a stage"),
        (b'{"delaycore": "\\ud800", "content": 3}', r"holds a \\ud800, not a stage"),
        (b'{"delaycore": "stage", "content": NaN}', "has format version None, this delaycore reads 1"),
        (b'{"delaycore": "stage", "version": 1, "content": NaN}', "was changed after it was written"),
        (b'{"delaycore": "stage", "version": 1, "sha256": 7, "content": 3}', "was changed after it was"),
    ],
)
def test_what_is_no_document_is_refused_in_words(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_bytes(content)
    with pytest.raises(dc.FileError, match=rf"d\.json: {says}.*Remedy: {REMEDY}"):
        read_document(tmp_path / "d.json", "stage", 1, REMEDY)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_document_comes_back_as_it_was(tmp_path: Path, content: Any) -> None:
    write_document(tmp_path / "d.json", "stage", 1, content)
    assert read_document(tmp_path / "d.json", "stage", 1, REMEDY) == content
    assert json.loads((tmp_path / "d.json").read_text())["content"] == content


def test_a_document_may_hold_what_looks_like_its_digest(tmp_path: Path) -> None:
    content = {"sha256": "0" * 64, "text": '"sha256": "' + "0" * 64 + '"'}
    write_document(tmp_path / "d.json", "stage", 1, content)
    assert read_document(tmp_path / "d.json", "stage", 1, REMEDY) == content


def test_a_file_holds_the_kind_that_it_was_written_as_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "g.safetensors"
    dc.Graph.from_arrays([np.ones((2, 2))], delays=[0]).save(path)
    assert holds(path, "graph") and not holds(path, "program")


@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 40])
def test_any_other_file_holds_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(content)
    assert not holds(tmp_path / "f", "program")


def test_a_foreign_safetensors_file_a_folder_a_pipe_and_a_missing_file_hold_nothing(tmp_path: Path) -> None:
    save_file({"a": np.ones(2)}, tmp_path / "foreign")
    save_file({"a": np.ones(2)}, tmp_path / "odd", metadata={"delaycore": "[1]"})
    os.mkfifo(tmp_path / "pipe")
    for name in ("foreign", "odd", "pipe", "missing", "."):
        assert not holds(tmp_path / name, "program")


def test_the_seal_of_events_is_text_and_readers_of_hdf5_pass_over_it(tmp_path: Path) -> None:
    path = tmp_path / "e.h5"
    write_events(path, make_events())
    lines = path.read_bytes()[:512].decode().splitlines()
    assert len(lines) == 4 and len(set(lines)) == 1
    assert lines[0].startswith("delaycore events sha256 ") and len(lines[0]) == 127
    assert lines[0].split()[-1] == str(path.stat().st_size - 512)
    with h5py.File(path) as file:
        assert file.userblock_size == 512 and file["labels"][:].tolist() == [0, 0, 0]
    assert read_events(path).notes == ()


def change_seal(block: bytes) -> list[bytes]:
    return [
        bytes(512),
        b"MATLAB 7.3 MAT-file".ljust(512),
        block[:128] + bytes(384),
        bytes(384) + block[384:],
        block.replace(b"delaycore", b"Delaycore"),
        block.replace(b"events", b"sounds"),
        b"",
    ]


@pytest.mark.parametrize("number", range(len(change_seal(b""))))
def test_events_with_a_seal_that_is_damaged_or_gone_are_not_taken_for_a_strangers(
    number: int, tmp_path: Path
) -> None:
    path = tmp_path / "e.h5"
    write_events(path, make_events())
    whole = path.read_bytes()
    path.write_bytes(change_seal(whole[:512])[number] + whole[512:])
    with pytest.raises(dc.FileError, match="was changed after it was written: its digest"):
        read_events(path)


def test_who_changes_events_on_purpose_is_told_how_and_the_way_works(tmp_path: Path) -> None:
    path, own = tmp_path / "e.h5", tmp_path / "own.h5"
    write_events(path, make_events())
    with h5py.File(path, "a") as file:
        file["labels"][0] = 1
    with pytest.raises(dc.FileError, match=r"copy its datasets and attributes into a new file, without the"):
        read_events(path)
    with h5py.File(path) as old, h5py.File(own, "w") as new:
        for name in old:
            old.copy(name, new)
        new.attrs.update({name: value for name, value in old.attrs.items() if name != "delaycore"})
    assert read_events(own).labels.tolist() == [1, 0, 0]


@pytest.mark.parametrize("block", [b"", b"MATLAB 7.3 MAT-file".ljust(512), bytes(1024)])
def test_events_of_others_are_taken_with_a_word_that_stays_with_them(block: bytes, tmp_path: Path) -> None:
    path = tmp_path / "foreign.h5"
    write_events(path, make_events())
    unseal(path)
    path.write_bytes(block + path.read_bytes())
    events = read_events(path)
    word = "not written by delaycore, so nothing tells whether it is whole"
    assert events == make_events() and events.notes == (word,)
    both = events.select([0, 1]).join(events.with_classes(("no", "yes")), make_events(), name="all")
    assert both.notes == (word,)
    splits = Splits.of(events, make_events(), valid=events.select([0]))
    assert splits.notes[0] == f"foreign, foreign: {word}" and word not in splits.notes[1]


def test_the_same_values_are_written_as_the_same_bytes(tmp_path: Path) -> None:
    graph = dc.Graph.from_arrays([np.ones((5, 4)), np.ones((2, 4, 3))], [0, [0, 3]])
    graph = graph.with_classes(["yes", "nö", '"\\'])
    for i in range(8):  # safetensors draws the order of two entries
        graph.save(tmp_path / f"{i}.safetensors")
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1
    assert dc.load(tmp_path / "0.safetensors") == graph
