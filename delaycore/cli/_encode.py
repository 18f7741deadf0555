"""The command ``encode``: recordings of sound and of event cameras become files of events."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from delaycore._values import MOST, SEEDS
from delaycore.cli._app import answer, app
from delaycore.cli._examples import show_example
from delaycore.cli._options import AS_JSON
from delaycore.cli._progress import show_count
from delaycore.errors import DataError

__all__ = ["encode"]


@app.command(epilog=show_example("encode"))
def encode(
    folder: Path = typer.Argument(
        help="A folder with one folder per class of WAV files, or of recordings of event cameras (.aedat4, "
        ".raw, .dat); or with such files and --class.",
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
    size: str | None = typer.Option(
        None,
        "--size",
        help="WIDTHxHEIGHT of an event camera's sensor, for files that do not say it.",
        show_default=False,
    ),
    crop: str | None = typer.Option(
        None,
        "--crop",
        help="What is kept of an event camera's sensor: WIDTHxHEIGHT+LEFT+TOP, in pixels.",
        show_default=False,
    ),
    downscale: int = typer.Option(
        1,
        "--downscale",
        min=1,
        max=MOST,
        help="Pixels of an event camera that become one, in both directions.",
    ),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace files that are there already."),
    as_json: bool = AS_JSON,
) -> None:
    """Turn WAV files into spikes with a model of the inner ear, or take the events of cameras, in splits that
    share no speaker.
    """
    from delaycore.datasets import encode_camera_folder, encode_folder, holds_cameras

    pixels = _read_numbers("--size", size, r"(\d+)x(\d+)", "346x260")
    part = _read_numbers("--crop", crop, r"(\d+)x(\d+)\+(\d+)\+(\d+)", "128x128+100+60")
    cameras = holds_cameras(folder)
    if not cameras and (pixels or part or downscale > 1):
        raise DataError.at(
            folder, "holds no recordings of event cameras", "leave out --size, --crop, --downscale"
        )

    with show_count(as_json, "encoded") as progress:
        common: dict[str, Any] = {
            "seed": seed,
            "test_speakers": test_speaker or (),
            "valid_speakers": valid_speaker or (),
            "progress": progress,
            "overwrite": overwrite,
            "class_pattern": class_pattern,
        }
        if cameras:
            report = encode_camera_folder(
                folder,
                speaker,
                out,
                size=None if pixels is None else (pixels[1], pixels[0]),
                crop=None if part is None else (part[2], part[3], part[0], part[1]),
                downscale=downscale,
                **common,
            )
        else:
            report = encode_folder(folder, speaker, out, **common)
    document = asdict(report) | {
        "files": {split: str(path) for split, path in report.files.items()},
        "silent": [str(path) for path in report.silent],
        "left_out": [str(path) for path in report.left_out],
    }
    answer(document, [report], as_json=as_json)


def _read_numbers(option: str, text: str | None, form: str, example: str) -> tuple[int, ...] | None:
    """The whole numbers in ``text``, of the form of ``example``; None if the option was not given."""
    if text is None:
        return None
    found = re.fullmatch(form, text, re.ASCII)
    if found is None or len(text) > 40:
        raise DataError.at(option, f"cannot read {text!r:.80}", f"write pixels such as {example}")
    return tuple(map(int, found.groups()))
