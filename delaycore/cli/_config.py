"""The command ``config``: a configuration of the package, to read and to change."""

from __future__ import annotations

from pathlib import Path

import typer

from delaycore._files import write_text
from delaycore.cli._app import answer, app
from delaycore.cli._configurations import SHIPPED, read_configuration
from delaycore.cli._examples import show_example
from delaycore.cli._options import AS_JSON
from delaycore.errors import FileError

__all__ = ["config"]


@app.command(epilog=show_example("config"))
def config(
    name: str = typer.Argument(
        "", help=f"A configuration of the package: {', '.join(SHIPPED)}; lists them unless given."
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help="A new file to write it to.", show_default=False
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Show a configuration of the package, or write it to a file, to be changed and given to `run`, `train`
    and `compare`.
    """
    if not name:
        answer(list(SHIPPED), SHIPPED, as_json=as_json)
        return
    text = read_configuration(name)
    if out is not None:
        if out.exists():
            raise FileError.at(out, "is there already", "give the name of a new file with --out")
        write_text(out, text)
    document = {"name": name, "toml": text, "out": None if out is None else str(out)}
    answer(document, [text.rstrip()] if out is None else [f"written: {out}"], as_json=as_json)
