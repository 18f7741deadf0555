"""The first half of the main job: one network with delays, for software and for each chip."""

from __future__ import annotations

from pathlib import Path

from delaycore import deploy
from delaycore.experiment._folder import open_folder
from delaycore.experiment._json import write_json
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

__all__ = ["train_and_prune", "train_model"]


def train_model(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    *,
    on_epoch: EpochCallback = ignore_epoch,
    on_message: MessageCallback = ignore_message,
) -> dict[str, Path]:
    """Train, prune and fine-tune one network, and fine-tune it on the grid of each target; return the model
    files by name.

    The test samples are not read.  Interrupted, it goes on where it was and ends the same.

    on_epoch:   called after every epoch.
    on_message: called before the training with what a target would refuse in a network of this size with
                these delays.

    Raises what `preflight` and `open_folder` raise.
    """
    trainer = Trainer(settings, recordings, out, on_epoch)
    _, pruned = train_and_prune(trainer, on_message)
    networks = {"model": pruned} | {
        f"model_{target}": trainer.finetune_for_chip(Stage(f"on_{target}", target), pruned, chip)
        for target, chip in settings.chips.items()
    }
    for name, network in networks.items():
        network.graph.save(out / f"{name}.safetensors")
    write_json(out / "reports" / "pruning.json", pruned.losses)
    budget = settings.budget
    if budget is not None:
        budgeted = networks[f"model_{budget.target}"]
        program = deploy.map(budgeted.graph, budget.target, **budget.options)
        limits = check_limits(budget, deploy.simulate(program, recordings.valid.spikes))
        save_limits(out, budget, budgeted.losses, limits)
    return {name: out / f"{name}.safetensors" for name in networks}


def train_and_prune(trainer: Trainer, on_message: MessageCallback) -> tuple[TrainedNetwork, TrainedNetwork]:
    """Ask the chips, open the folder, and train.

    Returns the network with all its delays and the pruned one.
    """
    preflight(trainer, on_message)
    open_folder(trainer.settings, trainer.recordings, trainer.out)
    full = trainer.train_delays(Stage("delays", "all delays, trained"))
    tell_overfitting(full, on_message)
    pruned = trainer.prune_and_finetune(Stage("pruned", "pruned, then fine-tuned"), full)
    tell_overfitting(pruned, on_message)
    return full, pruned


def tell_overfitting(trained: TrainedNetwork, on_message: MessageCallback) -> None:
    """Call ``on_message`` for a network that knows its training samples far better than others."""
    if warning := trained.describe_overfitting():
        on_message(warning)
