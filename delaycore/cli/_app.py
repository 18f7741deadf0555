"""The root of the command line: exit codes, and how answers and errors are shown.

Exit codes: 0 done; 1 the answer is no (a network does not fit, a backend is broken); 2 the input or the call
            is wrong; 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, NoReturn

import typer
from rich.console import Console

from delaycore import __version__
from delaycore._installing import describe_missing
from delaycore.errors import DelaycoreError, NotOffered
from delaycore.hardware import DoesNotFit
from delaycore.registry import BackendError, on_endless_loading

__all__ = ["answer", "app", "console", "main", "note", "print_json", "refuse"]

app = typer.Typer(
    name="delaycore",
    help=(
        "Spiking networks with synaptic delays: train, check, map and simulate them under the limits of "
        "real chips."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def answer(document: Any, lines: Iterable[object], *, as_json: bool, ok: bool = True) -> None:
    """End a command: print its answer, as one JSON ``document`` or as ``lines``, and exit with code 1 if the
    answer is no, which is ``ok=False``.
    """
    with _naming_full_disk():
        if as_json:
            print_json(document)
        else:
            for line in lines:
                console.print(str(line), markup=False, soft_wrap=True)
        sys.stdout.flush()
    if not ok:
        refuse()


def print_json(value: Any) -> None:
    """Print one JSON document on standard output, and nothing else."""
    print(json.dumps(value, indent=2))


@contextmanager
def _naming_full_disk() -> Iterator[None]:
    """End with a message on standard error if standard output, which may be a file, cannot be written."""
    try:
        yield
    except BrokenPipeError:  # whoever read it has seen enough
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be flushed
        reason = error.strerror or error
        note(f"error: standard output: cannot be written ({reason}). Remedy: see that there is room for it.")
        sys.exit(2)


def note(line: str) -> None:
    """Print a line on standard error, beside the answer."""
    errors.print(line, markup=False)


def refuse() -> NoReturn:
    """End with the exit code that means no."""
    raise typer.Exit(1)


def _version(asked: bool) -> None:
    if asked:
        print(f"delaycore {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and stop."
    ),
) -> None:
    """Spiking networks with synaptic delays on the command line."""


def main() -> None:
    """Run the command line; every error that delaycore raises on purpose becomes a message and an exit code.

    With ``--json`` the message is a JSON document on standard output, like any answer; the message about a
    wrong call is text all the same.
    """
    try:
        with on_endless_loading(_end_process):
            app()
    except DoesNotFit as error:
        _fail(error, str(error), 1)
    except DelaycoreError as error:
        _fail(error, f"error: {error}", 2)
    except ModuleNotFoundError as error:
        missing = describe_missing(error)
        if missing is None:
            raise
        _fail(NotOffered(missing), f"error: {missing}", 2)
    except KeyboardInterrupt:
        errors.print("interrupted; the same command goes on where it was")
        sys.exit(130)


def _end_process(error: BackendError) -> NoReturn:
    """Fail from beside a main thread that hangs in a plugin and that nothing interrupts."""
    try:
        _write_error(error, f"error: {error}")
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(2)


def _fail(error: DelaycoreError, text: str, code: int) -> NoReturn:
    _write_error(error, text)
    sys.exit(code)


def _write_error(error: DelaycoreError, text: str) -> None:
    if "--json" in sys.argv[1:]:
        findings = error.report.to_dict()["findings"] if isinstance(error, DoesNotFit) else []
        print_json(
            {
                "error": type(error).__name__,
                "problems": [asdict(p) for p in error.problems],
                "findings": findings,
            }
        )
    else:
        errors.print(text, markup=False)
