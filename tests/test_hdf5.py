"""HDF5 files of strangers: nothing outside the file is read, nothing that was never written, and nothing that
unpacks to more than the file can honestly hold.  What holds for one reader holds for all.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import h5py
import numpy as np
import pytest

import delaycore as dc
from delaycore.datasets import EventSet, read_events, write_events
from delaycore.errors import ForeignError
from delaycore.interop import from_lava_dl, read_nir, write_nir
from tests.hdf5_files import unseal
from tests.interop.slayer_files import make_layer, write_network

SECRET = b"root:x:0:0:not for your eyes\n"


@dataclass(frozen=True)
class Door:
    """A reader of HDF5 files, a valid file for it, and a dataset of that file with its values."""

    read: Callable[[Path], Any]
    path: Path
    name: str
    values: np.ndarray


@pytest.fixture(params=["events", "network", "nir"])
def door(request, tmp_path) -> Door:
    path = tmp_path / "file.h5"
    if request.param == "events":
        events = make_ticks()
        write_events(path, events)
        unseal(path)
        found = Door(read_events, path, "labels", events.labels)
    elif request.param == "nir":
        weight = np.arange(12.0).reshape(3, 4)
        write_nir(path, dc.Graph.from_arrays([weight.T], [0]))
        unseal(path)
        found = Door(read_nir, path, "node/nodes/in->out.weight0/weight", weight)
    else:
        layer = make_layer(np.random.default_rng(3), 5, 4)
        write_network(path, [layer])
        found = Door(from_lava_dl, path, "layer/0/weight", layer["weight"])
    found.read(path)
    return found


def make_ticks() -> EventSet:
    """64 samples of one event each."""
    return EventSet(
        times=np.arange(64),
        channels=np.zeros(64, np.int32),
        offsets=np.arange(65),
        labels=np.zeros(64, np.int64),
        speakers=np.arange(64),
        classes=("yes", "no"),
        channel_count=4,
    )


def make_silence(classes: tuple[str, ...]) -> EventSet:
    """An event set without samples."""
    none = np.zeros(0, np.int64)
    return EventSet(none, none.astype(np.int32), np.zeros(1, np.int64), none, none, classes, channel_count=4)


def replace(door: Door, **made: Any) -> None:
    """Make the dataset anew, with these arguments for h5py's ``create_dataset``."""
    with h5py.File(door.path, "a") as file:
        del file[door.name]
        file.create_dataset(door.name, **made)


def refuse(door: Door, message: str) -> None:
    """Hold that the file is refused with the place, and with a remedy."""
    with pytest.raises(dc.FileError, match=message) as error:
        door.read(door.path)
    (problem,) = error.value.problems
    assert str(door.path) in problem.place and door.name in problem.place and problem.remedy


def test_values_in_another_file_are_not_read(door, tmp_path):
    (tmp_path / "values").write_bytes(door.values.tobytes())
    outside = [(str(tmp_path / "values"), 0, h5py.h5f.UNLIMITED)]
    replace(door, shape=door.values.shape, dtype=door.values.dtype, external=outside)
    refuse(door, "keeps its values in another file")


def test_class_names_do_not_become_a_file_of_the_user(tmp_path, make_secret_names):
    with pytest.raises(dc.FileError, match="extra/keys: keeps its values in another file"):
        read_events(make_secret_names)


@pytest.fixture
def make_secret_names(tmp_path):
    path = tmp_path / "file.h5"
    (tmp_path / "secret").write_bytes(SECRET)
    write_events(path, make_silence(("a",)))
    unseal(path)
    with h5py.File(path, "a") as file:
        del file["extra/keys"]
        outside = [(str(tmp_path / "secret"), 0, len(SECRET))]
        file.create_dataset("extra/keys", (1,), f"S{len(SECRET)}", external=outside)
    return path


