"""Commands that train: ``run`` does the whole job, ``train`` its first half."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from delaycore import registry
from delaycore.cli._app import app, console, note, print_json, refuse
from delaycore.cli._source import CONFIGURATION, Source, read_settings, reads_recordings
from delaycore.registry import usable

if TYPE_CHECKING:
    from delaycore.experiment._stages import Watch
    from delaycore.training import Epoch

__all__ = ["CONFIG", "LOG", "progress", "run", "train"]

CONFIG = typer.Option("", "--config", "-c", help=CONFIGURATION, show_default=False)
OUT = typer.Option(None, "--out", "-o", help="Folder of the run; runs/NAME unless given.")
SEED = typer.Option(None, "--seed", min=0, help="Instead of the configuration's seed.")
LOG = typer.Option(
    None, "--log", help="Folder for the loss and accuracies of every epoch, for TensorBoard to read."
)
TARGETS = typer.Option(
    None, "--target", "-t", help="A chip, may be repeated; all installed ones that load unless given."
)


@app.command(epilog="Example: delaycore run --target loihi --target seneca --out runs/first")
@reads_recordings
def run(
    source: Source,
    config: str = CONFIG,
    target: list[str] = TARGETS,
    out: Path | None = OUT,
    seed: int | None = SEED,
    log: Path | None = LOG,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Do the whole job: train networks with and without delays, deploy on chips, compare.  Interrupted, it
    goes on where it was.
    """
    from delaycore.experiment import run as run_all
    from delaycore.report._table import terminal
    from delaycore.training import require_alone

    require_alone("delaycore run")

    name = config or ("demo" if source.own else "speech")
    settings = read_settings(name, seed, tuple(target or usable(note)))
    recordings = source.recordings(settings)
    folder = out or Path("runs") / f"{Path(name).stem}-{settings.seed}"
    with progress(as_json, log) as watch:
        outcome = run_all(
            settings,
            recordings,
            folder,
            watch=watch,
            say=lambda line: None if as_json else console.print(line, style="dim", markup=False),
        )
    if as_json:
        print_json(
            {
                "out": str(folder),
                "rows": [r.model_dump(mode="json") for r in outcome.rows],
                "remarks": outcome.remarks,
            }
        )
        if not outcome.within_budget:
            refuse()
        return
    console.print(terminal(outcome.rows, f"delaycore on {recordings.name}", console.width))
    for remark in outcome.remarks:
        console.print(f"  {remark}", markup=False, style="dim")
    if not settings.targets:
        console.print(
            f"no backend is installed, so nothing was deployed; {registry.install_hint()}", markup=False
        )
    console.print(f"everything is in {folder}: table.md, graphs, reports, plots", markup=False)
    if not outcome.within_budget:
        refuse()


@app.command(epilog="Example: delaycore train config.toml --out runs/first")
@reads_recordings
def train(
    source: Source,
    config: str = typer.Argument(help=CONFIGURATION, show_default=False),
    target: list[str] = typer.Option(
        None, "--target", "-t", help="Fine-tune on this chip's number grid, too; may be repeated."
    ),
    out: Path | None = OUT,
    seed: int | None = SEED,
    log: Path | None = LOG,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Train a network with delays, prune it, fine-tune it; writes model.safetensors, and
    model_TARGET.safetensors for each chip.

    In several processes: torchrun --nproc-per-node 2 -m delaycore train config.toml
    """
    from delaycore.experiment import train_model
    from delaycore.experiment._budget_report import told
    from delaycore.training import join_team

    settings = read_settings(config, seed, tuple(target or ()))
    for name in settings.chips:
        registry.load_backend(name)  # an unknown target shows before the training
    recordings = source.recordings(settings)
    folder = out or Path("runs") / f"{Path(config).stem}-{settings.seed}-train"
    with (
        join_team() as team,
        team.folder(folder) as mine,
        progress(as_json or not team.first, log if team.first else None) as watch,
    ):
        written = train_model(
            settings,
            recordings,
            mine,
            watch=watch,
            say=note if team.first and not as_json else lambda line: None,
        )
    if not team.first:
        return
    limits = () if settings.budget is None else told(folder, settings.budget)
    if as_json:
        models = {name: str(path) for name, path in written.items()}
        print_json(
            {
                "out": str(folder),
                "models": models,
                "budget": [limit.model_dump() | {"met": limit.met} for limit in limits],
            }
        )
    else:
        for name, path in written.items():
            console.print(f"{name}: {path}", markup=False)
        for limit in limits:
            console.print(f"{limit}, on validation samples", markup=False)
    if not all(limit.met for limit in limits):
        refuse()


@contextmanager
def progress(quiet: bool, log: Path | None = None) -> Iterator[Watch]:
    """A bar per stage with its loss, its accuracies and the time left; ``log`` is a folder for
    TensorBoard.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet) as bar:
        tasks: dict[str, TaskID] = {}

        def watch(stage: str, epochs: int, epoch: Epoch) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=epochs, figures="")
            figures = (
                f"loss {epoch.loss:.2f}, training {epoch.training:.1%}, validation {epoch.validation:.1%}"
            )
            bar.update(tasks[stage], completed=epoch.number + 1, figures=figures)

        if log is None:
            yield watch
            return
        from delaycore.training import log_to_tensorboard

        with log_to_tensorboard(log) as note:

            def both(stage: str, epochs: int, epoch: Epoch) -> None:
                watch(stage, epochs, epoch)
                note(stage, epochs, epoch)

            yield both
