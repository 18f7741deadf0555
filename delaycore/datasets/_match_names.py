"""A program of its own: finds a group of a regular expression in names.

A regular expression can take longer than anybody lives, and Python cannot stop one in the same process.  So
`delaycore.datasets._name_groups` runs this file, which needs nothing but the standard library.
"""

from __future__ import annotations

import json
import re
import sys

__all__ = ["match_names"]


def match_names(text: str, names: list[str], what: str) -> dict[str, str | list[str | None]]:
    """Return what the first group of ``text``, or the one called ``what``, holds in each of ``names``, by
    the key "found"; None where the expression does not match, or the group is empty.  What is wrong with the
    expression itself has the key "wrong".
    """
    try:
        pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError, MemoryError) as error:
        return {"wrong": f"is no regular expression ({error})"}
    if not pattern.groups:
        return {"wrong": "has no group in parentheses"}
    group = what if what in pattern.groupindex else 1
    matches = map(pattern.search, names)
    return {"found": [match[group] or None if match else None for match in matches]}


if __name__ == "__main__":
    json.dump(match_names(**json.load(sys.stdin)), sys.stdout)
