"""Doors to other frameworks: their networks as a Graph, and a Graph as NIR; what a format cannot hold comes
back as Losses.
"""

from delaycore.errors import ForeignError
from delaycore.interop._lava_dl import from_lava_dl
from delaycore.interop._networks import from_dcls, from_snntorch, from_spikingjelly
from delaycore.interop._nir_files import read_nir, write_nir
from delaycore.interop._nir_reader import from_nir
from delaycore.interop._nir_writer import to_nir

__all__ = [
    "ForeignError",
    "from_dcls",
    "from_lava_dl",
    "from_nir",
    "from_snntorch",
    "from_spikingjelly",
    "read_nir",
    "to_nir",
    "write_nir",
]
