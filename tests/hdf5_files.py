"""HDF5 files of delaycore as a stranger would have written them."""

from __future__ import annotations

from pathlib import Path

import h5py


def unseal(path: Path) -> None:
    """Take the seal off a file, so that tests can change it as they change a stranger's."""
    path.write_bytes(path.read_bytes()[512:])
    with h5py.File(path, "a") as file:
        del file.attrs["delaycore"]
