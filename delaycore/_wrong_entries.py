"""Problems with the entries of a TOML file, or with the arguments of a value, in the words of whoever wrote
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from delaycore._contradictions import UNJUDGED, ContradictionError, find_contradictions
from delaycore._plain_entries import read_plain
from delaycore._wording import find_nearest, guess_choice, guess_meant
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
    error: ValidationError,
    model: type[BaseModel],
    given: Mapping[str, Any],
    place: str,
    join: str = ": ",
    noun: str = "entry",
) -> Iterator[Problem]:
    """Yield the problems of each wrong entry of ``given``, from which a ``model`` could not be made, and then
    of each relation that does not hold between entries that are right.

    The place of a problem is ``place``, where the entries come from, ``join`` and the name of the entry.

    noun: what the user calls an entry, such as "option".
    """

    def locate(path: tuple[Key, ...]) -> str:
        return f"{place}{join}{'.'.join(map(str, path))}" if path else place

    entries: dict[_Entry, list[ErrorDetails]] = {}
    for detail in error.errors():
        if not isinstance(detail.get("ctx", {}).get("error"), ContradictionError):
            entries.setdefault(_find_entry(detail, model, given), []).append(detail)
    for entry, details in entries.items():
        for message, remedy in _explain(entry, details, noun):
            yield Problem(locate(entry.path), message, remedy)
    judged = _Judged({entry.path for entry in entries})
    judged.build(model, given, ())
    for path, sentence in judged.contradictions:
        yield Problem(locate(path), sentence)


_UNKNOWN: Any = object()
"""Stands for the value of an entry that is wrong."""


class _Judged:
    """A table built of those of its entries that are right, and what contradicts each other among them."""

    def __init__(self, wrong: set[tuple[Key, ...]]) -> None:
        self.wrong = wrong
        self.contradictions: list[tuple[tuple[Key, ...], str]] = []

    def build(self, model: type[BaseModel], given: Mapping[str, Any], path: tuple[Key, ...]) -> BaseModel:
        """Make a ``model`` that lacks the entries that are wrong, and judge its relations."""
        fields = model.model_fields
        values = {
            name: self._build_value(fields[name], value, (*path, name))
            for name, value in given.items()
            if name in fields
        }
        misspelt = (find_nearest(name, fields) for name in given if name not in fields)
        meant = {name for name in misspelt if name is not None} - given.keys()
        missing = {name for name, field in fields.items() if field.is_required()} - given.keys()
        right = {name: value for name, value in values.items() if value is not _UNKNOWN}
        try:
            made = model.model_validate(right, context=UNJUDGED)
        except ValidationError:  # what is wrong or missing has no default
            made = model.model_construct(**read_plain(model, right))
        for name in (values.keys() - right.keys()) | meant | missing:
            made.__dict__.pop(name, None)
        self.contradictions += ((path, sentence) for sentence in find_contradictions(made))
        return made

    def _build_value(self, field: FieldInfo, given: Any, path: tuple[Key, ...]) -> Any:
        if path in self.wrong:  # as a whole, such as a table for a list of tables
            return _UNKNOWN
        if _models(field) and isinstance(given, Mapping):
            given = _complete(field, given)
            model = self._choose(field, given)
            return _UNKNOWN if model is None else self.build(model, given, path)
        if _models(field) and isinstance(given, list | tuple):
            items = [self._build_value(field, item, (*path, i)) for i, item in enumerate(given)]
            return _UNKNOWN if any(item is _UNKNOWN for item in items) else tuple(items)
        return _UNKNOWN if any(w[: len(path)] == path for w in self.wrong) else given

    @staticmethod
    def _choose(field: FieldInfo, given: Mapping[str, Any]) -> type[BaseModel] | None:
        """The model of a table; None where the entry that chooses one among several is wrong."""
        choices = _alternatives(field)
        if not choices:
            return _inner_model(field)
        tag = given.get(str(field.discriminator))
        return choices[tag][0] if isinstance(tag, str) and tag in choices else None


def _complete(field: FieldInfo, given: Any) -> Any:
    """Add to a table what the validators before its model add, such as the choice of a default model."""
    for validator in field.metadata:
        if isinstance(validator, BeforeValidator):
            add: Any = validator.func
            given = add(given)
    return given


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


def _explain(entry: _Entry, details: Sequence[ErrorDetails], noun: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an entry, and the remedy."""
    kinds = {d["type"]: d for d in details}
    if "extra_forbidden" in kinds:
        known = list(entry.part.model_fields) if entry.part else []
        yield (
            f"is no {noun} {f'of {entry.choice}' if entry.choice else 'that exists'}",
            f"{guess_meant(entry.path[-1], known)}known {_PLURAL.get(noun, f'{noun}s')}: "
            f"{', '.join(known) or 'none'}",
        )
    elif "value_error" in kinds:
        value = kinds["value_error"]["input"]
        shown = "" if isinstance(value, Mapping | BaseModel) else f", not {_show_given(value)}"
        yield f"{kinds['value_error']['ctx']['error']}{shown}", _suggest_correction(entry.field)
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
        remedy = guess_choice(value, wanted) + _suggest_correction(entry.field)
        yield f"must be {wanted}, not {_show_given(value)}", remedy


def _suggest_correction(field: FieldInfo | None) -> str:
    """Suggest to correct an entry, or to leave it out if it may be missing."""
    if field is None or field.is_required():
        return "correct it"
    default = "" if field.default is None else f" for {_show(field.default)}"
    return f"correct it, or leave it out{default}"


def _describe_wanted(detail: ErrorDetails) -> str:
    """Say what the entry must be."""
    wanted = _WANTED.get(detail["type"], detail["msg"]).format(**detail.get("ctx", {}))
    return " or ".join(wanted.rsplit(", ", 1)) if detail["type"] == "union_tag_invalid" else wanted


def _show_given(value: Any) -> str:
    """Write a wrong value as somebody may have written it, cut where it is long."""
    return f"{list(value) if isinstance(value, tuple) else value!r:.80}"


def _show(default: Any) -> str:
    """Write a default as a file would have it."""
    if isinstance(default, BaseModel):
        return "the defaults"
    if isinstance(default, tuple):
        return str(list(default))
    return str(default).lower() if isinstance(default, bool) else repr(default)
