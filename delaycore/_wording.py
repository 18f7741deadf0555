"""Words of messages that depend on what they speak of."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from itertools import islice

__all__ = [
    "describe_bytes",
    "escape",
    "is_text",
    "describe_missing_name",
    "find_nearest",
    "guess_choice",
    "guess_meant",
    "list_some",
    "make_plural",
    "match_unit",
    "pluralize",
    "with_article",
]


def is_text(value: object) -> bool:
    """Tell whether ``value`` is text that can be written in UTF-8.

    Names of files may hold bytes that cannot, which Python keeps as characters of its own.
    """
    return isinstance(value, str) and escape(value) == value


def escape(text: str) -> str:
    """``text`` with what cannot be written in UTF-8 spelt out, as in ``caf\\udce9``."""
    return text.encode("utf-8", "backslashreplace").decode()


_SHORT = 3
"""Letters of a name of which half may be wrong."""

_LISTED = 20
"""Names of a list that are shown."""


def find_nearest(name: object, known: Iterable[object]) -> str | None:
    """The one of the ``known`` names that somebody who wrote ``name`` may have meant, if one is near enough.

    Letters in another order come first.  Small and capital letters, and hyphens and underscores, are the same
    only where nothing else is near.
    """
    given, names = str(name), list(map(str, known))
    turned = [other for other in names if sorted(other) == sorted(given)]
    folded = {_fold(other): other for other in reversed(names)}
    cutoff = 0.5 if len(given) <= _SHORT else 0.6
    near = [
        *difflib.get_close_matches(given, turned, n=1, cutoff=0.0),
        *difflib.get_close_matches(given, names, n=1, cutoff=cutoff),
        *(folded[plain] for plain in difflib.get_close_matches(_fold(given), folded, n=1, cutoff=cutoff)),
    ]
    return near[0] if near else None


def guess_meant(name: object, known: Iterable[object]) -> str:
    """The beginning of a remedy for a name that is none of the ``known``: a question for the nearest of them,
    with a space at its end; empty if none is near.
    """
    near = find_nearest(name, known)
    return f"did you mean {near!r}? " if near is not None else ""


def list_some(names: Collection[object]) -> str:
    """``names`` with commas between them; of very many, the first and how many others there are."""
    shown = ", ".join(map(str, islice(names, _LISTED)))
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown


def describe_missing_name(module: str, name: str, known: Iterable[object]) -> str:
    """The message of the AttributeError of a module that lacks ``name``."""
    meant = guess_meant(name, known).strip()
    return f"module {module!r} has no attribute {name!r}" + (f"; {meant}" if meant else "")


def guess_choice(given: object, wanted: str) -> str:
    """As `guess_meant`, of text that should be one of the choices in quotes in ``wanted``."""
    return guess_meant(given, re.findall("'([^']*)'", wanted)) if isinstance(given, str) else ""


def _fold(name: str) -> str:
    return name.casefold().replace("-", "_")


def with_article(noun: str) -> str:
    """``noun`` with its indefinite article: a graph, an activity."""
    return f"{'an' if noun[:1].lower() in set('aeiou') else 'a'} {noun}"


def make_plural(noun: str) -> str:
    """The regular plural of ``noun``: cores, biases."""
    return f"{noun}{'es' if noun.endswith(('s', 'x', 'ch', 'sh')) else 's'}"


def pluralize(number: int, noun: str) -> str:
    """``number`` with ``noun`` in its singular or regular plural: 1 core, 2 cores."""
    return f"{number:,} {noun if number == 1 else make_plural(noun)}"


def describe_bytes(size: int) -> str:
    """``size`` bytes in the largest unit of 1024 that leaves a number of at least 1: 1.5 GiB."""
    number, unit = float(size), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB"):
        if number < 1024:
            break
        number, unit = number / 1024, larger
    return f"{size} bytes" if unit == "bytes" else f"{number:,.3g} {unit}"


def match_unit(number: float, unit: str) -> str:
    """``unit``, whose first word may be a plural, as it follows ``number``: cores, but 1 core.

    Symbols of one or two letters, such as s and ms, stay.
    """
    word, space, rest = unit.partition(" ")
    if number != 1 or len(word) <= 2 or not word.endswith("s"):
        return unit
    if word.endswith("ies"):
        word = f"{word[:-3]}y"
    else:
        word = word.removesuffix("es") if word.endswith("sses") else word.removesuffix("s")
    return f"{word}{space}{rest}"
