"""Options that several commands have, among them those of a backend: ``--option weight_bits=4``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

import typer

from delaycore.errors import Problem, SettingsError

__all__ = ["AS_JSON", "OPTION", "TARGET", "parse_options"]

TARGET = typer.Option(..., "--target", "-t", help="A chip; see `delaycore targets`.", show_default=False)
AS_JSON = typer.Option(False, "--json", help="Print one JSON document.")

OPTION = typer.Option(
    None,
    "--option",
    "-O",
    help="NAME=VALUE for the chip's backend, may be repeated; see its documentation.",
    show_default=False,
)


def parse_options(options: Sequence[str] | None) -> dict[str, Any]:
    """Read options NAME=VALUE, whose values are TOML values, or text where they are not TOML.

    Raises `SettingsError` with all options that have no name.
    """
    values: dict[str, Any] = {}
    wrong = []
    for option in options or ():
        name, equals, value = option.partition("=")
        if not (name.isidentifier() and equals):
            wrong.append(
                Problem(f"--option {option!r}", "is not NAME=VALUE", "write for example --option cores=2")
            )
            continue
        try:
            values[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            values[name] = value
    SettingsError.collect(wrong)
    return values
