"""Where in a plugin something went wrong: the file and the line that its author has to open."""

from __future__ import annotations

import inspect
import re
import sys
import traceback
from collections.abc import Sequence
from itertools import dropwhile
from pathlib import Path
from typing import Any

from delaycore.registry._targets import Target

__all__ = ["describe_dumped_place", "describe_function_place", "describe_place", "describe_running_place"]

_CORE = str(Path(__file__).parents[1])

_DUMPED = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<name>.*)$', re.MULTILINE)
"""A frame as `faulthandler` writes it."""


def describe_place(target: Target, error: BaseException) -> str:
    """In which file and line of the plugin an exception came up, in brackets; nothing if in none.

    Where that is a function of the plugin, the place that called it follows: a table of constants is often
    made by one.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}, line {error.lineno})"
    return _describe_last(_select_plugin_frames(target, traceback.extract_tb(error.__traceback__)))


def describe_running_place(target: Target, thread: int) -> str:
    """Which file and line of the plugin the ``thread`` that loads it is at, in brackets; nothing if none.

    thread: as `threading.get_ident` gave it there.
    """
    frames = traceback.extract_stack(sys._current_frames().get(thread))
    loading = list(dropwhile(lambda f: Path(f.filename).parent != Path(__file__).parent, frames))
    return _describe_last(_select_plugin_frames(target, loading))


def describe_dumped_place(target: Target, dump: str) -> str:
    """Which file and line of the plugin a process was at when `faulthandler` wrote ``dump``, in brackets;
    nothing if none.
    """
    frames = [
        traceback.FrameSummary(m["file"], int(m["line"]), m["name"], lookup_line=False)
        for m in _DUMPED.finditer(dump)
    ]
    return _describe_last(_select_plugin_frames(target, frames[::-1]))


def _describe_last(frames: Sequence[traceback.FrameSummary]) -> str:
    if not frames:
        return ""
    last = frames[-1]
    place = f"{last.filename}, line {last.lineno}"
    if last.name != "<module>" and len(frames) > 1:
        place += f", called in {frames[-2].filename}, line {frames[-2].lineno}"
    return f" ({place})"


def _select_plugin_frames(
    target: Target, frames: Sequence[traceback.FrameSummary]
) -> list[traceback.FrameSummary]:
    """The frames in files of the plugin's package, or, where that lies elsewhere than its name says, those in
    no file of the core and of Python's import system.
    """
    inside = [f for f in frames if target.package in (Path(f.filename).stem, *Path(f.filename).parts)]
    outside = [
        f
        for f in frames
        if not f.filename.startswith((_CORE, "<")) and "pluggy" not in Path(f.filename).parts
    ]
    return inside or [f for f in outside if "importlib" not in Path(f.filename).parts]


def describe_function_place(function: Any) -> str:
    """In which file and line a function begins, in brackets; nothing for what Python does not know of."""
    try:
        return f" ({inspect.getsourcefile(function)}, line {inspect.getsourcelines(function)[1]})"
    except (OSError, TypeError):
        return ""