@pytest.mark.parametrize("there", [True, False])
def test_virtual_values_are_refused_whether_their_source_is_there_or_gone(door, tmp_path, there):
    with h5py.File(tmp_path / "source.h5", "w") as file:
        file["values"] = door.values
    layout = h5py.VirtualLayout(door.values.shape, door.values.dtype)
    layout[:] = h5py.VirtualSource(tmp_path / "source.h5", "values", door.values.shape)
    with h5py.File(door.path, "a") as file:
        del file[door.name]
        file.create_virtual_dataset(door.name, layout)
    if not there:
        (tmp_path / "source.h5").unlink()
    refuse(door, "is virtual")


@pytest.mark.parametrize("whole_group", [True, False])
@pytest.mark.parametrize("within", [True, False])
def test_links_are_not_followed(door, tmp_path, within, whole_group):
    name = door.name.split("/")[0] if whole_group else door.name
    with h5py.File(door.path, "a") as file, h5py.File(tmp_path / "other.h5", "w") as other:
        file.copy(name, other, "moved")
        file.move(name, "moved")
        file[name] = h5py.SoftLink("/moved") if within else h5py.ExternalLink(tmp_path / "other.h5", "/moved")
    with pytest.raises(dc.FileError, match=f"{name}.*is a link to data elsewhere.*Remedy: store"):
        door.read(door.path)


@pytest.mark.parametrize("chunks", [None, True])
def test_values_that_were_never_written_are_refused(door, chunks):
    replace(door, shape=door.values.shape, dtype=door.values.dtype, chunks=chunks)
    refuse(door, "never written")


def test_chunks_that_were_never_written_are_refused(door):
    size = tuple(1 for _ in door.values.shape)
    replace(door, shape=door.values.shape, dtype=door.values.dtype, chunks=size)
    with h5py.File(door.path, "a") as file:
        file[door.name][0] = door.values[0]
    refuse(door, "never written")


@pytest.mark.parametrize("chunks", [None, True])
def test_a_huge_shape_without_values_is_refused(door, chunks):
    replace(door, shape=tuple(2**20 for _ in door.values.shape), dtype="f8", chunks=chunks)
    refuse(door, "never written")


def test_zeros_that_unpack_to_more_than_the_file_can_hold_are_refused(door):
    shape = (2**11, 2**11) if door.values.ndim == 2 else (2**22,)
    replace(door, data=np.zeros(shape), chunks=shape, compression="gzip")
    assert door.path.stat().st_size < 2**17
    refuse(door, r"comes to 33,554,432 bytes, but at most 16,777,216 are read from a file of")


def test_a_chunk_that_unpacks_to_more_than_it_says_is_refused(door):
    shape, kind = door.values.shape, door.values.dtype
    replace(door, shape=shape, dtype=kind, chunks=shape, compression="gzip")
    with h5py.File(door.path, "a") as file:
        file[door.name].id.write_direct_chunk((0,) * len(shape), zlib.compress(bytes(2**24)))
    refuse(door, "does not unpack to its")


@pytest.mark.parametrize("size", [7, 10_000])
def test_a_chunk_without_filters_of_another_size_is_refused(door, size):
    """HDF5 would write all bytes of a longer one over what lies behind the room of a chunk."""
    shape, kind = door.values.shape, door.values.dtype
    replace(door, shape=shape, dtype=kind, chunks=shape)
    with h5py.File(door.path, "a") as file:
        file[door.name].id.write_direct_chunk((0,) * len(shape), bytes(size))
    refuse(door, f"has a chunk of {size} bytes in place of {door.values.nbytes}")


def test_a_chunk_that_cannot_be_unpacked_is_refused(door):
    shape, kind = door.values.shape, door.values.dtype
    replace(door, shape=shape, dtype=kind, chunks=shape, compression="gzip")
    with h5py.File(door.path, "a") as file:
        file[door.name].id.write_direct_chunk((0,) * len(shape), b"no stream")
    refuse(door, "cannot be unpacked")


def test_filters_that_unpack_twice_are_refused(door):
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_chunk(door.values.shape)
    made.set_deflate(9)
    made.set_filter(h5py.h5z.FILTER_DEFLATE, 0, (9,))
    replace_low(door, made)
    refuse(door, "went through deflate, deflate")


