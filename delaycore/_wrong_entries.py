"""Problems with the entries of a TOML file, or with the arguments of a value, in the words of whoever wrote
them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from delaycore.errors import Problem

__all__ = ["ContradictionError", "wrong_entries"]


class ContradictionError(ValueError):
    """Entries of a table that contradict each other; raised by validators with a sentence for each
    contradiction.
    """

    def __str__(self) -> str:
        return "; ".join(self.args)


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
    "model_attributes_type": "a table",
    "literal_error": "{expected}",
    "union_tag_invalid": "{expected_tags}",
    "greater_than": "a number greater than {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "less_than": "a number less than {lt:g}",
    "less_than_equal": "a number of at most {le:g}",
    "too_long": "a list of {max_length}",
}
"""What an entry must be, by the type of pydantic's error."""

Key = int | str


@dataclass(frozen=True)
class _Entry:
    """An entry that is wrong.

    path:   the keys that lead to it.
    part:   model of the table in which it lies, if that is known.
    choice: what chose this model among others, such as "mode = 'levels'".
    """

    path: tuple[Key, ...]
    part: type[BaseModel] | None
    choice: str = ""

    @property
    def field(self) -> FieldInfo | None:
        """The declaration of the entry, if there is one."""
        return self.part.model_fields.get(str(self.path[-1])) if self.part and self.path else None


def wrong_entries(
    error: ValidationError, model: type[BaseModel], given: Mapping[str, Any], place: str, join: str = ": "
) -> Iterator[Problem]:
    """Yield the problems of each wrong entry of ``given``, from which a ``model`` could not be made.

    The place of a problem is ``place``, where the entries come from, ``join`` and the name of the entry.
    """
    entries: dict[_Entry, list[ErrorDetails]] = {}
    for detail in error.errors():
        entries.setdefault(_find_entry(detail, model, given), []).append(detail)
    for entry, details in entries.items():
        where = f"{place}{join}{'.'.join(map(str, entry.path))}" if entry.path else place
        for message, remedy in _explain(entry, details):
            yield Problem(where, message, remedy)


def _find_entry(detail: ErrorDetails, model: type[BaseModel], given: Any) -> _Entry:
    """Follow pydantic's location through ``model`` and ``given``, leaving out the names of alternatives."""
    entry, part, choice = _Entry((), model), model, ""
    alternatives: dict[Key, tuple[type[BaseModel], str]] = {}
    for key in detail["loc"]:
        if key in alternatives:  # the location names the alternative, the file does not
            (part, choice), alternatives = alternatives[key], {}
            continue
        inside = (
            key in given
            if isinstance(given, Mapping)
            else isinstance(given, Sequence) and isinstance(key, int) and key < len(given)
        )
        missing = detail["type"] == "missing" and key == detail["loc"][-1] and isinstance(given, Mapping)
        if not (inside or missing):
            continue
        given = given[key] if inside else None
        entry = _Entry((*entry.path, key), part, choice)
        if entry.field is not None:
            part, choice, alternatives = _inner_model(entry.field) or part, "", _alternatives(entry.field)
    if detail["type"] == "union_tag_invalid" and entry.field is not None:
        inner = _inner_model(entry.field)
        return _Entry((*entry.path, detail["ctx"]["discriminator"].strip("'")), inner)
    return entry


def _models(field: FieldInfo) -> list[type[BaseModel]]:
    """The models that a field can hold."""
    types = (field.annotation, *get_args(field.annotation))
    return [t for t in types if isinstance(t, type) and issubclass(t, BaseModel)]


def _inner_model(field: FieldInfo) -> type[BaseModel] | None:
    """The first model that a field can hold, on its own or in a list."""
    return next(iter(_models(field)), None)


def _alternatives(field: FieldInfo) -> dict[Key, tuple[type[BaseModel], str]]:
    """The models of a discriminated union by the value of their discriminator, with the choice in words."""
    by = field.discriminator
    if not isinstance(by, str):
        return {}
    return {
        tag: (model, f"{by} = {tag!r}")
        for model in _models(field)
        for tag in get_args(model.model_fields[by].annotation)
    }


def _explain(entry: _Entry, details: Sequence[ErrorDetails]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an entry, and the remedy."""
    kinds = {d["type"]: d for d in details}
    if "extra_forbidden" in kinds:
        known = list(entry.part.model_fields) if entry.part else []
        near = difflib.get_close_matches(str(entry.path[-1]), known, n=1)
        yield (
            f"is no entry {f'of {entry.choice}' if entry.choice else 'that exists'}",
            f"{f'did you mean {near[0]!r}? ' if near else ''}known entries: {', '.join(known)}",
        )
    elif "value_error" in kinds:
        value = kinds["value_error"]["input"]
        shown = "" if isinstance(value, Mapping | BaseModel) else f", not {value!r:.80}"
        error = kinds["value_error"]["ctx"]["error"]
        for message in error.args if isinstance(error, ContradictionError) else (str(error),):
            yield f"{message}{shown}", ""
    elif "missing" in kinds:
        in_list = isinstance(kinds["missing"]["loc"][-1], int)
        yield (
            ("has too few entries", "give the others, too")
            if in_list
            else ("is missing", "it has no default: give it")
        )
    else:
        wanted = " or ".join(dict.fromkeys(map(_describe_wanted, details)))
        detail = details[0]
        value = detail["ctx"]["tag"] if detail["type"] == "union_tag_invalid" else detail["input"]
        field = entry.field
        default = None if field is None or field.is_required() else field.default
        remedy = "correct it" if default is None else f"correct it, or leave it out for {_show(default)}"
        yield f"must be {wanted}, not {value!r:.80}", remedy


def _describe_wanted(detail: ErrorDetails) -> str:
    """Say what the entry must be."""
    wanted = _WANTED.get(detail["type"], detail["msg"]).format(**detail.get("ctx", {}))
    return " or ".join(wanted.rsplit(", ", 1)) if detail["type"] == "union_tag_invalid" else wanted


def _show(default: Any) -> str:
    """Write a default as a file would have it."""
    if isinstance(default, BaseModel):
        return "the defaults"
    if isinstance(default, tuple):
        return str(list(default))
    return str(default).lower() if isinstance(default, bool) else repr(default)
