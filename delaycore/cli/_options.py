"""Options that several commands have, among them those of a backend: ``--option weight_bits=4``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import typer
from typer.core import TyperCommand

from delaycore import registry
from delaycore._toml import parse_toml
from delaycore.errors import DelaycoreError, Problem, SettingsError

__all__ = ["AS_JSON", "OPTION", "TARGET", "TargetCommand", "parse_options", "require_number"]

TARGET = typer.Option(..., "--target", "-t", help="A chip; see `delaycore targets`.", show_default=False)
AS_JSON = typer.Option(False, "--json", help="Print one JSON document.")

OPTION = typer.Option(
    None,
    "--option",
    "-O",
    help="NAME=VALUE for the chip's backend, may be repeated; `delaycore options TARGET` lists them.",
    show_default=False,
)


def require_number(value: float | None) -> float | None:
    """Let an option's number through, a callback of typer; ``nan`` lies within any bounds that typer checks.

    Raises `typer.BadParameter` for it.
    """
    if value is not None and math.isnan(value):
        raise typer.BadParameter("nan is no number")
    return value


def parse_options(options: Sequence[str] | None) -> dict[str, Any]:
    """Read options NAME=VALUE, whose values are TOML values, or text where they are not TOML.

    Raises `SettingsError` with all options that have no name.
    """
    values: dict[str, Any] = {}
    wrong = []
    for option in options or ():
        name, equals, value = option.partition("=")
        if not (name.isidentifier() and equals):
            written = f"{name}={value or 'VALUE'}" if name.isidentifier() else "NAME=VALUE"
            wrong.append(Problem(f"--option {option!r}", "is not NAME=VALUE", f"write --option {written}"))
            continue
        values[name] = _parse_value(value)
    SettingsError.collect(wrong)
    return values


def _parse_value(text: str) -> Any:
    """Read a TOML value; text that is none, or that is more than one, stays as it is."""
    try:
        read = parse_toml(f"value = {text}")
    except ValueError:
        return text
    return read["value"] if len(read) == 1 else text


class TargetCommand(TyperCommand):
    """A command with ``--target``, whose help lists the options of the backend that is named beside
    ``--help``.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep the arguments, since the help is printed before they are read."""
        ctx.meta[__name__] = _find_target(args)
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the options of the target between the options of the command and its example."""
        target = ctx.meta.get(__name__)
        if target is not None:
            try:
                described = registry.ask_backend(target).describe_options()
            except DelaycoreError as error:
                formatter.write_text(str(error))
            else:
                rows = [
                    (f"{o.name}={o.default or o.type}", f"{o.meaning} ({o.type})") for o in described
                ] or [("none", "")]
                with formatter.section(f"--option of {target}, NAME=VALUE with the defaults"):
                    formatter.write_dl(rows)
        super().format_epilog(ctx, formatter)


def _find_target(args: Sequence[str]) -> str | None:
    """Find what follows ``--target`` or ``-t`` in the arguments of a command."""
    for arg, following in pairwise([*args, ""]):
        if arg in ("--target", "-t") and following:
            return following
        if arg.startswith("--target="):
            return arg.removeprefix("--target=")
    return None
