"""The command ``compare``: rounded after training, fine-tuned on the grid, trained on the grid."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from delaycore import registry
from delaycore._files import write_text
from delaycore.cli._app import app, console, note, print_json
from delaycore.cli._options import parsed
from delaycore.cli._source import Source, read_settings, reads_recordings
from delaycore.cli._training import CONFIG, progress
from delaycore.errors import SettingsError
from delaycore.registry import usable

if TYPE_CHECKING:
    from delaycore.experiment._chip_setting import ChipSetting

__all__ = ["compare"]

FULL, REDUCED = 5, 1
"""Seeds of the full comparison, and of the one that is done in about half an hour on two processors."""

TARGETS = typer.Option(
    None, "--target", "-t", help="A chip at 8, 6, 4, 3 and 2 weight bits and coarser delays; may be repeated."
)
SWEEP = typer.Option(
    None,
    "--sweep",
    help=(
        "TARGET:NAME=VALUE,VALUE,...: an option of a chip's backend and its values, or stride, in steps; "
        "may be repeated."
    ),
    show_default=False,
)


@app.command(
    epilog=(
        "Example: delaycore compare --sweep loihi:weight_bits=8,4,2 --sweep loihi:stride=4,8 --seeds 3 "
        "--out runs/compare"
    )
)
@reads_recordings
def compare(
    source: Source,
    config: str = CONFIG,
    target: list[str] = TARGETS,
    sweep: list[str] = SWEEP,
    seeds: int = typer.Option(
        None, "--seeds", min=1, help=f"Seeds 0, 1, ...: each trains its own networks; {REDUCED} unless given."
    ),
    full: bool = typer.Option(False, "--full", help=f"{FULL} seeds."),
    way: list[str] = typer.Option(None, "--way", help="rounded, tuned, trained; all of them unless given."),
    workers: int = typer.Option(None, "--workers", min=1, help="Processes; one per processor unless given."),
    out: Path = typer.Option(
        Path("runs/compare"),
        "--out",
        "-o",
        help="Folder of the comparison; what stands there is not computed again.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Deploy one network in three ways at several settings of each chip, and say what each keeps of the
    accuracy.
    """
    from delaycore.experiment import _compare as comparing
    from delaycore.experiment._chip_setting import usual
    from delaycore.report import _ways as ways

    unknown = set(way or ()) - set(comparing.WAYS)
    if unknown:
        raise SettingsError.at(
            "--way", f"is unknown: {', '.join(sorted(unknown))}", f"give some of {', '.join(comparing.WAYS)}"
        )
    settings = read_settings(config or ("demo" if source.own else "speech"), None, ())
    chips = [setting for text in sweep or () for setting in _swept(text)]
    for name in target or (() if chips else usable(note)):
        registry.load_backend(name)  # an unknown target shows before the training
        chips += usual([name], settings.network)
    recordings = source.recordings(settings)
    with progress(as_json) as watch:
        points = comparing.compare(
            settings,
            recordings,
            out,
            chips,
            range(seeds or (FULL if full else REDUCED)),
            ways=way or comparing.WAYS,
            workers=workers or os.cpu_count() or 1,
            watch=watch,
            say=lambda line: None if as_json else console.print(line, style="dim", markup=False),
        )
    page = ways.table(points, f"Three ways onto a chip, {recordings.name}")
    write_text(out / "compare.md", page)
    ways.draw(out / "compare.png", points)
    if as_json:
        print_json([p.model_dump(mode="json") for p in points])
    else:
        console.print(page, markup=False)
        console.print(f"everything is in {out}: compare.md, compare.png", markup=False)


def _swept(text: str) -> list[ChipSetting]:
    """The settings of ``TARGET:NAME=V1,V2`` or of ``TARGET`` alone; the name ``stride`` is that of the
    delays, all others are options.
    """
    from delaycore.experiment._chip_setting import ChipSetting

    target, colon, option = text.partition(":")
    registry.load_backend(target)
    if not colon:
        return [ChipSetting(target)]
    name, _, values = option.partition("=")
    given = [parsed([f"{name}={value}"]) for value in values.split(",")]
    return [
        ChipSetting(target, {}, options["stride"]) if name == "stride" else ChipSetting(target, options)
        for options in given
    ]
