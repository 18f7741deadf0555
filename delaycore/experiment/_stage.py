"""Networks of a run by name, and what training them gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from delaycore._shown import show_line
from delaycore.graph import Graph
from delaycore.hardware import Losses
from delaycore.training import Epoch

__all__ = [
    "Accuracies",
    "EpochCallback",
    "MessageCallback",
    "Stage",
    "TrainedNetwork",
    "ignore_epoch",
    "ignore_message",
]

FAR = 0.1
"""Fraction of the samples by which training is far above validation."""

EpochCallback = Callable[[str, int, Epoch], None]
"""Called after every epoch with the name of the stage, its number of epochs, and the epoch."""

MessageCallback = Callable[[str], None]
"""Called with a line of text about what a run is doing."""


@dataclass(frozen=True)
class Stage:
    """A network of a run: its name in files, and its title for readers."""

    name: str
    title: str

    __repr__ = show_line


@dataclass(frozen=True)
class Accuracies:
    """Accuracy on the training samples, as they were augmented, and on validation samples."""

    training: float
    validation: float

    __repr__ = show_line

    def describe_gap(self, title: str) -> str:
        """Say that training is above validation by more than `FAR`; empty if it is not."""
        if self.training - self.validation <= FAR:
            return ""
        return (
            f"{title}: training {self.training:.1%} is far above validation {self.validation:.1%}: the "
            "network knows its training samples by heart; more speakers help, or dropout, weight_decay, "
            "channel_shift, time_shift, or fewer neurons, synapses or epochs"
        )


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A trained network: its graph in float64, and what was removed on the way.

    accuracies: of the epoch that was kept; None for a network that was not trained as it is.
    """

    stage: Stage
    graph: Graph
    losses: Losses = field(default_factory=Losses)
    accuracies: Accuracies | None = None

    __repr__ = show_line

    def describe_overfitting(self) -> str:
        """Say that the network knows its training samples far better than others; empty if it does not."""
        return "" if self.accuracies is None else self.accuracies.describe_gap(self.stage.title)


def ignore_epoch(stage: str, epochs: int, epoch: Epoch) -> None:
    """Do nothing: the default where nobody follows the epochs."""


def ignore_message(line: str) -> None:
    """Do nothing: the default where nobody reads messages."""
