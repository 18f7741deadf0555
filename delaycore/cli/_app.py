"""The root of the command line: exit codes, and how answers and errors are shown.

Exit codes: 0    done
            1    the answer is no: a network does not fit, a budget is not kept, a backend is broken
            2    the input or the call is wrong, or the answer cannot be written
            3    delaycore or a plugin is at fault
            130  interrupted
            141  whoever read the answer has ended, as `head` does: 128 and the number of SIGPIPE
            143  told to end by SIGTERM: 128 and its number; other signals likewise
"""

from __future__ import annotations

import json
import math
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from contextvars import ContextVar
from dataclasses import asdict
from typing import Any, NoReturn

import typer
from rich.console import Console

from delaycore import __version__
from delaycore.cli._failures import FAULT, NO, WRONG, explain
from delaycore.cli._group import Group
from delaycore.cli._plugin_output import get_answer_stream, move_output, reserve_output
from delaycore.cli._signals import Terminated, unwind_on_signals
from delaycore.cli._streams import OutputLost, ReaderGone, guard_streams
from delaycore.errors import DelaycoreError, FileError, Problem
from delaycore.hardware import DoesNotFit
from delaycore.registry import BackendError, on_endless_loading

__all__ = ["answer", "app", "console", "main", "note", "print_json", "refuse"]

INTERRUPTED, READER_GONE, SIGNAL = 130, 141, 128

WrongCall: type[Exception] = typer.BadParameter.__mro__[2]  # of click, which typer brings or requires
_shows_traceback: ContextVar[bool] = ContextVar("shows traceback", default=False)


class _Console(Console):
    """A console that knows the encoding of the stream to which it writes now."""

    @property
    def encoding(self) -> str:
        """The name of the encoding, in small letters."""
        return (getattr(self.file, "encoding", None) or "utf-8").lower()


app = typer.Typer(
    name="delaycore",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
console = _Console(highlight=False, width=None if sys.stdout is not None and sys.stdout.isatty() else 160)
errors = _Console(stderr=True, highlight=False, soft_wrap=True)


def answer(document: Any, lines: Iterable[object], *, as_json: bool, ok: bool = True) -> None:
    """End a command: print its answer, as one JSON ``document`` or as ``lines``, and exit with code 1 if the
    answer is no, which is ``ok=False``.
    """
    if as_json:
        print_json(document)
    else:
        for line in lines:
            console.print(str(line), markup=False, soft_wrap=True)
    if not ok:
        refuse()


def print_json(value: Any) -> None:
    """Print one JSON document on standard output, and nothing else.

    JSON has no numbers that are not finite: they are null.
    """
    document = json.dumps(_replace_infinite(value), indent=2, allow_nan=False)
    print(document, file=get_answer_stream(), flush=True)


def _replace_infinite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _replace_infinite(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_replace_infinite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def note(line: str) -> None:
    """Print a line on standard error, beside the answer."""
    errors.print(line, markup=False)


def refuse() -> NoReturn:
    """End with the exit code that means no."""
    raise typer.Exit(NO)


def _version(asked: bool) -> None:
    if asked:
        print(f"delaycore {__version__}")
        raise typer.Exit


@app.callback(
    epilog=(
        "Exit codes: 0 done, 1 the answer is no, 2 the input or the call is wrong, 3 a fault of delaycore or "
        "of a plugin, 130 interrupted."
    )
)
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and stop."
    ),
    show_traceback: bool = typer.Option(
        False,
        "--traceback",
        envvar="DELAYCORE_TRACEBACK",
        help="Show with an error where in the code it came up.",
    ),
) -> None:
    """Spiking networks with synaptic delays: train, check, map and simulate them under the limits of real
    chips.
    """
    _shows_traceback.set(show_traceback)


def main() -> None:
    """Run the command line; every error becomes a message and an exit code.

    With ``--json`` the message is a JSON document on standard output, like any answer.
    """
    words = sys.argv[1:]
    with ExitStack() as stack:
        if "--json" in words:
            stack.enter_context(move_output())
        stack.enter_context(guard_streams())
        if "--json" in words:
            stack.enter_context(reserve_output())
        stack.enter_context(unwind_on_signals())
        stack.enter_context(on_endless_loading(_end_process))
        code = _run(words)
    if code:
        sys.exit(code)


def _run(words: Sequence[str]) -> int:
    """Run one command to its end, and return its exit code."""
    _shows_traceback.set(False)
    try:
        code = _call(words)
        get_answer_stream().flush()
    except ReaderGone:
        return READER_GONE
    except OutputLost as lost:
        remedy = "open it, or give it room; what the command wrote to files is there"
        _tell(FileError.at("standard output", f"takes no answer ({lost})", remedy), as_json=False)
        return WRONG
    return code


def _call(words: Sequence[str]) -> int:
    """Do what the command line says, or say what keeps that from being done."""
    try:
        get_answer_stream().flush()  # one that takes nothing shows before any work
        command = typer.main.get_command(app)
        with command.make_context("delaycore", list(words)) as context:
            command.invoke(context)
        return 0
    except typer.Exit as ended:
        return int(ended.exit_code)
    except OutputLost:
        raise
    except WrongCall as wrong:
        return _tell_wrong_call(wrong, words)
    except KeyboardInterrupt:
        note("interrupted")
        return INTERRUPTED
    except Terminated as end:
        note(f"ended by {end}")
        return SIGNAL + end.number
    except BaseException as error:  # a plugin may raise anything, and its exit code is not ours
        if _shows_traceback.get():
            note("".join(traceback.format_exception(error)).rstrip())
        told, code = explain(error, words)
        _tell(told, as_json="--json" in words)
        return code


def _end_process(error: BackendError) -> NoReturn:
    """Fail from beside a main thread that hangs in a plugin and that nothing interrupts."""
    try:
        _tell(error, as_json="--json" in sys.argv[1:])
        get_answer_stream().flush()
        sys.stderr.flush()
    finally:
        os._exit(FAULT)


def _tell_wrong_call(wrong: Any, words: Sequence[str]) -> int:
    """Say what click finds wrong with a call."""
    if "--json" in words:
        path = wrong.ctx.command_path if getattr(wrong, "ctx", None) else "delaycore"
        problem = Problem(path, wrong.format_message(), f"{path} --help lists what it takes")
        _print_error(type(wrong).__name__, [problem], [])
    else:
        wrong.show()
    return int(wrong.exit_code)


def _tell(error: DelaycoreError, *, as_json: bool) -> None:
    """Write an error, as a JSON document on standard output or as text on standard error."""
    findings = error.report.to_dict()["findings"] if isinstance(error, DoesNotFit) else []
    if as_json:
        _print_error(type(error).__name__, error.problems, findings)
    else:
        note(str(error) if isinstance(error, DoesNotFit) else f"error: {error}")


def _print_error(kind: str, problems: Iterable[Problem], findings: list[Any]) -> None:
    print_json({"error": kind, "problems": [asdict(p) for p in problems], "findings": findings})
