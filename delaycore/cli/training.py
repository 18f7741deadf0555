"""Commands that train: ``run`` does the whole job, ``train`` its first half."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from delaycore import registry
from delaycore.cli.app import app, console, print_json
from delaycore.errors import SettingsError

if TYPE_CHECKING:
    from delaycore.run import Recordings
    from delaycore.run.stages import Watch
    from delaycore.training.checkpoint import Epoch
    from delaycore.training.settings import Settings

__all__ = ["CONFIG", "DATA", "LOG", "TEST", "TONIC", "TRAIN", "VALID", "progress", "read_recordings", "read_settings", "run", "train"]

CONFIG = typer.Option("", "--config", "-c", help="A TOML file, or the name of a configuration of the package: demo, speech.", show_default=False)
DATA = typer.Option(
    None, "--data", help="Folder with *_train.h5, *_valid.h5 and *_test.h5 in the SHD layout; the spoken digits of the package unless given."
)
TRAIN = typer.Option(None, "--train", help="Training file, instead of --data.")
VALID = typer.Option(None, "--valid", help="Validation file; without one, whole speakers of the training file are held out.")
TEST = typer.Option(None, "--test", help="Test file.")
TONIC = typer.Option(None, "--tonic", help="SHD, SSC, NMNIST or DVSGesture, through tonic; downloaded into --data.")
OUT = typer.Option(None, "--out", "-o", help="Folder of the run; runs/NAME unless given.")
SEED = typer.Option(None, "--seed", min=0, help="Instead of the configuration's seed.")
LOG = typer.Option(None, "--log", help="Folder for the loss and accuracies of every epoch, for TensorBoard to read.")
TARGETS = typer.Option(None, "--target", "-t", help="A chip, may be repeated; all installed ones unless given.")


@app.command(epilog="Example: delaycore run --target loihi --target seneca --out runs/first")
def run(
    config: str = CONFIG,
    data: Path | None = DATA,
    train_file: Path | None = TRAIN,
    valid_file: Path | None = VALID,
    test_file: Path | None = TEST,
    tonic: str | None = TONIC,
    target: list[str] = TARGETS,
    out: Path | None = OUT,
    seed: int | None = SEED,
    log: Path | None = LOG,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Do the whole job: train networks with and without delays, deploy on chips, compare.  Interrupted, it goes on where it was."""
    from delaycore.report.table import terminal
    from delaycore.run import run as run_all

    own = not (data or train_file or tonic)
    name = config or ("demo" if own else "speech")
    settings = read_settings(name, seed, tuple(target or registry.targets()))
    recordings = read_recordings(settings, data, train_file, valid_file, test_file, tonic)
    folder = out or Path("runs") / f"{Path(name).stem}-{settings.seed}"
    with progress(as_json, log) as watch:
        outcome = run_all(
            settings, recordings, folder, watch=watch, say=lambda line: None if as_json else console.print(line, style="dim", markup=False)
        )
    if as_json:
        print_json({"out": str(folder), "rows": [r.model_dump(mode="json") for r in outcome.rows], "remarks": outcome.remarks})
        return
    console.print(terminal(outcome.rows, f"delaycore on {recordings.name}", console.width))
    for remark in outcome.remarks:
        console.print(f"  {remark}", markup=False, style="dim")
    if not settings.targets:
        console.print(f"no backend is installed, so nothing was deployed; {registry.install_hint()}", markup=False)
    console.print(f"everything is in {folder}: table.md, graphs, reports, plots", markup=False)


@app.command(epilog="Example: delaycore train config.toml --out runs/first")
def train(
    config: str = typer.Argument(help="A TOML file, or the name of a configuration of the package: demo, speech.", show_default=False),
    data: Path | None = DATA,
    train_file: Path | None = TRAIN,
    valid_file: Path | None = VALID,
    test_file: Path | None = TEST,
    tonic: str | None = TONIC,
    target: list[str] = typer.Option(None, "--target", "-t", help="Fine-tune on this chip's number grid, too; may be repeated."),
    out: Path | None = OUT,
    seed: int | None = SEED,
    log: Path | None = LOG,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Train a network with delays, prune it, fine-tune it; writes model.safetensors, and model_TARGET.safetensors for each chip."""
    from delaycore.run import train_model

    settings = read_settings(config, seed, tuple(target or ()))
    for name in settings.targets:
        registry.load_backend(name)  # an unknown target shows before the training
    recordings = read_recordings(settings, data, train_file, valid_file, test_file, tonic)
    folder = out or Path("runs") / f"{Path(config).stem}-{settings.seed}-train"
    with progress(as_json, log) as watch:
        written = train_model(settings, recordings, folder, watch=watch)
    if as_json:
        print_json({"out": str(folder), "models": {name: str(path) for name, path in written.items()}})
    else:
        for name, path in written.items():
            console.print(f"{name}: {path}", markup=False)


def read_settings(config: str, seed: int | None, targets: tuple[str, ...]) -> Settings:
    """The settings of a TOML file, or of a configuration that ships with the package."""
    from delaycore.training.settings import Settings

    shipped = resources.files("delaycore.run") / "configs" / f"{config}.toml"
    path = Path(str(shipped)) if shipped.is_file() else Path(config)
    settings = Settings.load(path)
    changes: dict[str, object] = {"targets": targets or settings.targets}
    if seed is not None:
        changes["seed"] = seed
    return settings.model_copy(update=changes)


def read_recordings(
    settings: Settings, data: Path | None, train: Path | None, valid: Path | None, test: Path | None, tonic: str | None
) -> Recordings:
    """The recordings that the options name, or the spoken digits of the package."""
    from delaycore.datasets import SpokenDigits, load_splits, load_tonic, read_splits
    from delaycore.run import Recordings

    if tonic is not None:
        splits, name = load_tonic(tonic, data or Path("data")), tonic
    elif train is not None or test is not None:
        if train is None or test is None:
            raise SettingsError.at("--train, --test", "only one of them is given", "give both, and --valid if there is one")
        splits, name = read_splits(train, test, valid), train.stem.removesuffix("_train")
    elif data is not None:
        splits = load_splits(data)
        name = splits.train.name.removesuffix("_train")
    else:
        train_set, valid_set, test_set = (SpokenDigits.events(split) for split in ("train", "valid", "test"))
        return Recordings.of(train_set, valid_set, test_set, settings.framing, "SpokenDigits")
    return Recordings.of(splits.train, splits.valid, splits.test, settings.framing, name, splits.notes)


@contextmanager
def progress(quiet: bool, log: Path | None = None) -> Iterator[Watch]:
    """A bar per stage with its loss, its accuracies and the time left; ``log`` is a folder for TensorBoard."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

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
            figures = f"loss {epoch.loss:.2f}, training {epoch.training:.1%}, validation {epoch.validation:.1%}"
            bar.update(tasks[stage], completed=epoch.number + 1, figures=figures)

        if log is None:
            yield watch
            return
        from delaycore.training.tensorboard import tensorboard

        with tensorboard(log) as note:

            def both(stage: str, epochs: int, epoch: Epoch) -> None:
                watch(stage, epochs, epoch)
                note(stage, epochs, epoch)

            yield both
