"""HDF5 files of strangers: nothing outside the file is read, and sizes are looked at before values are.

HDF5 follows links into other files, lets a dataset keep its values in any file of the user, reads storage
that was never written as zeros, and unpacks compressed storage whatever it comes to. `Hdf5Reader` refuses
all of these.  A file of delaycore's own is verified before HDF5 sees it.
"""

from __future__ import annotations

import math
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from delaycore._files import as_path, require_file
from delaycore._hdf5._seal import require_mark, verify
from delaycore.errors import FileError
from delaycore.memory import require_memory

if TYPE_CHECKING:
    import h5py

__all__ = ["Hdf5Reader", "open_hdf5"]

_ROOM = 2**24
"""Bytes that may be read from a file of any size, however small."""

_UNPACKED = 32
"""Times the size of the file that compressed values may come to, beyond `_ROOM`."""

_ENTRY = 16  # bytes that say where a row of any length lies: its length, a heap, and the number of an object
_KIND_OF_ROW = 3  # the byte of a type that is 0 for a sequence (HDF5 File Format 3.0, IV.A.2.d)
_CHECKSUM = 4  # bytes that the filter fletcher32 adds to a chunk


@contextmanager
def open_hdf5(path: str | os.PathLike[str], remedy: str) -> Iterator[Hdf5Reader]:
    """Open an HDF5 file for reading.

    remedy: what to do about a file that cannot be read.

    Raises `FileError` if it is no regular file, if delaycore wrote it and it was changed since, and for every
    error of HDF5 while it is open.
    """
    import h5py

    path = as_path(path)
    require_file(path, "the data")
    try:
        kind = verify(path)
    except OSError as error:  # what the system refuses says nothing of the content
        message = f"cannot be read ({error.strerror or error})"
        raise FileError.at(path, message, "check that you may read it") from error
    try:
        with h5py.File(path, "r") as file:
            require_mark(path, file, kind)
            yield Hdf5Reader(path, file, remedy, sealed=kind is not None)
    except (
        OSError,
        RuntimeError,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        OverflowError,
        MemoryError,
    ) as error:  # all of them come from h5py
        raise FileError.at(path, f"HDF5 cannot read it ({error})", remedy) from error


