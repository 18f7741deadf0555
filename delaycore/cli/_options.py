"""Options of a backend on the command line: ``--option weight_bits=4``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

import typer

from delaycore.errors import Problem, SettingsError

__all__ = ["OPTION", "parsed"]

OPTION = typer.Option(
    None,
    "--option",
    "-O",
    help="NAME=VALUE for the chip's backend, may be repeated; `delaycore options TARGET` lists them.",
    show_default=False,
)


def parsed(options: Sequence[str] | None) -> dict[str, Any]:
    """The options by name; values are TOML values, or text where they are none.  Raises `SettingsError` with
    all that have no name.
    """
    made: dict[str, Any] = {}
    wrong = []
    for option in options or ():
        name, equals, value = option.partition("=")
        if not (name.isidentifier() and equals):
            wrong.append(
                Problem(f"--option {option!r}", "is not NAME=VALUE", "write for example --option cores=2")
            )
            continue
        try:
            made[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            made[name] = value
    SettingsError.collect(wrong)
    return made
