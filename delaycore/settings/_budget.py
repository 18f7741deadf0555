"""The section ``[budget]``: what a network may take on one chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from delaycore._part import Count, Part, Positive
from delaycore.deploy import Chip

__all__ = ["Budget"]


class Budget(Part):
    """Limits on what a network takes per sample on one chip.

    Quantization-aware training for that chip prunes the network until it fits, and adds a price of spikes to
    its loss.

    target:     name of the chip.
    options:    of its backend, in checks, prices and deployment, such as ``cores = 1``.
    energy:     limit in joules; none unless given, as of the next three.
    latency:    limit in seconds.
    operations: limit of synaptic operations.
    occupancy:  limit of words that the chip's delay queues hold.
    prune:      what is removed first if the network does not fit: the weakest ``synapses``, or the weakest
                ``axons``, which are a source neuron's synapses at one delay.
    epochs:     of training under the budget, instead of those of `QATSettings`.
    learning_rate_scale: as in `QATSettings`, in its place.
    headroom:   fraction of each limit that training leaves free, since other samples take more or less than
                those that it measures.
    weight:     initial weight of the penalty in the loss; it doubles after each epoch that exceeds a limit,
                and halves after every other.
    """

    target: str
    options: Mapping[str, Any] = {}
    energy: Positive | None = None
    latency: Positive | None = None
    operations: Positive | None = None
    occupancy: Positive | None = None
    prune: Literal["synapses", "axons"] = "synapses"
    epochs: Count = 10
    learning_rate_scale: Positive = 0.5
    headroom: Annotated[float, Field(ge=0, lt=1)] = 0.05
    weight: Positive = 0.1
    units: ClassVar[Mapping[str, str]] = {
        "energy": "J",
        "latency": "s",
        "operations": "synaptic operations",
        "occupancy": "words",
        "epochs": "epochs",
    }

    @property
    def chip(self) -> Chip:
        """The chip with its options."""
        return Chip(self.target, dict(self.options))

    @property
    def limits(self) -> dict[str, float]:
        """The limits that are set, by the name of the amount."""
        limits = {
            "energy": self.energy,
            "latency": self.latency,
            "operations": self.operations,
            "occupancy": self.occupancy,
        }
        return {name: limit for name, limit in limits.items() if limit is not None}
