"""Networks that commands are given: a model, or the program that ``map`` made of one for a chip."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import typer

from delaycore import deploy, registry
from delaycore._files import holds
from delaycore.errors import DataError, SettingsError
from delaycore.graph import Graph, load
from delaycore.hardware import Program

__all__ = ["NETWORK", "TARGET_OF_MODEL", "load_model", "load_network", "load_program", "require_target"]

NETWORK = typer.Argument(help="A model file, or a program file that `map` wrote.", show_default=False)
TARGET_OF_MODEL = typer.Option(
    None,
    "--target",
    "-t",
    help="A chip; see `delaycore targets`.  A program names its own.",
    show_default=False,
)


def load_model(path: Path, target: str) -> Graph:
    """Load a model after the backend of its target, which may bring the kinds of its neurons."""
    registry.load_backend(target)
    return load(path)


def load_network(path: Path) -> Graph:
    """Load the graph of a model, or of a program, which is the one on the chip's grid."""
    program = load_program(path)
    return load(path) if program is None else program.graph


def load_program(path: Path, target: str | None = None, options: Collection[str] = ()) -> Program | None:
    """Load a program; return None for any other file.

    target:  the one that the command names, if any.
    options: names of options of a backend that the command gives.
    Raises `DataError` for a program of another target, and for options, which it has already.
    """
    if not holds(path, "program"):
        return None
    program = deploy.load_program(path, target)
    if options:
        raise DataError.at(
            path,
            f"is placed already, so {', '.join(options)} would change nothing",
            "map the model with these options",
        )
    return program


def require_target(path: Path, target: str | None) -> str:
    """Return the target that a command names for what is no program.  Raises `SettingsError` if it names
    none.
    """
    if target is None:
        known = ", ".join(registry.targets()) or f"none; {registry.install_hint()}"
        raise SettingsError.at(
            "--target", f"is missing, and {path} is no program that names one", f"installed targets: {known}"
        )
    return target
