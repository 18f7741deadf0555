"""The group of all commands: misspelt commands and options are met with the nearest that there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperGroup

from delaycore._wording import guess_meant

__all__ = ["Group"]


class Group(TyperGroup):
    """Commands by name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options before the name of the command."""
        with _name_options():
            return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that the arguments name first."""
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-"):
            meant = guess_meant(args[0], known) or "see `delaycore --help`"
            ctx.fail(f"No such command {args[0]!r}: {meant.strip()}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _name_options():
            return super().invoke(ctx)


@contextmanager
def _name_options() -> Iterator[None]:
    """Name the nearest option in place of one that does not exist."""
    try:
        yield
    except Exception as error:  # its class lies elsewhere in each version of typer
        name, ctx = getattr(error, "option_name", None), getattr(error, "ctx", None)
        if name is None or ctx is None or not hasattr(error, "possibilities"):
            raise
        known = [option for parameter in ctx.command.get_params(ctx) for option in parameter.opts]
        meant = guess_meant(name, [option for option in known if option.startswith("--")])
        ctx.fail(f"No such option {name}: {meant.strip() or 'see --help'}")
