"""The trained baselines of a run: networks without delays, and with delays that are not learned."""

from __future__ import annotations

from collections.abc import Iterator

from delaycore.experiment._stage import Stage, TrainedNetwork
from delaycore.experiment._trainer import Trainer

__all__ = ["train_baselines"]


def train_baselines(trainer: Trainer, synapses: int) -> Iterator[TrainedNetwork]:
    """Train the networks without delays, and the one with random delays, that show what trained delays add.

    synapses: of the pruned network.
    """
    hidden, recordings = trainer.settings.network.hidden, trainer.recordings
    width = _match_synapses(recordings.framing.inputs, len(hidden), len(recordings.classes), synapses)
    yield trainer.train_without_delays(Stage("no_delays", "no delays, same neurons"), hidden)
    wide = Stage("no_delays_wide", f"no delays, same synapses ({width} wide)")
    yield trainer.train_without_delays(wide, (width,) * len(hidden))
    yield trainer.train_random_delays(Stage("random_delays", "fixed random delays"))


def _match_synapses(inputs: int, layers: int, classes: int, synapses: int) -> int:
    """Find how many neurons each of ``layers`` hidden layers needs so that a network of one synapse per pair
    has about this many synapses.
    """
    width = 1
    while inputs * width + (layers - 1) * width**2 + width * classes < synapses:
        width += 1
    return width