def replace_low(door: Door, made: Any) -> None:
    with h5py.File(door.path, "a") as file:
        del file[door.name]
        kind, space = h5py.h5t.py_create(door.values.dtype), h5py.h5s.create_simple(door.values.shape)
        h5py.h5d.create(file.id, door.name.encode(), kind, space, made)
        file[door.name][...] = door.values


@pytest.mark.parametrize("filters", [{"compression": "lzf"}, {"scaleoffset": 0}])
def test_other_filters_are_refused(door, filters):
    replace(door, data=door.values.astype(np.int32), **filters)
    refuse(door, "went through")


FILTERS = [{}, {"shuffle": True}, {"shuffle": True, "fletcher32": True}]


@pytest.mark.parametrize("filters", FILTERS[:2])  # HDF5 has no checksums for rows
@pytest.mark.parametrize("chunk", [7, 64])
def test_rows_packed_with_gzip_are_read(tmp_path, filters, chunk):
    events = make_ticks()
    write_events(tmp_path / "file.h5", events)
    unseal(tmp_path / "file.h5")
    with h5py.File(tmp_path / "file.h5", "a") as file:
        for name in ("spikes/times", "spikes/units"):
            rows = file[name][()]
            del file[name]
            kind = h5py.vlen_dtype(rows[0].dtype)
            made = file.create_dataset(name, (64,), kind, chunks=(chunk,), compression="gzip", **filters)
            for sample in range(64):
                made[sample] = rows[sample]
    assert read_events(tmp_path / "file.h5") == events


@pytest.mark.parametrize("filters", FILTERS)
def test_values_packed_with_gzip_are_read(door, filters):
    whole = door.read(door.path)
    replace(door, data=door.values, compression="gzip", **filters)
    assert door.read(door.path) == whole


def test_one_large_row_that_many_samples_share_is_refused(tmp_path):
    path = tmp_path / "shared.h5"
    with h5py.File(path, "w") as file:
        for name in ("spikes/times", "spikes/units"):
            rows = file.create_dataset(name, (1_000,), h5py.vlen_dtype(np.dtype("u1")))
            for sample in range(1_000):
                rows[sample] = np.zeros(5_000 if sample == 0 else 1, np.uint8)
        file["labels"] = file["extra/speaker"] = np.zeros(1_000, np.int64)
        file["extra/keys"] = ["one"]
        place, size = file["spikes/times"].id.get_offset(), 16
    image = bytearray(path.read_bytes())
    image[place : place + 1_000 * size] = image[place : place + size] * 1_000
    path.write_bytes(image)
    with pytest.raises(dc.FileError, match=r"spikes/times: comes to 5,000,000 bytes, but at most"):
        read_events(path)


@pytest.mark.parametrize("size", [2**64 - 1, 2**64 - 16, 2**31])
def test_a_heap_on_which_hdf5_would_hang_is_refused(tmp_path, size):
    path = tmp_path / "heap.h5"
    write_events(path, make_ticks())
    unseal(path)
    image = bytearray(path.read_bytes())
    first = image.index(b"GCOL") + 16
    image[first + 8 : first + 16] = size.to_bytes(8, "little")
    path.write_bytes(image)
    with pytest.raises(dc.FileError, match="has its rows in a damaged heap"):
        read_events(path)


def test_rows_of_a_kind_that_is_neither_sequence_nor_text_are_refused(tmp_path):
    path = tmp_path / "kind.h5"
    write_events(path, make_ticks())
    unseal(path)
    image = bytearray(path.read_bytes())
    kind = bytes.fromhex("190000001000000010000000")  # of rows: class 9, version 1, a sequence, 16 bytes
    path.write_bytes(image.replace(kind, kind[:1] + b"\x02" + kind[2:]))
    with pytest.raises(dc.FileError, match="has rows of an unknown kind"):
        read_events(path)


