"""Finds the backend that brings a kind of population, or a family of arithmetics, which a file names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec

from delaycore._foreign_parts import ForeignPart
from delaycore._installing import suggest_backends
from delaycore.errors import Problem
from delaycore.graph import families, kinds
from delaycore.registry._registry import BackendError, Target, load_backend, targets

__all__ = ["bring_part"]


def bring_part(part: ForeignPart) -> Problem:
    """Load the backend that brings ``part``: the one of the package that the file names, or, where it names
    none, the first of the installed backends that brings it.

    Where several may bring it, each is tried in a process of its own before: one that nobody asked for does
    no harm here.  Returns what to report if the part is unknown afterwards.
    """
    installed = targets().values()
    likely = [t for t in installed if _brings(t, part)] if part.package else list(installed)
    broken: list[Problem] = []
    for target in likely if part.package and len(likely) == 1 else _select_bringing(likely, part, broken):
        try:
            load_backend(target.name)
        except BackendError as error:
            broken += error.problems
        if _is_known(part):
            break
    if not part.package:
        return _report_unnamed(likely, broken)
    return _report_named(part, likely, broken)


def _select_bringing(likely: list[Target], part: ForeignPart, broken: list[Problem]) -> Iterator[Target]:
    """Yield those of the ``likely`` targets that bring ``part`` in a process of their own; what is wrong with
    others is added to ``broken``.
    """
    from delaycore.registry._apart import call_each_apart  # which starts processes, as few callers need

    asks = {target.name: partial(_try_bringing, target.name, part) for target in likely}
    for target, answer in zip(likely, call_each_apart(asks, answer=bool).values(), strict=True):
        if isinstance(answer, BackendError):
            broken += answer.problems
        elif answer:
            yield target


def _try_bringing(name: str, part: ForeignPart) -> bool:
    load_backend(name)
    return _is_known(part)


def _is_known(part: ForeignPart) -> bool:
    return part.name in (kinds() if part.what == "kind" else families())


def _brings(target: Target, part: ForeignPart) -> bool:
    """Whether a backend is that of the package, or of the distribution, that a file names."""
    return target.package == part.package or target.distribution == part.distribution


def _report_unnamed(tried: list[Target], broken: list[Problem]) -> Problem:
    installed = ", ".join(t.name for t in tried) or "none"
    failed = "".join(f"; {p.place} {p.message}" for p in broken)
    return Problem(
        "",
        f"which no installed backend brings (installed: {installed}){failed}",
        "install the package that brings it",
    )


def _report_named(part: ForeignPart, likely: list[Target], broken: list[Problem]) -> Problem:
    brings = f"which {part.distribution or f'the Python package {part.package}'} brings"
    if broken:
        failed = "; ".join(f"{p.place} {p.message}" for p in broken)
        return Problem("", f"{brings}, but {failed}", broken[0].remedy)
    if likely:
        here = f"{likely[0].distribution} {likely[0].version}"
        return Problem(
            "",
            f"{brings}, but that of {here}, which is installed, does not when it is loaded",
            f"install the version of {likely[0].distribution} that wrote the file",
        )
    if part.package == "__main__":
        return Problem(
            "",
            "which a script or notebook defined",
            "run its definition before the file is opened, or move it into a backend",
        )
    if part.distribution:
        return Problem("", f"{brings}, and that is not installed", suggest_backends(part.distribution))
    there = part.package in sys.modules or (
        part.package.isidentifier() and find_spec(part.package) is not None
    )
    remedy = "before the file is opened" if there else "once the package that holds it is installed"
    return Problem("", f"{brings}, and that is no installed backend", f"import {part.package} {remedy}")
