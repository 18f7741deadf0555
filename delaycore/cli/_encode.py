"""The command ``encode``: recordings of sound become spikes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from delaycore._values import SEEDS
from delaycore.cli._app import answer, app
from delaycore.cli._examples import show_example
from delaycore.cli._options import AS_JSON
from delaycore.cli._progress import show_count

__all__ = ["encode"]


@app.command(epilog=show_example("encode"))
def encode(
    folder: Path = typer.Argument(
        help="A folder with one folder of WAV files per class, or with WAV files and --class.",
        show_default=False,
    ),
    speaker: str = typer.Option(
        ...,
        "--speaker",
        help="Regular expression whose first group, found in a file's name, is the speaker.",
        show_default=False,
    ),
    class_pattern: str | None = typer.Option(
        None,
        "--class",
        help="Regular expression whose first group, found in a file's name, is the class.",
        show_default=False,
    ),
    out: Path = typer.Option(
        ...,
        "--out",
        "-o",
        help="Folder and name of the files: OUT_train.h5, OUT_valid.h5, OUT_test.h5.",
        show_default=False,
    ),
    test_speaker: list[str] = typer.Option(
        None, "--test-speaker", help="A speaker for testing, instead of drawn ones; may be repeated."
    ),
    valid_speaker: list[str] = typer.Option(
        None, "--valid-speaker", help="A speaker for validation, instead of drawn ones; may be repeated."
    ),
    seed: int = typer.Option(
        0, "--seed", min=0, max=SEEDS - 1, help="Draws which speaker is in which split."
    ),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace files that are there already."),
    as_json: bool = AS_JSON,
) -> None:
    """Turn WAV files into spikes with a model of the inner ear, in splits that share no speaker."""
    from delaycore.datasets import encode_folder

    with show_count(as_json, "encoded") as progress:
        report = encode_folder(
            folder,
            speaker,
            out,
            seed=seed,
            test_speakers=test_speaker or (),
            valid_speakers=valid_speaker or (),
            progress=progress,
            overwrite=overwrite,
            class_pattern=class_pattern,
        )
    document = asdict(report) | {
        "files": {split: str(path) for split, path in report.files.items()},
        "silent": [str(path) for path in report.silent],
        "left_out": [str(path) for path in report.left_out],
    }
    answer(document, [report], as_json=as_json)
