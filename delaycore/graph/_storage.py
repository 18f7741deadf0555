"""A Graph in one file: safetensors, with the description as JSON in its header."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._descriptions import build_entry, get_entry
from delaycore._files import write_tensors
from delaycore.graph._arithmetic import Arithmetic, families
from delaycore.graph._fields import GraphFields
from delaycore.graph._foreign_parts import list_foreign_parts, read_foreign_parts, require_parts
from delaycore.graph._formats import Format
from delaycore.graph._framing import Framing
from delaycore.graph._populations import Population, kinds
from delaycore.graph._projection import Projection
from delaycore.graph._readout import Readout

__all__ = ["FILE_KIND", "FILE_VERSION", "describe", "read_fields", "write_fields"]

FILE_KIND, FILE_VERSION = "graph", 1
_COLUMNS = ("pre", "post", "weight", "delay")


def describe(graph: GraphFields, prefix: str = "") -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Describe a graph as JSON and named arrays, whose names start with ``prefix``."""
    arrays: dict[str, NDArray[Any]] = {}
    populations = []
    for name, population in graph.populations.items():
        scalars = {
            f.name: getattr(population, f.name)
            for f in fields(population)
            if f.name not in population.parameters()
        }
        populations.append(
            {
                "name": name,
                "kind": population.kind,
                **{k: v.item() if isinstance(v, np.generic) else v for k, v in scalars.items()},
            }
        )
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
        "arithmetic": {"family": graph.arithmetic.family, **asdict(graph.arithmetic)},
        "framing": asdict(graph.framing) if graph.framing else None,
    }
    foreign = list_foreign_parts(graph)
    return description | ({"brought_by": [asdict(part) for part in foreign]} if foreign else {}), arrays


def read_fields(
    description: dict[str, Any], arrays: dict[str, NDArray[Any]], prefix: str = ""
) -> GraphFields:
    """Rebuild the fields that `describe` wrote.

    A backend that brings a kind of neurons, or a family of arithmetics, which is not known yet is loaded.

    Raises ValueError or TypeError where something is missing, `UnknownPart` for a kind or a family that
    nothing installed brings, and `GraphError` where the graph makes no sense.
    """
    place = "its description"
    arithmetic = dict(get_entry(place, description, "arithmetic", dict))
    family = get_entry("its arithmetic", {"family": ""} | arithmetic, "family", str)
    arithmetic.pop("family", None)
    given_populations = get_entry(place, description, "populations", list)
    named = [
        tuple(get_entry(f"population {i}", given, key, str) for key in ("name", "kind"))
        for i, given in enumerate(given_populations)
    ]
    require_parts(
        {kind: f"population {name!r}" for name, kind in reversed(named)},
        family,
        read_foreign_parts(description),
    )
    known = kinds()
    populations: dict[str, Population] = {}
    for (name, kind), given in zip(named, given_populations, strict=True):
        values = {key: value for key, value in given.items() if key not in ("name", "kind")}
        parameters = {q: _array(arrays, f"{prefix}population/{name}/{q}") for q in known[kind].parameters()}
        populations[name] = build_entry(f"population {name!r}", known[kind], values, parameters)
    projections = []
    for i, given in enumerate(get_entry(place, description, "projections", list)):
        get_entry(f"projection {i}", given, "name", str)
        columns = {column: _array(arrays, f"{prefix}projection/{i}/{column}") for column in _COLUMNS}
        projections.append(build_entry(f"projection {i}", Projection, given, columns))
    readout, framing = (
        get_entry(place, description, key, dict, type(None)) for key in ("readout", "framing")
    )
    return GraphFields(
        get_entry(place, description, "step"),
        populations,
        projections,
        build_entry("its readout", Readout, readout) if readout else None,
        _read_arithmetic(families()[family], arithmetic),
        build_entry("its framing", Framing, framing) if framing else None,
    )


def _array(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in arrays:
        raise ValueError(f"the array {name!r} is missing")
    return arrays[name]


def _read_arithmetic(family: type[Arithmetic], given: Mapping[str, Any]) -> Arithmetic:
    """Rebuild the arithmetic of an entry, whose tables are its formats."""
    place = "its arithmetic"
    values = {
        name: build_entry(f"{name!r} of {place}", Format, value) if isinstance(value, Mapping) else value
        for name, value in given.items()
    }
    return build_entry(place, family, values)


def write_fields(graph: GraphFields, path: str | os.PathLike[str]) -> None:
    """Write the fields of a graph to ``path``, whole or not at all."""
    description, arrays = describe(graph)
    write_tensors(path, FILE_KIND, FILE_VERSION, description, arrays)
