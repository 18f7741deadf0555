"""The command ``compare``: rounded after training, fine-tuned on the grid, trained on the grid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from delaycore import registry
from delaycore.cli.app import app, console, print_json
from delaycore.cli.options import parsed
from delaycore.cli.training import CONFIG, DATA, TEST, TONIC, TRAIN, VALID, progress, read_recordings, read_settings
from delaycore.errors import SettingsError
from delaycore.files import write_text

if TYPE_CHECKING:
    from delaycore.training.chip import Chip

__all__ = ["compare"]

SWEEP = typer.Option(
    None, "--sweep", help="TARGET:NAME=VALUE,VALUE,...: an option of a chip's backend and its values; may be repeated.", show_default=False
)


@app.command(epilog="Example: delaycore compare --sweep loihi:weight_bits=8,4,2 --seeds 3 --out runs/compare")
def compare(
    config: str = CONFIG,
    data: Path | None = DATA,
    train_file: Path | None = TRAIN,
    valid_file: Path | None = VALID,
    test_file: Path | None = TEST,
    tonic: str | None = TONIC,
    sweep: list[str] = SWEEP,
    seeds: int = typer.Option(3, "--seeds", min=1, help="Seeds 0, 1, ...: each trains its own networks."),
    way: list[str] = typer.Option(None, "--way", help="rounded, tuned, trained; all of them unless given."),
    out: Path = typer.Option(Path("runs/compare"), "--out", "-o", help="Folder of the comparison; what stands there is not computed again."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Deploy one network in three ways at several settings of each chip, and say what each keeps of the accuracy."""
    from delaycore.run import compare as comparing

    unknown = set(way or ()) - set(comparing.WAYS)
    if unknown:
        raise SettingsError.at("--way", f"is unknown: {', '.join(sorted(unknown))}", f"give some of {', '.join(comparing.WAYS)}")
    own = not (data or train_file or tonic)
    settings = read_settings(config or ("demo" if own else "speech"), None, ())
    chips = [setting for text in sweep or registry.targets() for setting in _settings(text)]
    recordings = read_recordings(settings, data, train_file, valid_file, test_file, tonic)
    with progress(as_json) as watch:
        points = comparing.compare(
            settings,
            recordings,
            out,
            chips,
            range(seeds),
            ways=way or comparing.WAYS,
            watch=watch,
            say=lambda line: None if as_json else console.print(line, style="dim", markup=False),
        )
    page = comparing.table(points, f"Three ways onto a chip, {recordings.name}")
    write_text(out / "compare.md", page)
    from delaycore.report.plots import ways

    ways(out / "compare.png", points)
    if as_json:
        print_json([p.model_dump(mode="json") for p in points])
    else:
        console.print(page, markup=False)
        console.print(f"everything is in {out}: compare.md, compare.png", markup=False)


def _settings(text: str) -> list[Chip]:
    """The settings of ``TARGET:NAME=V1,V2`` or of ``TARGET`` alone."""
    from delaycore.training.chip import Chip

    target, colon, option = text.partition(":")
    registry.load_backend(target)
    if not colon:
        return [Chip(target, {})]
    name, _, values = option.partition("=")
    return [Chip(target, parsed([f"{name}={value}"])) for value in values.split(",")]
