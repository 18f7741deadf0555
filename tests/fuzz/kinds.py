"""All kinds of input by name.  A kind is built when it is asked for: most load what only they need."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.fuzz.judging import Kind

__all__ = ["build", "list_kinds"]

_CHIPS = ("loihi", "seneca", "spinnaker", "truenorth")

_MAKERS: dict[str, tuple[str, str, tuple[Any, ...]]] = {
    "graph": ("tensor_files", "make_graphs", (False,)),
    "graph-resealed": ("tensor_files", "make_graphs", (True,)),
    **{f"program-{chip}": ("tensor_files", "make_programs", (chip, False)) for chip in _CHIPS},
    **{f"program-{chip}-resealed": ("tensor_files", "make_programs", (chip, True)) for chip in _CHIPS},
    "spikes": ("tensor_files", "make_spikes", (False,)),
    "spikes-resealed": ("tensor_files", "make_spikes", (True,)),
    "checkpoint": ("tensor_files", "make_checkpoints", (False,)),
    "checkpoint-resealed": ("tensor_files", "make_checkpoints", (True,)),
    **{
        f"{name}{'-resealed' if resealed else ''}": ("run_files", f"make_{maker}", (resealed,))
        for name, maker in (("run", "run"), ("stage", "stages"), ("limits", "limits"), ("point", "points"))
        for resealed in (False, True)
    },
    "settings": ("text_files", "make_settings", ()),
    "workload": ("text_files", "make_workloads", ()),
    "packed": ("text_files", "make_packed", ()),
    "sound": ("text_files", "make_sounds", ()),
    "command": ("command_lines", "make_command_lines", ()),
    "events": ("hdf5_files", "make_events", (False,)),
    "events-crafted": ("hdf5_files", "make_events", (True,)),
    "events-foreign": ("hdf5_files", "make_foreign_events", ()),
    "lava-dl": ("hdf5_files", "make_lava_dl", ()),
    "nir": ("hdf5_files", "make_nir", (False,)),
    "nir-crafted": ("hdf5_files", "make_nir", (True,)),
    "nir-foreign": ("hdf5_files", "make_foreign_nir", ()),
}
"""By name of a kind: the module, the function that makes it, and its arguments."""


def list_kinds() -> list[str]:
    """List the names of all kinds, those of chips that are not installed among them."""
    return list(_MAKERS)


def build(name: str, folder: Path) -> Kind:
    """Make the kind of this name; its files lie in ``folder``."""
    module, function, arguments = _MAKERS[name]
    make: Callable[..., Kind] = getattr(import_module(f"tests.fuzz.{module}"), function)
    return make(name, folder, *arguments)