def test_a_mark_that_lies_in_a_heap_is_none_of_ours_and_is_not_read(tmp_path):
    path = tmp_path / "mark.h5"
    write_events(path, make_ticks())
    unseal(path)
    with h5py.File(path, "a") as file:
        file.attrs["delaycore"] = "events"
    place = path.read_bytes().rindex(b"events") - 8
    image = bytearray(path.read_bytes())
    image[place : place + 8] = (2**64 - 16).to_bytes(
        8, "little"
    )  # the size of the object, on which HDF5 hangs
    path.write_bytes(image)
    with pytest.raises(dc.FileError, match="its digest is gone"):
        read_events(path)


def test_one_large_dataset_that_many_layers_share_is_refused(tmp_path):
    path = write_network(tmp_path / "shared.net", [make_layer(np.random.default_rng(0), 512, 512)])
    with h5py.File(path, "a") as file:
        for layer in range(1, 100):
            file[f"layer/{layer}"] = file["layer/0"]
    with pytest.raises(dc.FileError, match="weight: comes to"):
        from_lava_dl(path)


def test_whole_numbers_that_would_lose_digits_are_refused(tmp_path):
    layer = make_layer(np.random.default_rng(0), 5, 4, weight=np.full((5, 4), 2**53 + 1))
    with pytest.raises(ForeignError, match="layer/0/weight: holds numbers of int64"):
        from_lava_dl(write_network(tmp_path / "long.net", [layer]))


def test_many_class_names_take_no_time_and_are_not_all_shown(tmp_path):
    path = tmp_path / "names.h5"
    write_events(path, make_silence(tuple(map(str, range(100_000)))))
    unseal(path)
    assert len(read_events(path).classes) == 100_000
    with h5py.File(path, "a") as file:
        file["extra/keys"][...] = [f"{i // 2}" for i in range(99_980)] + [""] * 20
    with pytest.raises(dc.DataError, match=r"and 49970 others more than once") as error:
        read_events(path)
    assert len(str(error.value)) < 10_000


@pytest.mark.parametrize("own", ["1x4x1", [1, 4], [1.0, 4.0, 1.0], h5py.Empty("i4")])
def test_a_sensor_that_is_none_is_refused(tmp_path, own):
    path = tmp_path / "sensor.h5"
    write_events(path, make_silence(("a",)))
    unseal(path)
    with h5py.File(path, "a") as file:
        file.attrs["sensor"] = own
    with pytest.raises(dc.DataError, match="attribute 'sensor': must be three whole numbers"):
        read_events(path)


def test_a_huge_attribute_is_refused(tmp_path):
    path = tmp_path / "sensor.h5"
    write_events(path, make_silence(("a",)))
    unseal(path)
    with h5py.File(path, "a") as file:
        file.attrs["sensor"] = np.zeros(8_000, np.int64)
    with pytest.raises(dc.FileError, match="attribute 'sensor'"):
        read_events(path)


@pytest.mark.parametrize("kind", [h5py.ref_dtype, [("a", "i4")], np.dtype("V3"), "S5", np.complex64])
def test_values_of_other_types_are_refused(door, kind):
    replace(
        door,
        data=np.zeros(door.values.shape, kind) if kind != h5py.ref_dtype else None,
        **({"shape": door.values.shape, "dtype": kind} if kind == h5py.ref_dtype else {}),
    )
    with pytest.raises(dc.DelaycoreError) as error:
        door.read(door.path)
    assert door.name.split("/")[-1] in str(error.value) and error.value.problems[0].remedy


def test_a_folder_and_a_device_are_no_files(door, tmp_path):
    for path, says in ((tmp_path, "is a folder"), (Path("/dev/null"), "is no regular file")):
        with pytest.raises(dc.FileError, match=says):
            door.read(path)


def test_what_the_system_refuses_says_nothing_of_the_content(door, tmp_path, monkeypatch):
    with pytest.raises(dc.FileError, match=r"cannot be read \(File name too long\)") as error:
        door.read(tmp_path / ("x" * 300))
    assert "check the path" in str(error.value)
    monkeypatch.setattr("builtins.open", Mock(side_effect=PermissionError(13, "Permission denied")))
    with pytest.raises(dc.FileError, match=r"cannot be read \(Permission denied\)") as error:
        door.read(door.path)
    assert "may read it" in str(error.value) and "HDF5" not in str(error.value)