class Hdf5Reader:
    """Reads groups, datasets and attributes of an open file, and counts the bytes that it has read.

    Its errors are `FileError`, with the path of the file and the name in it as the place.

    sealed: whether delaycore wrote the file, which was then found to be as it was written.
    """

    def __init__(self, path: Path, file: h5py.File, remedy: str, sealed: bool) -> None:
        self.path = path
        self.sealed = sealed
        self._file = file
        self._remedy = remedy
        self._size = path.stat().st_size
        self._read = 0
        self._sound_heaps: set[int] = set()

    def find(self, name: str) -> h5py.Group | h5py.Dataset | None:
        """Return the group or dataset of this name, a path from the root; None if there is none.

        Raises `FileError` if a link on the way is a soft or an external one, wherever it leads, and if the
        values of a dataset lie in other files or datasets; none of these is opened.
        """
        import h5py

        found: Any = self._file
        for part in name.split("/"):
            found = self._get(found, part) if isinstance(found, h5py.Group) else None
        return found

    def list_entries(self, group: h5py.Group) -> Iterator[tuple[str, h5py.Group | h5py.Dataset]]:
        """List the groups and datasets in ``group`` by name.  Raises `FileError` as `find` does."""
        for name in group:
            entry = self._get(group, name)
            if entry is not None:
                yield name, entry

    def _get(self, group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset | None:
        import h5py

        link = group.get(name, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            remedy = "store the data themselves in the file, under this name"
            place = f"{self.path}: {group.name}/{name}".replace(": /", ": ").replace("//", "/")
            raise FileError.at(place, "is a link to data elsewhere", remedy)
        found = group[name]
        if isinstance(found, h5py.Dataset):
            self._require_own_storage(found)
            return found
        return found if isinstance(found, h5py.Group) else None

    def find_dataset(self, name: str) -> h5py.Dataset | None:
        """Return the dataset of this name; None if there is none.  Raises `FileError` as `find` does."""
        import h5py

        found = self.find(name)
        return found if isinstance(found, h5py.Dataset) else None

    def list_names(self, name: str) -> list[str]:
        """Return the names in the group ``name``; none if there is no such group."""
        import h5py

        found = self.find(name)
        return list(found) if isinstance(found, h5py.Group) else []

    def read(self, dataset: h5py.Dataset) -> Any:
        """Read all values of a dataset of numbers or text, or a row of arrays.

        Raises `FileError`, before any value is read, if they were never written, are compressed in a way
        other than gzip, or take more memory than a file of this size can honestly fill.
        """
        if dataset.shape is None:
            self._refuse(dataset, "has no values", self._remedy)
        if dataset.dtype.hasobject:
            self._require_simple_rows(dataset)
        if dataset.size:
            filters = self._list_filters(dataset)
            self._require_storage(dataset, filters)
            if dataset.dtype.hasobject:
                # Each row has a place of its own in a file of good faith; here many may lead to one.
                self._account(dataset, self._measure_rows(dataset, filters), self._size)
            else:
                for _ in self._unpack_chunks(dataset, filters):
                    pass
        return dataset[()]

    def read_attribute(self, name: str) -> Any:
        """Read an attribute of the root that holds a few numbers; None if there is none.

        Of one that holds text of any length or references, only that is told.
        """
        if name not in self._file.attrs:
            return None
        found = self._file.attrs.get_id(name)
        if math.prod(found.shape or ()) * found.get_type().get_size() > 64:
            place = f"{self.path}: attribute {name!r}"
            raise FileError.at(place, f"holds {found.shape} values of {found.dtype}", self._remedy)
        return "text or references" if found.dtype.hasobject else self._file.attrs[name]

    def _require_own_storage(self, dataset: h5py.Dataset) -> None:
        # Asked before anything else, since HDF5 opens the sources of a virtual dataset to tell its shape.
        import h5py

        made = dataset.id.get_create_plist()
        if made.get_layout() == h5py.h5d.VIRTUAL:
            self._refuse(
                dataset, "is virtual: its values lie in other datasets", "store the values themselves"
            )
        if made.get_external_count():
            self._refuse(dataset, "keeps its values in another file", "store the values in the file itself")

    def _require_simple_rows(self, dataset: h5py.Dataset) -> None:
        import h5py

        base = h5py.check_vlen_dtype(dataset.dtype)
        text = h5py.check_string_dtype(dataset.dtype) is not None
        numbers = isinstance(base, np.dtype) and base.kind in "iuf"
        if numbers and dataset.id.get_type().encode()[_KIND_OF_ROW] & 0x0F:
            self._refuse(dataset, "has rows of an unknown kind", self._remedy)  # on which HDF5 2.0 crashes
        if not (text or (numbers and dataset.ndim <= 1)):
            self._refuse(dataset, "holds neither numbers nor texts nor a row of arrays", self._remedy)

    def _require_storage(self, dataset: h5py.Dataset, filters: list[str]) -> None:
        """Raise `FileError` unless every value was written and the file can hold as many."""
        size = _get_item_size(dataset)
        chunk = math.prod(dataset.chunks) if dataset.chunks else 0
        if dataset.chunks:
            ends = (-(-n // c) for n, c in zip(dataset.shape, dataset.chunks, strict=True))
            written = dataset.id.get_num_chunks() == math.prod(ends)
        else:
            written = dataset.id.get_storage_size() > 0
        if not written:
            self._refuse(dataset, "has values that were never written", "write every value of it")
        limit = self._get_limit() if "deflate" in filters else self._size
        self._account(dataset, max(dataset.size, chunk) * size, limit)

    def _list_filters(self, dataset: h5py.Dataset) -> list[str]:
        """Return the filters that the values went through, in the order of writing."""
        import h5py

        known = {
            h5py.h5z.FILTER_SHUFFLE: "shuffle",
            h5py.h5z.FILTER_FLETCHER32: "fletcher32",
            h5py.h5z.FILTER_DEFLATE: "deflate",
        }
        made = dataset.id.get_create_plist()
        codes = [made.get_filter(i)[0] for i in range(made.get_nfilters())]
        names = [known.get(code, f"filter {code}") for code in codes]
        after = names[names.index("deflate") + 1 :] if "deflate" in names else []
        if not set(names) <= set(known.values()) or len(set(names)) < len(names) or "shuffle" in after:
            remedy = "store it without filters, or with shuffle, gzip and fletcher32, in this order"
            self._refuse(dataset, f"went through {', '.join(names)}", remedy)
        return names

    def _measure_rows(self, dataset: h5py.Dataset, filters: list[str]) -> int:
        """Return the bytes of a row of arrays or texts, from what the file says of each."""
        import h5py

        if self._file.id.get_create_plist().get_sizes() != (8, 8):
            self._refuse(dataset, "is in a file whose places have other widths than 8 bytes", self._remedy)
        if dataset.chunks:
            entries = b"".join(self._unpack_chunks(dataset, filters))
        else:
            with open(self.path, "rb") as file:
                file.seek(dataset.id.get_offset())
                entries = file.read(dataset.size * _ENTRY)
        # An entry is a length and the place of a heap and in it (HDF5 File Format 3.0, VIII.B and III.E).
        lengths = np.frombuffer(entries, "<u4").reshape(-1, 4)[:, 0]
        heaps = np.frombuffer(entries[4:] + bytes(4), "<u8").reshape(-1, 2)[:, 0]
        self._require_sound_heaps(dataset, np.unique(heaps[lengths > 0]).tolist())
        base = h5py.check_vlen_dtype(dataset.dtype)
        return int(lengths.sum(dtype=np.int64)) * (base.itemsize if isinstance(base, np.dtype) else 1)

    def _require_sound_heaps(self, dataset: h5py.Dataset, places: list[int]) -> None:
        """Raise `FileError` for a heap whose objects do not lie one behind the other, on which HDF5 hangs."""
        unknown = [place for place in places if place not in self._sound_heaps]
        if not unknown:
            return
        with open(self.path, "rb") as file:
            for place in unknown:
                if place > self._size:
                    self._refuse(dataset, "leads to a place beyond the file", self._remedy)
                file.seek(self._file.userblock_size + place)
                head = file.read(16)
                size = int.from_bytes(head[8:], "little")
                sound = head[:4] == b"GCOL" and 16 <= size <= self._size
                if not (sound and _lies_in_order(file.read(size - 16))):
                    self._refuse(dataset, "has its rows in a damaged heap", self._remedy)
                self._sound_heaps.add(place)

    def _unpack_chunks(self, dataset: h5py.Dataset, filters: list[str]) -> Iterator[bytes]:
        """Yield the bytes of each chunk; raise `FileError` for one of more bytes than a chunk has.

        HDF5 itself unpacks to the end of the stream, up to a thousandfold, before it compares.
        """
        chunks: list[Any] = []
        if dataset.chunks:
            dataset.id.chunk_iter(chunks.append)
        item = _get_item_size(dataset)
        size = math.prod(dataset.chunks or ()) * item
        for chunk in chunks:
            if chunk.size > self._size:
                self._refuse_size(dataset, chunk.size, self._size)
            if not filters and chunk.size != size:  # HDF5 would write all of it into room for a chunk
                self._refuse(dataset, f"has a chunk of {chunk.size} bytes in place of {size}", self._remedy)
            mask, data = dataset.id.read_direct_chunk(chunk.chunk_offset)
            used = [name for i, name in enumerate(filters) if not mask & (1 << i)]
            if "deflate" in used:
                try:
                    data = zlib.decompressobj().decompress(data, size + _CHECKSUM + 1)
                except zlib.error as error:
                    self._refuse(dataset, f"has a chunk that cannot be unpacked ({error})", self._remedy)
            if "fletcher32" in used and len(data) == size + _CHECKSUM:
                data = data[:size]
            if len(data) != size:
                self._refuse(dataset, f"has a chunk that does not unpack to its {size} bytes", self._remedy)
            if "shuffle" in used:
                data = np.frombuffer(data, np.uint8).reshape(item, -1).T.tobytes()
            yield data

    def _account(self, dataset: h5py.Dataset, need: int, limit: int) -> None:
        """Count ``need`` bytes; raise `FileError` if they, or all so far, are more than can be."""
        if need > limit:
            self._refuse_size(dataset, need, limit)
        require_memory(str(self.path), {f"the values of {dataset.name}": need}, "give a smaller file")
        self._read += need
        if self._read > self._get_limit():
            self._refuse_size(dataset, self._read, self._get_limit())

    def _get_limit(self) -> int:
        return max(_ROOM, _UNPACKED * self._size)

    def _refuse_size(self, dataset: h5py.Dataset, need: int, limit: int) -> NoReturn:
        message = f"comes to {need:,} bytes, but at most {limit:,} are read from a file of {self._size:,}"
        self._refuse(dataset, message, self._remedy)

    def _refuse(self, dataset: h5py.Dataset, message: str, remedy: str) -> NoReturn:
        name = str(dataset.name or "").lstrip("/").encode(errors="backslashreplace").decode()
        raise FileError.at(f"{self.path}: {name}", message, remedy)


def _get_item_size(dataset: h5py.Dataset) -> int:
    """Return the bytes of one value in the file; of a row, those that say where it lies."""
    return _ENTRY if dataset.dtype.hasobject else int(dataset.id.get_type().get_size())


def _lies_in_order(objects: bytes) -> bool:
    """Tell whether the objects of a global heap follow each other within it (HDF5 File Format 3.0, III.E)."""
    at = 0
    while at + 16 <= len(objects):
        index, size = struct.unpack_from("<H6xQ", objects, at)
        at += size if index == 0 else 16 + -(-size // 8) * 8
        if (index == 0 and size < 16) or at > len(objects):
            return False
    return True
