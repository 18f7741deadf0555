"""The command ``compare``: post-training quantization against quantization-aware training."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from delaycore import registry
from delaycore._files import write_text
from delaycore._values import MOST
from delaycore._wording import guess_meant
from delaycore.cli._app import answer, app, console, note
from delaycore.cli._configurations import override
from delaycore.cli._examples import show_example
from delaycore.cli._options import AS_JSON, parse_options
from delaycore.cli._progress import show_progress
from delaycore.cli._recordings import Source, add_recordings_options, load_recordings
from delaycore.cli._temporary import provide_temporary
from delaycore.cli._train import CONFIG
from delaycore.deploy import Chip, require_chips
from delaycore.errors import Problem, SettingsError
from delaycore.hardware import to_plain

if TYPE_CHECKING:
    from delaycore.experiment import ChipSetting

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


@app.command(epilog=show_example("compare"))
@add_recordings_options
def compare(
    source: Source,
    config: str = CONFIG,
    target: list[str] = TARGETS,
    sweep: list[str] = SWEEP,
    seeds: int = typer.Option(
        None,
        "--seeds",
        min=1,
        max=MOST,
        help=f"Seeds 0, 1, ...: each trains its own networks; {REDUCED} unless given.",
    ),
    full: bool = typer.Option(False, "--full", help=f"{FULL} seeds."),
    method: list[str] = typer.Option(
        None,
        "--method",
        help=(
            "ptq (post-training quantization), qat_finetune (quantization-aware fine-tuning) or qat "
            "(quantization-aware training from the first epoch); may be repeated, all of them unless given."
        ),
    ),
    trained: Path | None = typer.Option(
        None,
        "--run",
        help=(
            "Folder of a `delaycore run` with this configuration, whose network is deployed; runs/NAME-0 if "
            "it is one."
        ),
        show_default=False,
    ),
    workers: int = typer.Option(
        None, "--workers", min=1, max=256, help="Processes; one per processor unless given."
    ),
    out: Path = typer.Option(
        Path("runs/compare"),
        "--out",
        "-o",
        help="Folder of the comparison; what stands there is not computed again.",
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Deploy one network by PTQ, QAT fine-tuning and QAT at several settings of each chip, and say how much
    accuracy each keeps.
    """
    from delaycore.experiment import METHODS, is_same_run, list_chip_settings, list_volunteer_settings
    from delaycore.experiment import compare as run_comparison
    from delaycore.report import draw_methods, tabulate_methods

    methods = [m for m in METHODS if m in method] if method else METHODS
    SettingsError.collect(
        Problem(
            "--method",
            f"is unknown: {name}",
            f"{guess_meant(name, METHODS)}give some of {', '.join(METHODS)}",
        )
        for name in sorted(set(method or ()) - set(METHODS))
    )
    chips = [setting for text in sweep or () for setting in _parse_sweep(text)]
    require_chips([*(chip.chip for chip in chips), *map(Chip, target or ())])  # before anything is read
    provide_temporary(out)
    choice, recordings = load_recordings(source, config)
    note(str(choice))
    for line in recordings.notes:
        note(line)
    settings = choice.settings
    usual = Path("runs") / f"{Path(choice.name).stem}-0"
    if trained is None and is_same_run(override(settings, 0, None), recordings, usual):
        trained = usual
    left_out: list[str] = []
    volunteers: list[ChipSetting] = []

    def leave_out(line: str) -> None:
        left_out.append(line)
        note(line)

    if target or not chips:
        asked = target or tuple(settings.chips)
        others = () if target or settings.targets else [n for n in registry.targets() if n not in asked]
        chips += list_chip_settings(asked, settings.network, leave_out)
        volunteers += list_volunteer_settings(others, settings.network, leave_out)
    if not chips and not volunteers:
        message = "is not given, and no installed backend loads"
        raise SettingsError.at("--target", message, registry.install_hint())
    with show_progress(as_json) as on_epoch:
        points = run_comparison(
            settings,
            recordings,
            out,
            chips,
            range(seeds or (FULL if full else REDUCED)),
            volunteers=volunteers,
            methods=methods,
            workers=workers or os.cpu_count() or 1,
            trained=trained,
            on_epoch=on_epoch,
            on_message=lambda line: None if as_json else console.print(line, style="dim", markup=False),
            on_left_out=leave_out,
        )
    page = tabulate_methods(points, f"PTQ against QAT, {recordings.name}", left_out)
    write_text(out / "compare.md", page)
    draw_methods(out / "compare.png", points)
    answer(
        to_plain(points),
        [page, f"everything is in {out}: compare.md, compare.png"],
        as_json=as_json,
    )


def _parse_sweep(text: str) -> list[ChipSetting]:
    """Read ``TARGET:NAME=V1,V2`` or ``TARGET`` alone; the name ``stride`` is that of the delays, all others
    are options of the backend.
    """
    from delaycore.experiment import ChipSetting

    target, colon, option = text.partition(":")
    known = ["stride", *(o.name for o in registry.ask_backend(target).describe_options())]
    if not colon:
        return [ChipSetting(target)]
    name, _, values = option.partition("=")
    if name.isidentifier() and name not in known:
        remedy = f"{guess_meant(name, known)}there are {', '.join(known)}"
        raise SettingsError.at(f"--sweep {text}", f"{name!r} is no option of {target} and not stride", remedy)
    given = [parse_options([f"{name}={value}"]) for value in values.split(",")]
    return [
        ChipSetting(target, {}, options["stride"]) if name == "stride" else ChipSetting(target, options)
        for options in given
    ]
