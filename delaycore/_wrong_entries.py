"""What is wrong with the entries of a TOML file, or the arguments of a value, in the words of whoever wrote
them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from delaycore.errors import Problem

__all__ = ["wrong_entries"]

_PLURAL = {"entry": "entries"}

_WANTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "literal_error": "{expected}",
    "greater_than": "a number greater than {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "less_than": "a number less than {lt:g}",
    "less_than_equal": "a number of at most {le:g}",
    "too_long": "a list of {max_length}",
}


def wrong_entries(
    error: ValidationError,
    model: type[BaseModel],
    given: Mapping[str, Any],
    place: str,
    join: str = ": ",
    noun: str = "entry",
) -> Iterator[Problem]:
    """A problem for each wrong entry of ``given``, which were to become a ``model``.

    Its place is ``place``, where the entries come from, ``join`` and the name of the entry; ``noun`` is what
    the user calls an entry.
    """
    entries: dict[tuple[int | str, ...], list[ErrorDetails]] = {}
    for detail in error.errors():
        entries.setdefault(_entry(detail, given), []).append(detail)
    for entry, details in entries.items():
        message, remedy = _said(entry, details, model, noun)
        yield Problem(f"{place}{join}{'.'.join(map(str, entry))}" if entry else place, message, remedy)


def _entry(detail: ErrorDetails, given: Any) -> tuple[int | str, ...]:
    """Where the entry is in ``given``: pydantic's location without the names of alternatives."""
    kept: list[int | str] = []
    for key in detail["loc"]:
        inside = (
            key in given
            if isinstance(given, Mapping)
            else isinstance(given, Sequence) and isinstance(key, int) and key < len(given)
        )
        if inside:
            given = given[key]
        if inside or (
            detail["type"] == "missing" and key == detail["loc"][-1] and isinstance(given, Mapping)
        ):
            kept.append(key)
    return tuple(kept)


def _said(
    entry: tuple[int | str, ...], details: Sequence[ErrorDetails], model: type[BaseModel], noun: str
) -> tuple[str, str]:
    """What is wrong with an entry, and the remedy."""
    kinds = {d["type"]: d for d in details}
    part = _part(entry, model)
    if "extra_forbidden" in kinds:
        known = list(part.model_fields) if part else []
        near = difflib.get_close_matches(str(entry[-1]), known, n=1)
        return (
            f"is no {noun} that exists",
            f"{f'did you mean {near[0]!r}? ' if near else ''}known {_PLURAL.get(noun, f'{noun}s')}: "
            f"{', '.join(known) or 'none'}",
        )
    if "value_error" in kinds:
        detail = kinds["value_error"]
        message, value = detail["msg"].removeprefix("Value error, "), detail["input"]
        return (
            (message, "") if isinstance(value, Mapping | BaseModel) else (f"{message}, not {value!r:.80}", "")
        )
    if "missing" in kinds:
        lists = isinstance(kinds["missing"]["loc"][-1], int)
        return (
            ("has too few entries", "give the others, too")
            if lists
            else ("is missing", "it has no default: give it")
        )
    wanted = dict.fromkeys(_WANTED.get(d["type"], d["msg"]).format(**d.get("ctx", {})) for d in details)
    field = part.model_fields.get(str(entry[-1])) if part else None
    optional = field is not None and not field.is_required()
    default = field.default if field is not None and optional else None
    remedy = "correct it" + (", or leave it out" if optional else "")
    remedy += "" if default is None else f" for {_shown(default)}"
    return f"must be {' or '.join(wanted)}, not {details[0]['input']!r:.80}", remedy


def _shown(default: Any) -> str:
    """A default as a file would have it."""
    if isinstance(default, BaseModel):
        return "the defaults"
    return (
        str(list(default))
        if isinstance(default, tuple)
        else str(default).lower()
        if isinstance(default, bool)
        else repr(default)
    )


def _part(entry: tuple[int | str, ...], model: type[BaseModel]) -> type[BaseModel] | None:
    """The part of the settings in which ``entry`` lies."""
    for name in entry[:-1]:
        if isinstance(name, int):  # one of a list of parts, whose type has been found
            continue
        if name not in model.model_fields:
            return None
        annotation = model.model_fields[name].annotation
        parts = [
            t for t in (annotation, *get_args(annotation)) if isinstance(t, type) and issubclass(t, BaseModel)
        ]
        if not parts:
            return None
        model = parts[0]
    return model
