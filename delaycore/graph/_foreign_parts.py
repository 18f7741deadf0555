"""Kinds of population and families of arithmetics that packages bring: named in a file, and found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from delaycore._descriptions import UnknownPart, build_entry
from delaycore._foreign_parts import ForeignPart, describe_part, search_part
from delaycore.errors import Problem
from delaycore.graph._arithmetic import families
from delaycore.graph._fields import GraphFields
from delaycore.graph._populations import kinds

__all__ = ["list_foreign_parts", "read_foreign_parts", "require_parts"]

CORE = __name__.partition(".")[0]


def list_foreign_parts(graph: GraphFields) -> list[ForeignPart]:
    """List the kinds and the family of ``graph`` that are not the core's own, each with the package that
    brings it.
    """
    used: list[tuple[Literal["kind", "family"], str, type]] = [
        *(("kind", p.kind, type(p)) for p in graph.populations.values()),
        ("family", graph.arithmetic.family, type(graph.arithmetic)),
    ]
    foreign = {(what, name): c for what, name, c in used if c.__module__.partition(".")[0] != CORE}
    return [describe_part(what, name, c) for (what, name), c in foreign.items()]


def read_foreign_parts(description: Mapping[str, Any]) -> list[ForeignPart]:
    """Read the entries of `list_foreign_parts` in a file's description; none in a file that does not say."""
    given = description.get("brought_by", [])
    if not isinstance(given, list):
        raise ValueError(f"'brought_by' of its description is {given!r:.80}, not a list")
    return [build_entry(f"'brought_by' {i}", ForeignPart, entry) for i, entry in enumerate(given)]


def require_parts(used: Mapping[str, str], family: str, brought: Sequence[ForeignPart]) -> None:
    """Load what brings the kinds ``used``, each with the place where it occurs, and the ``family`` of the
    arithmetic, unless they are known.

    Raises `UnknownPart` for the first that is unknown afterwards, or known as that of another distribution
    than the file's.
    """
    said = {(part.what, part.name): part for part in brought}
    wanted: list[tuple[ForeignPart, str]] = [
        *(
            (said.get(("kind", kind), ForeignPart("kind", kind)), f"{place} is of kind {kind!r}")
            for kind, place in used.items()
        ),
        (
            said.get(("family", family), ForeignPart("family", family)),
            f"its arithmetic is of family {family!r}",
        ),
    ]
    for part, place in wanted:
        if _get_class(part) is None:
            problem = search_part(part)
            if _get_class(part) is None:
                raise UnknownPart(Problem(place, problem.message, problem.remedy))
        _require_same_distribution(part, place)


def _get_class(part: ForeignPart) -> type | None:
    known: Mapping[str, type] = kinds() if part.what == "kind" else families()
    return known.get(part.name)


def _require_same_distribution(part: ForeignPart, place: str) -> None:
    """Raise `UnknownPart` if two distributions bring parts of one name, and the other one's was loaded.

    A distribution whose package kept its name is the same one, renamed.
    """
    found = _get_class(part)
    if not part.distribution or found is None:
        return
    here = describe_part(part.what, part.name, found)
    if here.distribution not in ("", part.distribution) and here.package != part.package:
        problem = Problem(
            place,
            f"which {part.distribution} brought, but here {here.distribution} brings another of this name",
            f"open the file where {part.distribution} is installed and {here.distribution} is not",
        )
        raise UnknownPart(problem)
