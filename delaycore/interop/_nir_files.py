"""NIR's files: written whole and sealed, and read without trust in whoever wrote them.

`nir.read` follows links into other files and reads whatever values a file says that others hold.
`read_nir` takes the file apart with `delaycore._hdf5`, and gives nir the entries.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

from delaycore._files import as_path, write_atomic
from delaycore._hdf5 import Hdf5Reader, open_hdf5, prepare_hdf5
from delaycore.errors import FileError
from delaycore.graph import Graph, Readout
from delaycore.hardware import Losses
from delaycore.interop._nir_reader import from_nir
from delaycore.interop._nir_steps import Method, RUnit
from delaycore.interop._nir_writer import import_nir, to_nir

if TYPE_CHECKING:
    import h5py

__all__ = ["read_nir", "write_nir"]

_REMEDY = "give a file that nir.write or write_nir wrote"

_DEEPEST = 420
"""Groups within groups: two for each of the graphs within graphs that `from_nir` takes, and some."""


def read_nir(
    path: str | os.PathLike[str],
    *,
    step: float | None = None,
    method: Method = "euler",
    r_unit: RUnit | None = None,
    readout: Readout | None = None,
) -> tuple[Graph, Losses]:
    """Read a file of NIR (HDF5) as a Graph, as `from_nir` reads what is in it.

    Nothing outside the file is read, nor values that were never written or that unpack to more than the file
    can honestly hold.  Raises `FileError` for all of these, for a file that `write_nir` wrote and that was
    changed since, and for one of which nir makes no network; `ForeignError` as `from_nir` does.  Needs the
    package nir.
    """
    import h5py

    nir, path = import_nir(), as_path(path)
    with open_hdf5(path, _REMEDY) as file:
        root = file.find("node")
        if not isinstance(root, h5py.Group):
            raise FileError.at(f"{path}: node", "there is no such group in the file", _REMEDY)
        entries = _read_entries(file, root)
    if "type_check" in entries:
        raise FileError.at(f"{path}: node/type_check", "is no entry of a node", _REMEDY)
    try:
        # what nir itself would check of a graph, from_nir checks in words of its own, and all at once
        network = nir.dict2NIRNode(entries | {"type_check": False})
    except Exception as error:  # whatever goes wrong in nir, the file is at fault
        reason = f"{type(error).__name__}: {error}"
        raise FileError.at(path, f"nir makes no network of it ({reason:.200})", _REMEDY) from error
    return from_nir(network, step=step, method=method, r_unit=r_unit, readout=readout)


def _read_entries(file: Hdf5Reader, root: h5py.Group) -> dict[str, Any]:
    """Read all groups within ``root`` as nir does: dicts of dicts, arrays, numbers and text.

    Raises `FileError` for a group that stands in the file twice, as it may then stand there thousands of
    times, and for one that lies deeper than any network.
    """
    import h5py

    entries: dict[str, Any] = {}
    waiting, seen = [(root, entries, 0)], {root}
    while waiting:
        group, into, depth = waiting.pop()
        for name, entry in file.list_entries(group):
            if not isinstance(entry, h5py.Group):
                value = file.read(entry)
                into[name] = value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
                continue
            if entry in seen or depth == _DEEPEST:
                twice = "stands in the file more than once"
                message = twice if entry in seen else f"lies more than {_DEEPEST} groups deep"
                raise FileError.at(f"{file.path}: {str(entry.name).lstrip('/'):.200}", message, _REMEDY)
            seen.add(entry)
            into[name] = {}
            waiting.append((entry, into[name], depth + 1))
    return entries


def write_nir(path: str | os.PathLike[str], graph: Graph, *, method: Method = "euler") -> Losses:
    """Write ``graph`` to a file of NIR, whole or not at all; return what NIR cannot hold, as `to_nir` does.

    Every reader of NIR takes the file.  A digest of all its bytes, in the user block that HDF5 leaves to its
    users, lets `read_nir` refuse a file that was changed since.  Raises `FileError` if it cannot be written,
    `ForeignError` as `to_nir` does.  Needs the package nir.
    """
    import h5py

    written, losses = to_nir(graph, method=method)
    image = io.BytesIO()
    import_nir().write(image, written)

    def fill(file: h5py.File) -> None:
        with h5py.File(image) as made:
            for name in made:
                made.copy(name, file)

    write_atomic(path, prepare_hdf5("network", fill))
    return losses
