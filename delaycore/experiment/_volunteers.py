"""Chips for which nobody asked by name: each does its work in a process of its own, and drops out if it
fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from delaycore import engine
from delaycore._shown import show_line
from delaycore.deploy import Chip
from delaycore.experiment._evaluation import Deployed, evaluate_on_chip
from delaycore.experiment._stage import EpochCallback, Stage, TrainedNetwork
from delaycore.experiment._trainer import Trainer
from delaycore.hardware import DoesNotFit, from_plain, to_plain
from delaycore.registry import call_apart, tell
from delaycore.training import Epoch

__all__ = ["Volunteers", "deploy_apart", "finetune_or_keep", "follow_epochs", "tell_epoch"]


@dataclass(frozen=True)
class Volunteers:
    """Installed chips for which nobody asked by name.

    targets:  those that could hold the network.
    left_out: a line about each of the others.
    """

    targets: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    __repr__ = show_line

    def drop(self, failed: Mapping[str, str]) -> Volunteers:
        """Return these without those that ``failed``, whose lines are given by target."""
        kept = tuple(target for target in self.targets if target not in failed)
        return Volunteers(kept, (*self.left_out, *failed.values()))


def deploy_apart(trainer: Trainer, pruned: TrainedNetwork, target: str) -> Deployed:
    """Fine-tune ``pruned`` for a chip, put it there and evaluate it, all in a process of its own.

    Raises `BackendError` for a backend that fails in any of it.
    """
    apart = replace(trainer, out=trainer.out.resolve(), on_epoch=tell_epoch)
    on_told = follow_epochs(trainer.on_epoch)
    return call_apart(target, _deploy, apart, pruned, target, answer=Deployed, on_told=on_told)


def _deploy(trainer: Trainer, pruned: TrainedNetwork, target: str) -> Deployed:
    chip, test = Chip(target), trainer.recordings.test
    network = finetune_or_keep(trainer, Stage(f"on_{target}", chip.backend.spec.title), pruned, chip)
    software = engine.simulate(pruned.graph, test.spikes).predictions
    evaluation = evaluate_on_chip(target, network, test, software)
    evaluation.save(trainer.out)
    in_training = (f"{network.stage.title}, in training: {loss}" for loss in network.losses)
    deployed = evaluation.deployed
    return replace(deployed, remarks=(*deployed.remarks, *in_training))


def finetune_or_keep(trainer: Trainer, stage: Stage, pruned: TrainedNetwork, chip: Chip) -> TrainedNetwork:
    """Fine-tune ``pruned`` on the grid of a chip; keep it as it is for a chip that has no grid for it, which
    `check` will then explain.
    """
    try:
        return trainer.finetune_for_chip(stage, pruned, chip)
    except DoesNotFit:
        return TrainedNetwork(stage, pruned.graph)


def tell_epoch(stage: str, epochs: int, epoch: Epoch) -> None:
    """Tell an epoch to the process that waits for this one."""
    tell([stage, epochs, to_plain(epoch)])


def follow_epochs(on_epoch: EpochCallback) -> Callable[[Any], None]:
    """Return what calls ``on_epoch`` with every epoch that another process tells."""

    def follow(told: Any) -> None:
        stage, epochs, epoch = told
        on_epoch(stage, epochs, from_plain(Epoch, epoch))

    return follow
