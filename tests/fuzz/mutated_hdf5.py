"""HDF5 files, changed through HDF5 itself: other types, shapes, filters and links, values that lie elsewhere
or were never written.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from delaycore._hdf5._seal import _BLOCK, _make_block
from tests.fuzz.mutated_bytes import Rng, mutate_bytes, pick

__all__ = ["make_outside", "mutate_hdf5", "reseal_hdf5"]

_TYPES: tuple[Any, ...] = (
    *("i1", "u1", "<i4", ">i4", "u8", "i8", "f2", "f4", ">f8", "f8", "c16", "S3", "V4", np.bool_),
    np.longdouble,
    h5py.string_dtype(),
    h5py.ref_dtype,
    h5py.regionref_dtype,
    np.dtype([("a", "i4"), ("b", "f8")]),
    np.dtype(("f4", (2,))),
    h5py.vlen_dtype(np.dtype("u2")),
    h5py.vlen_dtype(np.dtype(">f4")),
    h5py.vlen_dtype(h5py.vlen_dtype(np.dtype("i4"))),
    h5py.vlen_dtype(h5py.string_dtype()),
    h5py.vlen_dtype(np.dtype([("a", "i4")])),
    h5py.enum_dtype({"no": 0, "yes": 1}, basetype="i2"),
)

_EXTREMES = (
    0,
    1,
    -1,
    2,
    700,
    2**16,
    2**31,
    2**53 + 1,
    2**63 - 1,
    np.nan,
    np.inf,
    -np.inf,
    1e308,
    5e-324,
    -0.0,
    1e9,
)

_ATTRIBUTES: tuple[Any, ...] = (
    *(
        0,
        -1,
        1,
        2**31,
        2**63 - 1,
        10**9,
        4.0,
        4.5,
        np.nan,
        np.inf,
        "4",
        "",
        b"4",
        [1, 4, 1],
        [0, 0, 0],
        [2**40] * 3,
    ),
    *(
        h5py.Empty("i4"),
        np.zeros(8_000),
        np.zeros(0),
        True,
        1e-320,
        -1.0,
        np.array(["a", "b"], dtype="S1"),
        1 + 2j,
    ),
)


Way = Callable[[Rng, h5py.File, str, Path], None]
"""Changes an object, by its name; the folder holds the files that nobody may open."""


def make_outside(folder: Path) -> None:
    """Write the files that changed files lead to, and that nobody may open."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "values").write_bytes(b"root:x:0:0:not for your eyes\n" * 400)
    with h5py.File(folder / "other.h5", "w") as file:
        file["values"] = np.zeros(6)
        for name in ("labels", "spikes/times", "spikes/units", "node/type", "layer/0/weight"):
            file[name] = np.zeros(6)


def mutate_hdf5(rng: Rng, data: bytes, outside: Path) -> bytes:
    """Change a file once, or two or three times; what HDF5 itself refuses to write stays as it is."""
    with h5py.File(h5py.h5f.open_file_image(data, h5py.h5f.ACC_RDWR)) as file:
        changes = 1 if rng.random() < 0.75 else int(rng.integers(2, 4))
        for _ in range(changes):
            with suppress(Exception):
                _change(rng, file, outside, _OF_ALL if changes == 1 else _WITHOUT_COPIES)
        file.flush()
        image = file.id.get_file_image()
    return mutate_bytes(rng, image) if rng.random() < 0.1 else image


def reseal_hdf5(rng: Rng, data: bytes, outside: Path) -> bytes:
    """Change a file that the package wrote, and make the checksum that belongs to it."""
    kind = data.split()[1].decode()
    image = mutate_hdf5(rng, data[_BLOCK:], outside)
    return _make_block(kind, hashlib.sha256(image).hexdigest(), len(image)) + image


