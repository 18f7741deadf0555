"""Commands that train: ``run`` does the main job, ``train`` its first half."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

import typer

from delaycore import registry
from delaycore._values import MOST, SEEDS
from delaycore.cli._app import answer, app, console, note
from delaycore.cli._configurations import CONFIGURATION, override
from delaycore.cli._examples import show_example
from delaycore.cli._options import AS_JSON
from delaycore.cli._progress import show_progress
from delaycore.cli._recordings import Source, add_recordings_options, load_recordings
from delaycore.cli._temporary import provide_temporary
from delaycore.deploy import require_chips

__all__ = ["CONFIG", "LOG", "run", "train"]

CONFIG = typer.Option("", "--config", "-c", help=CONFIGURATION, show_default=False)
OUT = typer.Option(None, "--out", "-o", help="Folder of the run; runs/NAME unless given.")
SEED = typer.Option(None, "--seed", min=0, max=SEEDS - 1, help="Instead of the configuration's seed.")
LOG = typer.Option(
    None, "--log", help="Folder for the loss and accuracies of every epoch, for TensorBoard to read."
)
TARGETS = typer.Option(
    None,
    "--target",
    "-t",
    help="A chip, may be repeated; those of the configuration, or else all that load, unless given.",
)


@app.command(epilog=show_example("run"))
@add_recordings_options
def run(
    source: Source,
    config: str = CONFIG,
    target: list[str] = TARGETS,
    folds: int | None = typer.Option(
        None,
        "--folds",
        min=3,
        max=MOST,
        help="Do it this many times, each with other speakers for testing, so that all are tested once.",
        show_default=False,
    ),
    out: Path | None = OUT,
    seed: int | None = SEED,
    log: Path | None = LOG,
    as_json: bool = AS_JSON,
) -> None:
    """Do the main job: train networks with and without delays, deploy on chips, compare.  Interrupted, it
    goes on where it was.
    """
    from delaycore.experiment import Volunteers, choose_targets, run_folds
    from delaycore.experiment import run as run_experiment
    from delaycore.report import to_terminal
    from delaycore.training import require_alone

    require_alone("delaycore run")
    choice, recordings = load_recordings(source, config)
    note(str(choice))
    settings = override(choice.settings, seed, target)
    name = f"{Path(choice.name).stem}-{settings.seed}" + (f"-{folds}-folds" if folds else "")
    folder = out or Path("runs") / name
    provide_temporary(folder)
    messages: list[str] = []

    def tell(line: str) -> None:
        messages.append(line)
        if not as_json:
            console.print(line, style="dim", markup=False)

    volunteers = Volunteers()
    if not settings.targets:
        others = [name for name in registry.targets() if name not in settings.chips]
        volunteers = choose_targets(settings, recordings, others, tell)
    work = partial(run_folds, folds=folds) if folds else run_experiment
    with show_progress(as_json, log) as on_epoch:
        outcome = work(
            settings,
            recordings,
            folder,
            volunteers=volunteers,
            on_epoch=on_epoch,
            on_message=tell,
        )
    if not as_json:  # the table comes last, where it is looked for
        for remark in outcome.remarks:
            console.print(remark, markup=False, soft_wrap=True)
        console.print(to_terminal(outcome.rows, f"delaycore on {recordings.name}", console.width))
    lines = []
    if not settings.chips and len(volunteers.targets) == len(outcome.dropped):
        lines.append(
            f"no installed backend takes the network, so nothing was deployed; {registry.install_hint()}"
        )
    lines.append(f"everything is in {folder}: table.md, graphs, reports, plots")
    answer(
        {
            "out": str(folder),
            "config": choice.name,
            "changes": choice.changes,
            "rows": [asdict(row) for row in outcome.rows],
            "remarks": outcome.remarks,
            "messages": messages,
        },
        lines,
        as_json=as_json,
        ok=outcome.within_budget,
    )


@app.command(epilog=show_example("train"))
@add_recordings_options
def train(
    source: Source,
    config: str = typer.Argument(help=CONFIGURATION, show_default=False),
    target: list[str] = typer.Option(
        None, "--target", "-t", help="Fine-tune on this chip's number grid, too; may be repeated."
    ),
    out: Path | None = OUT,
    seed: int | None = SEED,
    log: Path | None = LOG,
    as_json: bool = AS_JSON,
) -> None:
    """Train a network with delays, prune it, fine-tune it; writes model.safetensors, and
    model_TARGET.safetensors for each chip.

    In several processes: torchrun --nproc-per-node 2 -m delaycore train config.toml
    """
    from delaycore.experiment import load_limits, train_model
    from delaycore.training import join_process_group

    choice, recordings = load_recordings(source, config)
    settings = override(choice.settings, seed, target)
    require_chips(settings.chips.values())  # before the training
    folder = out or Path("runs") / f"{Path(config).stem}-{settings.seed}-train"
    provide_temporary(folder)
    messages: list[str] = []

    def tell(line: str) -> None:
        if group.first:
            messages.append(line)
            if not as_json:
                note(line)

    with (
        join_process_group() as group,
        group.folder(folder) as own_folder,
        show_progress(as_json or not group.first, log if group.first else None) as on_epoch,
    ):
        for line in recordings.notes:
            tell(line)
        files = train_model(
            settings,
            recordings,
            own_folder,
            on_epoch=on_epoch,
            on_message=tell,
        )
    if not group.first:
        return
    limits = () if settings.budget is None else load_limits(folder, settings.budget)
    document = {
        "out": str(folder),
        "models": {name: str(file.path) for name, file in files.items()},
        "validation": {name: file.validation_accuracy for name, file in files.items()},
        "budget": [limit.to_dict() for limit in limits],
        "messages": messages,
    }
    lines = [f"{limit}, on validation samples" for limit in limits]
    lines += [f"{name}: {file}" for name, file in files.items()]
    answer(document, lines, as_json=as_json, ok=all(limit.met for limit in limits))
