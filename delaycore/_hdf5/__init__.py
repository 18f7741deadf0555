"""HDF5 files: those of delaycore, which are sealed, and those of strangers, who are not trusted."""

from delaycore._hdf5._reader import Hdf5Reader, open_hdf5
from delaycore._hdf5._seal import prepare_hdf5

__all__ = ["Hdf5Reader", "open_hdf5", "prepare_hdf5"]
