"""The section ``[pruning]``: which delays stay, and how the network is fine-tuned with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from delaycore._contradictions import relation
from delaycore._part import Count, Part, Positive

__all__ = ["PruningSettings"]


class PruningSettings(Part):
    """Magnitude pruning of delay levels, and fine-tuning of the weights that stay.

    mode:   what competes: the synapses of each pair of neurons (``synaptic``), the delay levels of each
            source neuron (``axonal``), or all synapses of a projection (``layer``).
    keep:   synapses that stay per pair of neurons (``synaptic``), delay levels per source neuron
            (``axonal``), or synapses per pair on average over a projection (``layer``).
    rounds: steps in which the number falls from all levels to `keep`, each followed by fine-tuning.
    regrow: between two rounds, give each remaining synapse neighbours on a grid of half the stride
            (arXiv 2404.10597), with weight 0.
    epochs: of fine-tuning, in all rounds together.
    learning_rate_scale: learning rate of the fine-tuning, as a multiple of `TrainingSettings.learning_rate`.
    """

    mode: Literal["synaptic", "axonal", "layer"] = "synaptic"
    keep: Count = 15
    rounds: Count = 1
    regrow: bool = False
    epochs: Count = 5
    learning_rate_scale: Positive = 0.5
    units: ClassVar[Mapping[str, str]] = {
        "rounds": "rounds",
        "epochs": "epochs",
    }

    @relation
    def _require_an_epoch_in_every_round(self) -> Iterator[str]:
        """Yield a sentence for rounds without an epoch."""
        if self.epochs < self.rounds:
            yield f"epochs = {self.epochs} leave some of rounds = {self.rounds} without fine-tuning"

    @relation
    def _require_rounds_to_regrow_between(self) -> Iterator[str]:
        """Yield a sentence for growth without a second round."""
        if self.regrow and self.rounds < 2:
            yield "regrow happens between two rounds: give rounds of at least 2"

    def schedule(self, levels: int) -> list[tuple[int, int]]:
        """Return, for each round, how many of ``levels`` stay and the epochs of its fine-tuning.

        The number falls by the same factor from round to round.
        """
        last = self.rounds
        keep = [
            self.keep if r == last else max(self.keep, round(levels * (self.keep / levels) ** (r / last)))
            for r in range(1, last + 1)
        ]
        ends = [self.epochs * r // last for r in range(last + 1)]
        return [(k, b - a) for k, a, b in zip(keep, ends, ends[1:], strict=False)]