def _list_names(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visit(names.append)
    return names


def _change(rng: Rng, file: h5py.File, outside: Path, ways_of_all: tuple[Way, ...]) -> None:
    name = str(pick(rng, _list_names(file)))
    found = file[name]
    ways = _OF_DATASETS if isinstance(found, h5py.Dataset) and rng.random() < 0.75 else ways_of_all
    way = ways[int(rng.integers(len(ways)))]
    way(rng, file, name, outside)


def _write(file: h5py.File, name: str, **made: Any) -> None:
    """Make a dataset anew; where HDF5 refuses to, it stays."""
    file.move(name, f"{name} before")
    try:
        file.create_dataset(name, **made)
    except Exception:
        if name in file:
            del file[name]
        file.move(f"{name} before", name)
        raise
    del file[f"{name} before"]


def _get(file: h5py.File, name: str) -> Any:
    return file[name][()]


def _set_type(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    values, kind = np.asarray(_get(file, name)), np.dtype(pick(rng, _TYPES))  # type: ignore[call-overload]
    base = h5py.check_vlen_dtype(kind)
    _write(file, name, shape=values.shape, dtype=kind)
    if isinstance(base, np.dtype) and base.kind in "iuf":
        for at in np.ndindex(values.shape):
            file[name][at] = _convert(values[at], base)
    elif not kind.hasobject and kind.kind != "V":
        file[name][...] = _convert(values, kind)
    elif h5py.check_string_dtype(kind) is not None:
        for at in np.ndindex(values.shape):
            file[name][at] = str(pick(rng, ("yes", "no", "x", "", "CUBA", "LIF")))


def _convert(values: Any, kind: np.dtype) -> np.ndarray:
    """Convert to a type whose values lie side by side: h5py damages memory on other rows."""
    array = np.atleast_1d(np.asarray(values))
    with np.errstate(all="ignore"):
        return np.zeros(array.shape, kind) if array.dtype.kind not in "biuf" else array.astype(kind)


def _set_shape(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    values = np.asarray(_get(file, name))
    flat = values.ravel()
    cut = int(rng.integers(flat.size + 1))
    ways = (
        flat,
        flat[:cut],
        flat[:0],
        values[None],
        values[..., None],
        values.T,
        np.concatenate([flat, flat]),
    )
    chosen = ways[int(rng.integers(len(ways)))]
    if rng.random() < 0.15:
        _write(file, name, data=h5py.Empty(file[name].dtype))
    elif flat.size and not values.dtype.hasobject and rng.random() < 0.15:
        _write(file, name, data=flat[0])
    elif values.dtype.hasobject:
        _write(file, name, shape=chosen.shape, dtype=file[name].dtype)
        for at in np.ndindex(chosen.shape):
            file[name][at] = chosen[at]
    else:
        _write(file, name, data=chosen, dtype=file[name].dtype)


def _set_huge_shape(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    shape = tuple(int(n) for n in rng.choice([1, 3, 2**10, 2**20, 2**31, 2**40], max(1, file[name].ndim)))
    chunks = tuple(min(n, 64) for n in shape) if rng.random() < 0.5 else None
    _write(file, name, shape=shape, dtype=file[name].dtype, chunks=chunks)
    if chunks and rng.random() < 0.5:
        file[name].id.write_direct_chunk((0,) * len(shape), rng.bytes(100))


def _set_values(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    values = np.array(_get(file, name))
    if values.dtype.hasobject or values.dtype.kind not in "iufb" or not values.size:
        flat = values.ravel()
        at, other = rng.integers(0, max(1, flat.size), 2)
        flat[at] = flat[other]
        file[name][...] = flat.reshape(values.shape)
        return
    flat = values.ravel()
    with np.errstate(all="ignore"):
        for at in rng.integers(0, flat.size, int(rng.integers(1, 4))):
            flat[at] = np.float64(pick(rng, _EXTREMES)).astype(flat.dtype)  # type: ignore[arg-type]
    file[name][...] = flat.reshape(values.shape)


def _set_row(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    """Change a row of arrays: its length, its order, or its numbers."""
    dataset = file[name]
    base = h5py.check_vlen_dtype(dataset.dtype)
    if not isinstance(base, np.dtype) or not dataset.size:
        return
    at = int(rng.integers(len(dataset)))
    row = np.array(dataset[at])
    with np.errstate(all="ignore"):
        extreme = np.float64(pick(rng, _EXTREMES)).astype(base)  # type: ignore[arg-type]
    ways = (
        row[::-1],
        row[:-1],
        row[:0],
        np.append(row, row),
        np.append(row, extreme),
        np.append(extreme, row),
    )
    dataset[at] = ways[int(rng.integers(len(ways)))].astype(base)


def _set_filters(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    values = _get(file, name)
    options: list[dict[str, Any]] = [
        *({"compression": "gzip"}, {"compression": "gzip", "shuffle": True, "fletcher32": True}),
        *(
            {"compression": "lzf"},
            {"scaleoffset": 2},
            {"fletcher32": True},
            {"shuffle": True},
            {"compression": "szip"},
        ),
        *({"maxshape": (None,) * np.ndim(values)}, {"fillvalue": 7}, {"track_order": True}),
    ]
    chosen = options[int(rng.integers(len(options)))]
    if file[name].dtype.hasobject:
        chosen.pop("fillvalue", None)
    chunks = tuple(int(rng.integers(1, n + 1)) for n in np.shape(values))
    _write(file, name, shape=np.shape(values), dtype=file[name].dtype, chunks=chunks or None, **chosen)
    for at in np.ndindex(np.shape(values)):
        file[name][at] = values[at]
    if "maxshape" in chosen and rng.random() < 0.5:
        file[name].resize(file[name].shape[0] + int(pick(rng, (1, 5, 2**31))), axis=0)  # type: ignore[call-overload]


def _set_chunk(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    """Put into a chunk what no filter made: nothing, noise, or far more than fits."""
    shape = tuple(max(1, n) for n in file[name].shape)
    _write(file, name, shape=shape, dtype=file[name].dtype, chunks=shape, compression="gzip")
    packed = (
        b"",
        rng.bytes(50),
        zlib.compress(bytes(2**24)),
        zlib.compress(bytes(7)),
        zlib.compress(rng.bytes(64)),
    )
    file[name].id.write_direct_chunk((0,) * len(shape), packed[int(rng.integers(len(packed)))])


def _keep_unwritten(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    _write(
        file, name, shape=file[name].shape, dtype=file[name].dtype, chunks=bool(rng.random() < 0.5) or None
    )


def _store_outside(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    place = [(str(outside / "values"), int(rng.integers(3)), h5py.h5f.UNLIMITED)]
    kind = file[name].dtype if not file[name].dtype.hasobject else np.dtype("S8")
    _write(file, name, shape=file[name].shape, dtype=kind, external=place)


def _make_virtual(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    shape, kind = file[name].shape, file[name].dtype
    layout = h5py.VirtualLayout(shape, kind if not kind.hasobject else "f8")
    source = outside / "other.h5" if rng.random() < 0.7 else "."
    layout[...] = h5py.VirtualSource(source, "values", shape)
    del file[name]
    file.create_virtual_dataset(name, layout)


def _link(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    names = _list_names(file)
    links: list[Any] = [
        *(
            h5py.ExternalLink(outside / "other.h5", f"/{name}"),
            h5py.ExternalLink(outside / "none.h5", "/values"),
        ),
        *(h5py.SoftLink(f"/{name}"), h5py.SoftLink("/nowhere"), h5py.SoftLink(f"/{pick(rng, names)}")),
        *(file[str(pick(rng, names))], file["/"]),
    ]
    chosen = links[int(rng.integers(len(links)))]
    if rng.random() < 0.8:
        del file[name]
        file[name] = chosen
    else:
        file[f"{name}2"] = chosen


def _remove(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    del file[name]


def _move(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    other = str(pick(rng, _list_names(file)))
    names = (f"{name}x", name[:-1], "other", f"{other}2", f"é {name}", name.upper())
    file.move(name, names[int(rng.integers(len(names)))])


def _copy_over(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    """Put another object of the file in the place of this one."""
    other = str(pick(rng, _list_names(file)))
    file.copy(other, f"{name} copy")
    del file[name]
    file.move(f"{name} copy", name)


def _make_other(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    """Put a group, a type, a text or a number in the place of an object."""
    del file[name]
    match int(rng.integers(5)):
        case 0:
            file.create_group(name)
        case 1:
            file[name] = np.dtype("f8")
        case 2:
            file[name] = str(pick(rng, ("", "x", "CUBA", "LIF", "NIRGraph", "é" * 50, "dense")))
        case 3:
            file[name] = pick(rng, _EXTREMES)
        case _:
            file.create_dataset(name, data=["a", "b"], dtype=h5py.string_dtype())


def _set_attribute(rng: Rng, file: h5py.File, name: str, outside: Path) -> None:
    where = file if rng.random() < 0.8 else file[name]
    known = [*where.attrs, "channels", "sensor", "time_error", "other"]
    key = str(pick(rng, known))
    if key in where.attrs and rng.random() < 0.2:
        del where.attrs[key]
    else:
        where.attrs[key] = pick(rng, _ATTRIBUTES)


_OF_DATASETS: tuple[Way, ...] = (
    *(
        _set_type,
        _set_type,
        _set_shape,
        _set_shape,
        _set_huge_shape,
        _set_values,
        _set_values,
        _set_row,
        _set_row,
    ),
    *(_set_filters, _set_filters, _set_chunk, _keep_unwritten, _store_outside, _make_virtual),
)
_WITHOUT_COPIES: tuple[Way, ...] = (
    *(_link, _link, _remove, _move, _make_other, _set_attribute, _set_attribute),
)
"""HDF5 2.0 may free the same memory twice when it copies within a file of odd objects."""

_OF_ALL: tuple[Way, ...] = (*_WITHOUT_COPIES, _copy_over)
