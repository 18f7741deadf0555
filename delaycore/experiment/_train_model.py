"""The first half of the main job: one network with delays, for software and for each chip."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from delaycore import deploy
from delaycore._shown import show_line
from delaycore.experiment._documents import save_value
from delaycore.experiment._folder import open_folder
from delaycore.experiment._limits import check_limits, save_limits
from delaycore.experiment._preflight import preflight
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._stage import (
    EpochCallback,
    MessageCallback,
    Stage,
    TrainedNetwork,
    ignore_epoch,
    ignore_message,
)
from delaycore.experiment._trainer import Trainer
from delaycore.settings import Settings

__all__ = ["TrainedFile", "begin", "train_and_prune", "train_model"]


@dataclass(frozen=True)
class TrainedFile(PathLike[str]):
    """A model file that a training wrote; whatever takes a path takes it.

    validation_accuracy: fraction of the validation samples that were right in the epoch that was kept; None
                         for a network that was not trained as it is.
    """

    path: Path
    validation_accuracy: float | None

    __repr__ = show_line

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        if self.validation_accuracy is None:
            return str(self.path)
        return f"{self.path}, validation accuracy {self.validation_accuracy:.1%} in the epoch that was kept"


def train_model(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    *,
    on_epoch: EpochCallback = ignore_epoch,
    on_message: MessageCallback = ignore_message,
) -> dict[str, TrainedFile]:
    """Train, prune and fine-tune one network, and fine-tune it on the grid of each target; return the model
    files by name.

    The test samples are not read.  Interrupted, it goes on where it was and ends the same.

    on_epoch:   called after every epoch.
    on_message: called before the training with what a target would refuse in a network of this size with
                these delays.

    Raises what `preflight` and `open_folder` raise.
    """
    trainer = Trainer(settings, recordings, out, on_epoch)
    with begin(trainer, on_message):
        _, pruned = train_and_prune(trainer, on_message)
        networks = {"model": pruned} | {
            f"model_{target}": trainer.finetune_for_chip(Stage(f"on_{target}", target), pruned, chip)
            for target, chip in settings.chips.items()
        }
        for name, network in networks.items():
            network.graph.save(out / f"{name}.safetensors")
        save_value(out / "reports" / "pruning.json", "losses", pruned.losses)
        budget = settings.budget
        if budget is not None:
            budgeted = networks[f"model_{budget.target}"]
            program = deploy.map(budgeted.graph, budget.target, **budget.options)
            limits = check_limits(budget, deploy.simulate(program, recordings.valid.spikes))
            save_limits(out, budget, budgeted.losses, limits)
    return {
        name: TrainedFile(
            out / f"{name}.safetensors", network.accuracies.validation if network.accuracies else None
        )
        for name, network in networks.items()
    }


def begin(trainer: Trainer, on_message: MessageCallback) -> AbstractContextManager[None]:
    """Ask the chips, and open the folder of the run for as long as the context lasts."""
    preflight(trainer, on_message)
    return open_folder(trainer.settings, trainer.recordings, trainer.out, on_message)


def train_and_prune(trainer: Trainer, on_message: MessageCallback) -> tuple[TrainedNetwork, TrainedNetwork]:
    """Train the network with all its delays, and prune it; return both."""
    settings = trainer.settings
    sparse = "few delays, trained" if settings.network.fan_in is not None else "all delays, trained"
    full = trainer.train_delays(
        Stage("delays", "few delays, learned" if settings.rewiring.fraction else sparse)
    )
    tell_overfitting(full, on_message)
    title = "pruned, then fine-tuned" if settings.prunes else "fine-tuned"
    pruned = trainer.prune_and_finetune(Stage("pruned", title), full)
    tell_overfitting(pruned, on_message)
    return full, pruned


def tell_overfitting(trained: TrainedNetwork, on_message: MessageCallback) -> None:
    """Call ``on_message`` for a network that knows its training samples far better than others."""
    if warning := trained.describe_overfitting():
        on_message(warning)
