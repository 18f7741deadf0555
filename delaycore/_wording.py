"""Words of messages that depend on what they speak of."""

from __future__ import annotations

__all__ = ["escape", "is_text", "make_plural", "match_unit", "pluralize", "with_article"]


def is_text(value: object) -> bool:
    """Tell whether ``value`` is text that can be written in UTF-8.

    Names of files may hold bytes that cannot, which Python keeps as characters of its own.
    """
    return isinstance(value, str) and escape(value) == value


def escape(text: str) -> str:
    """``text`` with what cannot be written in UTF-8 spelt out, as in ``caf\\udce9``."""
    return text.encode("utf-8", "backslashreplace").decode()


def with_article(noun: str) -> str:
    """``noun`` with its indefinite article: a graph, an activity."""
    return f"{'an' if noun[:1].lower() in set('aeiou') else 'a'} {noun}"


def make_plural(noun: str) -> str:
    """The regular plural of ``noun``: cores, biases."""
    return f"{noun}{'es' if noun.endswith(('s', 'x', 'ch', 'sh')) else 's'}"


def pluralize(number: int, noun: str) -> str:
    """``number`` with ``noun`` in its singular or regular plural: 1 core, 2 cores."""
    return f"{number:,} {noun if number == 1 else make_plural(noun)}"


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
