"""Where in a plugin something went wrong: the file and the line that its author has to open."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Sequence
from itertools import dropwhile
from pathlib import Path
from types import FrameType
from typing import Any

from delaycore.registry._targets import Target

__all__ = ["Step", "describe_function_place", "describe_place", "describe_running_place", "list_steps"]

Step = tuple[FrameType, int]
"""A call that was going on, and the line that it had reached."""

_CORE = str(Path(__file__).parents[1])


def list_steps(package: str, error: BaseException) -> list[Step]:
    """The calls into a Python package that were going on when an error came up, the innermost last."""
    return [step for step in traceback.walk_tb(error.__traceback__) if _get_package(step) == package]


def describe_place(target: Target, error: BaseException) -> str:
    """In which file and line of the plugin an exception came up, in brackets; nothing if in none.

    Where that is a function of the plugin, the place that called it follows: a table of constants is often
    made by one.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}, line {error.lineno})"
    inside = list_steps(target.package, error)
    return _describe_last(inside or _select_outside(list(traceback.walk_tb(error.__traceback__))))


def describe_running_place(target: Target, thread: int) -> str:
    """Which file and line of the plugin the ``thread`` that loads it is at, in brackets; nothing if none.

    thread: as `threading.get_ident` gave it there.
    """
    steps = list(traceback.walk_stack(sys._current_frames().get(thread)))[::-1]
    loading = list(dropwhile(lambda step: Path(_get_file(step)).parent != Path(__file__).parent, steps))
    inside = [step for step in loading if _get_package(step) == target.package]
    return _describe_last(inside or _select_outside(loading))


def _describe_last(steps: Sequence[Step]) -> str:
    if not steps:
        return ""
    frame, line = steps[-1]
    place = f"{frame.f_code.co_filename}, line {line}"
    if frame.f_code.co_name != "<module>" and len(steps) > 1:
        caller, line = steps[-2]
        place += f", called in {caller.f_code.co_filename}, line {line}"
    return f" ({place})"


def _select_outside(steps: Sequence[Step]) -> list[Step]:
    """The calls in no file of the core and of Python's import system: those of a plugin whose package lies
    elsewhere than its name says.
    """
    return [
        step
        for step in steps
        if not _get_file(step).startswith((_CORE, "<"))
        and not {"pluggy", "importlib"} & set(Path(_get_file(step)).parts)
    ]


def _get_file(step: Step) -> str:
    return step[0].f_code.co_filename


def _get_package(step: Step) -> str:
    return str(step[0].f_globals.get("__name__", "")).partition(".")[0]


def describe_function_place(function: Any) -> str:
    """In which file and line a function begins, in brackets; nothing for what Python does not know of."""
    try:
        return f" ({inspect.getsourcefile(function)}, line {inspect.getsourcelines(function)[1]})"
    except (OSError, TypeError):
        return ""
