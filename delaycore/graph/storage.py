"""A Graph in one file: safetensors, with the description as JSON in its header."""

from __future__ import annotations

import os
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import FileError
from delaycore.files import read_tensors, write_tensors
from delaycore.graph.arithmetic import families
from delaycore.graph.framing import Framing
from delaycore.graph.graph import Graph
from delaycore.graph.populations import Population, kinds
from delaycore.graph.projection import Projection
from delaycore.graph.readout import Readout

__all__ = ["VERSION", "load", "pack", "save", "unpack"]

VERSION = 1
_COLUMNS = ("pre", "post", "weight", "delay")


def pack(graph: Graph, prefix: str = "") -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """A graph as a JSON description and named arrays, whose names start with ``prefix``."""
    arrays: dict[str, NDArray[Any]] = {}
    populations = []
    for name, population in graph.populations.items():
        scalars = {f.name: getattr(population, f.name) for f in fields(population) if f.name not in population.parameters()}
        populations.append({"name": name, "kind": population.kind, **{k: v.item() if isinstance(v, np.generic) else v for k, v in scalars.items()}})
        for parameter in population.parameters():
            arrays[f"{prefix}population/{name}/{parameter}"] = getattr(population, parameter)
    projections = []
    for i, p in enumerate(graph.projections):
        projections.append({"name": p.name, "source": p.source, "target": p.target})
        arrays |= {f"{prefix}projection/{i}/{column}": getattr(p, column) for column in _COLUMNS}
    description = {
        "step": graph.step,
        "populations": populations,
        "projections": projections,
        "readout": asdict(graph.readout) if graph.readout else None,
        "arithmetic": {"family": graph.arithmetic.family, **graph.arithmetic.model_dump()},
        "framing": graph.framing.model_dump() if graph.framing else None,
    }
    return description, arrays


def unpack(description: dict[str, Any], arrays: dict[str, NDArray[Any]], prefix: str = "") -> Graph:
    """The graph of `pack`.  Raises KeyError, TypeError or ValueError where something is missing, and GraphError where it makes no sense."""
    known, arithmetic = kinds(), dict(description["arithmetic"])
    family = arithmetic.pop("family", "")
    if family not in families():
        raise ValueError(f"its arithmetic is of the unknown family {family!r}; install the package that brings it")
    populations: dict[str, Population] = {}
    entry: dict[str, Any]
    for entry in description["populations"]:
        values = dict(entry)
        name, kind = values.pop("name"), values.pop("kind")
        if kind not in known:
            raise ValueError(f"population {name!r} is of the unknown kind {kind!r}; install the package that brings it")
        parameters: dict[str, Any] = {q: arrays[f"{prefix}population/{name}/{q}"] for q in known[kind].parameters()}
        populations[name] = known[kind](**values, **parameters)
    projections = []
    for i, entry in enumerate(description["projections"]):
        columns: dict[str, Any] = {column: arrays[f"{prefix}projection/{i}/{column}"] for column in _COLUMNS}
        projections.append(Projection(**entry, **columns))
    return Graph(
        description["step"],
        populations,
        projections,
        Readout(**description["readout"]) if description["readout"] else None,
        families()[family].model_validate(arithmetic),
        Framing.model_validate(description["framing"]) if description["framing"] else None,
    )


def save(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write ``graph`` to ``path``, whole or not at all."""
    description, arrays = pack(graph)
    write_tensors(path, "graph", VERSION, description, arrays)


def load(path: str | os.PathLike[str]) -> Graph:
    """Read a graph.  Raises `FileError` for a file that holds none, `GraphError` for one without a meaning."""
    description, arrays = read_tensors(path, "graph", VERSION)
    try:
        return unpack(description, arrays)
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise FileError.at(path, f"its description is damaged ({error})", "write the file again") from error
