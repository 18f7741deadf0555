"""A Graph in one file: safetensors, with the description as JSON in its header."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, asdict, fields
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from delaycore._files import read_tensors, write_tensors
from delaycore.errors import FileError
from delaycore.graph._arithmetic import families
from delaycore.graph._framing import Framing
from delaycore.graph._graph import Graph
from delaycore.graph._populations import Population, kinds
from delaycore.graph._projection import Projection
from delaycore.graph._readout import Readout

__all__ = ["VERSION", "entry", "load", "made", "pack", "reading", "save", "unpack"]

_Kind = TypeVar("_Kind")

VERSION = 1
_COLUMNS = ("pre", "post", "weight", "delay")
_NOUNS: dict[type, str] = {dict: "a table", list: "a list", int: "a whole number", str: "text"}


class _UnknownError(ValueError):
    """Something that a package brings which is not installed."""


def pack(graph: Graph, prefix: str = "") -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """A graph as a JSON description and named arrays, whose names start with ``prefix``."""
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
        "arithmetic": {"family": graph.arithmetic.family, **graph.arithmetic.model_dump()},
        "framing": graph.framing.model_dump() if graph.framing else None,
    }
    return description, arrays


def unpack(description: dict[str, Any], arrays: dict[str, NDArray[Any]], prefix: str = "") -> Graph:
    """The graph of `pack`.  Raises ValueError or TypeError where something is missing, and GraphError where
    it makes no sense.
    """
    place = "its description"
    known, arithmetic = kinds(), dict(entry(place, description, "arithmetic", dict))
    family = arithmetic.pop("family", "")
    if family not in families():
        raise _UnknownError(f"its arithmetic is of the unknown family {family!r}")
    populations: dict[str, Population] = {}
    for i, given in enumerate(entry(place, description, "populations", list)):
        name, kind = (entry(f"population {i}", given, key, str) for key in ("name", "kind"))
        if kind not in known:
            raise _UnknownError(f"population {name!r} is of the unknown kind {kind!r}")
        values = {key: value for key, value in given.items() if key not in ("name", "kind")}
        parameters = {q: _array(arrays, f"{prefix}population/{name}/{q}") for q in known[kind].parameters()}
        populations[name] = made(f"population {name!r}", known[kind], values, parameters)
    projections = []
    for i, given in enumerate(entry(place, description, "projections", list)):
        entry(f"projection {i}", given, "name", str)
        columns = {column: _array(arrays, f"{prefix}projection/{i}/{column}") for column in _COLUMNS}
        projections.append(made(f"projection {i}", Projection, given, columns))
    readout, framing = (entry(place, description, key, dict, type(None)) for key in ("readout", "framing"))
    return Graph(
        entry(place, description, "step"),
        populations,
        projections,
        made("its readout", Readout, readout) if readout else None,
        families()[family].model_validate(arithmetic),
        Framing.model_validate(framing) if framing else None,
    )


def entry(place: str, table: Any, key: str, *types: type) -> Any:
    """``table[key]``.  Raises ValueError, in words, if there is none or it is of no such type."""
    if not isinstance(table, Mapping):
        raise ValueError(f"{place} is {table!r:.80}, not a table")
    if key not in table:
        raise ValueError(f"{place} has no {key!r}")
    if types and not isinstance(table[key], types):
        raise ValueError(f"{key!r} of {place} is {table[key]!r:.80}, not {_NOUNS[types[0]]}")
    return table[key]


def _array(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in arrays:
        raise ValueError(f"the array {name!r} is missing")
    return arrays[name]


def made(
    place: str, kind: type[_Kind], given: Any, arrays: Mapping[str, Any] = MappingProxyType({})
) -> _Kind:
    """An instance of the data class ``kind``.  Raises ValueError, in words, for missing and for unknown
    entries.
    """
    known = {f.name: f for f in fields(kind) if f.init}  # type: ignore[arg-type]
    if not isinstance(given, Mapping):
        raise ValueError(f"{place} is {given!r:.80}, not a table")
    for name in given:
        if name not in known or name in arrays:
            raise ValueError(f"{place} has an entry {name!r}, which does not belong there")
    values = {**given, **arrays}
    for name, f in known.items():
        if f.default is MISSING and f.default_factory is MISSING:
            entry(place, values, name)
    return kind(**values)


@contextmanager
def reading(path: str | os.PathLike[str], remedy: str) -> Iterator[None]:
    """Turn what goes wrong while a description is taken apart into a `FileError` for ``path``."""
    try:
        yield
    except _UnknownError as error:
        raise FileError.at(path, str(error), "install the package that brings it") from error
    except KeyError as error:
        raise FileError.at(path, f"its description has no {error}", remedy) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise FileError.at(path, f"is damaged: {error}", remedy) from error


def save(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write ``graph`` to ``path``, whole or not at all."""
    description, arrays = pack(graph)
    write_tensors(path, "graph", VERSION, description, arrays)


def load(path: str | os.PathLike[str]) -> Graph:
    """Read a graph.  Raises `FileError` for a file that holds none, `GraphError` for one without a
    meaning.
    """
    description, arrays = read_tensors(path, "graph", VERSION)
    with reading(path, "write the file again"):
        return unpack(description, arrays)
