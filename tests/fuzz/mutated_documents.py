"""JSON and TOML documents, changed in their structure: entries that are gone, doubled, of other types, or
nested without end.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.fuzz.mutated_bytes import Rng, pick

__all__ = ["VALUES", "mutate_tree", "write_json_text", "write_toml_text"]

VALUES: tuple[Any, ...] = (
    *(0, 1, -1, 2, 3, 7, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**20),
    *(0.0, -0.0, 0.5, 1.5, 1e-320, 1e-9, 1e9, 1e308, -1e308, float("nan"), float("inf"), float("-inf")),
    *(
        True,
        False,
        None,
        "",
        "0",
        "x",
        "in",
        "out",
        "h0",
        "\x00",
        "\ud800",
        "é" * 300,
        "../outside",
        "/",
        "a/b",
    ),
    *(
        [],
        {},
        [[]],
        [0],
        [None],
        [{}],
        {"": None},
        {"a": {"b": 1}},
        [1, "x", None],
        "float64",
        "fixed",
        "lif",
    ),
)
"""What an entry becomes."""

_TWICE, _DEEP, _LONG = "\u0001twice ", "\u0001deep", "\u0001long"
"""What no tree can say: a key that stands twice, nesting without end, a number of thousands of digits."""

Path = tuple[Any, ...]


def _list_paths(tree: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, entry in entries:
        yield from _list_paths(entry, (*path, key))


def _get(tree: Any, path: Path) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def mutate_tree(rng: Rng, tree: Any) -> Any:
    """Return a copy of a document of dicts, lists and plain values with one change, or with two or three."""
    changed = copy.deepcopy(tree)
    for _ in range(1 if rng.random() < 0.75 else int(rng.integers(2, 4))):
        changed = _change(rng, changed)
    return changed


def _change(rng: Rng, tree: Any) -> Any:
    paths = list(_list_paths(tree))
    path = paths[int(rng.integers(len(paths)))]
    if not path:
        return pick(rng, VALUES) if rng.random() < 0.1 else tree
    inside, key = _get(tree, path[:-1]), path[-1]
    match int(rng.integers(10)):
        case 0:
            del inside[key]
        case 1 | 2:
            inside[key] = copy.deepcopy(pick(rng, VALUES))
        case 3:
            inside[key] = _vary(rng, inside[key])
        case 4:
            other = paths[int(rng.integers(len(paths)))]
            inside[key] = copy.deepcopy(_get(tree, other))
        case 5:
            _swap(tree, path, paths[int(rng.integers(1, len(paths)))])
        case 6:
            _add(rng, inside, key)
        case 7:
            _rename(rng, inside, key)
        case 8:
            inside[key] = pick(rng, (_DEEP, _LONG, [inside[key]], {str(key): inside[key]}))
        case _:
            if isinstance(inside, dict):
                inside[f"{_TWICE}{key}"] = copy.deepcopy(pick(rng, VALUES))
            else:
                inside.insert(int(key), copy.deepcopy(inside[key]))
    return tree


def _swap(tree: Any, one: Path, other: Path) -> None:
    if one == other[: len(one)] or other == one[: len(other)]:
        return  # one lies within the other
    first, second = _get(tree, one[:-1]), _get(tree, other[:-1])
    first[one[-1]], second[other[-1]] = second[other[-1]], first[one[-1]]


def _add(rng: Rng, inside: Any, key: Any) -> None:
    value = copy.deepcopy(pick(rng, VALUES))
    if isinstance(inside, dict):
        inside[str(pick(rng, ("other", "", "__class__", "size", "name", "kind", "é", f"{key}2")))] = value
    else:
        inside.append(value)


def _rename(rng: Rng, inside: Any, key: Any) -> None:
    if isinstance(inside, dict):
        value = inside.pop(key)
        inside[pick(rng, (f"{key}x", str(key)[:-1], str(key).upper(), ""))] = value
    else:
        inside.reverse()


def _vary(rng: Rng, value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + int(rng.integers(-3, 4)) if rng.random() < 0.7 else -value
    if isinstance(value, float):
        return value * float(pick(rng, (-1.0, 2.0, 0.5, 1e-30, 1e30, 1 + 2**-50)))  # type: ignore[arg-type]
    if isinstance(value, str):
        at = int(rng.integers(len(value) + 1))
        return pick(
            rng, (value[:at], value + "x", value.swapcase(), f" {value}", value[:at] + "\n" + value[at:])
        )
    if isinstance(value, list):
        return list(reversed(value)) if rng.random() < 0.5 else [*value, *value]
    return value


def write_json_text(tree: Any) -> str:
    """Write a tree of `mutate_tree` as JSON."""
    return _insert_marked(json.dumps(tree, allow_nan=True), '"\\u0001', '"', ("[", "]"))


def _insert_marked(text: str, opening: str, closing: str, deep: tuple[str, str]) -> str:
    text = text.replace(f"{opening}deep{closing}", deep[0] * 20_000 + deep[1] * 20_000)
    text = text.replace(f"{opening}long{closing}", "9" * 6_000)
    return text.replace(f"{opening}twice ", closing)


def write_toml_text(tree: Any) -> str:
    """Write a tree of `mutate_tree` as TOML, each entry of the root in a line."""
    if not isinstance(tree, dict):
        return _spell_toml(tree)
    lines = "".join(f"{_spell_key(key)} = {_spell_toml(value)}\n" for key, value in tree.items())
    return _insert_marked(lines, '"\\u0001', '"', ("[", "]"))


def _spell_key(key: Any) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", str(key)) else json.dumps(str(key))


def _spell_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_spell_key(k)} = {_spell_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_spell_toml, value)) + "]"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return "1979-05-27T07:32:00Z" if value is None else json.dumps(value)
