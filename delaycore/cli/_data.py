"""The command ``encode``: recordings of sound become spikes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from delaycore.cli._app import app, console, print_json

__all__ = ["encode"]


@app.command(epilog=r"Example: delaycore encode words/ --speaker '^([^_]+)_' --out words")
def encode(
    folder: Path = typer.Argument(
        help="A folder with one folder of WAV files per class.", show_default=False
    ),
    speaker: str = typer.Option(
        ...,
        "--speaker",
        help="Regular expression whose first group, found in a file's name, is the speaker.",
        show_default=False,
    ),
    out: Path = typer.Option(
        ...,
        "--out",
        "-o",
        help="Folder and name of the files: OUT_train.h5, OUT_valid.h5, OUT_test.h5.",
        show_default=False,
    ),
    seed: int = typer.Option(0, "--seed", min=0, help="Draws which speaker is in which split."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Turn WAV files into spikes with a model of the inner ear, in splits that share no speaker."""
    from rich.progress import Progress

    from delaycore.datasets import encode_folder

    with Progress(console=console, transient=True, disable=as_json) as bar:
        task = bar.add_task("encoding", total=None)
        report = encode_folder(
            folder,
            speaker,
            out,
            seed=seed,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    if as_json:
        values = asdict(report)
        values["files"] = {k: str(v) for k, v in report.files.items()}
        values["silent"], values["left_out"] = (
            [str(p) for p in paths] for paths in (report.silent, report.left_out)
        )
        print_json(values)
    else:
        console.print(str(report), markup=False)
