"""Networks of a run by name, and what training them gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from delaycore.graph import Graph
from delaycore.hardware import Losses
from delaycore.training.fitting.checkpoint import Epoch

__all__ = ["EpochCallback", "MessageCallback", "Stage", "TrainedNetwork", "ignore_epoch", "ignore_message"]

EpochCallback = Callable[[str, int, Epoch], None]
"""Called after every epoch with the name of the stage, its number of epochs, and the epoch."""

MessageCallback = Callable[[str], None]
"""Called with a line of text about what a run is doing."""


@dataclass(frozen=True)
class Stage:
    """A network of a run: its name in files, and its title for readers."""

    name: str
    title: str


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A trained network: its graph in float64, and what was removed on the way."""

    stage: Stage
    graph: Graph
    losses: Losses = field(default_factory=Losses)


def ignore_epoch(stage: str, epochs: int, epoch: Epoch) -> None:
    """Do nothing: the default where nobody follows the epochs."""


def ignore_message(line: str) -> None:
    """Do nothing: the default where nobody reads messages."""
