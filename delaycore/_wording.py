"""Words of messages that depend on what they speak of."""

from __future__ import annotations

__all__ = ["describe_bytes", "make_plural", "match_unit", "pluralize", "with_article"]


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
