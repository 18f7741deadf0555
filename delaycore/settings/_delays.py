"""The section ``[network.delays]``: how delays are parametrised; ``mode`` chooses among the classes here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field

from delaycore._contradictions import relation
from delaycore._part import Count, CountOrNone, Part, Positive

__all__ = ["ContinuousDelays", "Delays", "LevelDelays", "RandomDelays"]


class _DelayGrid(Part):
    """The whole steps that delays can take: {0, stride, 2 * stride, ...}.

    levels: number of these delays.
    stride: steps from one to the next, so the longest delay is (levels - 1) * stride.
    """

    levels: Count = 30
    stride: Count = 2
    units: ClassVar[Mapping[str, str]] = {
        "levels": "delays",
        "stride": "steps",
        "synapses_per_pair": "synapses",
    }

    @property
    def longest(self) -> int:
        """The longest delay, in steps."""
        return (self.levels - 1) * self.stride

    @property
    def steps(self) -> tuple[int, ...]:
        """All delays that a synapse can have, in steps."""
        return tuple(range(0, self.levels * self.stride, self.stride))

    def to_levels(self) -> LevelDelays:
        """Return the parametrisation with a weight at each of these delays."""
        return LevelDelays(levels=self.levels, stride=self.stride)

    def coarsen(self, stride: int) -> Self:
        """Return delays on another stride, which reach no further than these."""
        levels = self.longest // stride + 1
        return self.model_copy(update={"stride": stride, "levels": levels})


class LevelDelays(_DelayGrid):
    """A trained weight at every delay level: pairs of neurons have parallel synapses, and pruning chooses
    among them (arXiv 2404.10597).
    """

    mode: Literal["levels"] = "levels"

    @property
    def synapses_per_pair(self) -> int:
        """Synapses of each pair of neurons before any are pruned."""
        return self.levels


class RandomDelays(_DelayGrid):
    """Trained weights at delay levels that are drawn at random and stay.

    synapses_per_pair: levels that are drawn for each pair of neurons.
    """

    mode: Literal["random"] = "random"
    synapses_per_pair: Count = 1

    @relation
    def _require_enough_levels(self) -> Iterator[str]:
        """Yield a sentence if there are fewer levels than are to be drawn."""
        if self.synapses_per_pair > self.levels:
            yield (
                f"synapses_per_pair = {self.synapses_per_pair} random delays cannot be drawn from "
                f"levels = {self.levels}"
            )


class ContinuousDelays(Part):
    """Trained weights at trained positions in time, which become whole steps at the end of the training
    (DCLS, arXiv 2306.17670).

    mode:              ``continuous_synapse`` trains a position per synapse, ``continuous_axon`` one that all
                       targets of a source neuron share.
    max_delay:         longest delay in steps; positions lie between 0 and this.
    synapses_per_pair: synapses of each pair of neurons.
    interpolation:     function that shares a position between two steps among the steps around it.
    width:             width of the interpolation in steps at the beginning and at the end of the training.
    """

    mode: Literal["continuous_synapse", "continuous_axon"]
    max_delay: CountOrNone = 58
    synapses_per_pair: Count = 1
    interpolation: Literal["gaussian", "triangle"] = "gaussian"
    width: tuple[Positive, Positive] = (8.0, 0.25)
    units: ClassVar[Mapping[str, str]] = {
        "max_delay": "steps",
        "synapses_per_pair": "synapses",
        "width": "steps",
    }

    @property
    def stride(self) -> int:
        """Steps from one delay that a synapse can have after the training to the next."""
        return 1

    @property
    def longest(self) -> int:
        """The longest delay, in steps."""
        return self.max_delay

    @property
    def steps(self) -> tuple[int, ...]:
        """All delays that a synapse can have after the training, in steps."""
        return tuple(range(self.max_delay + 1))

    def to_levels(self) -> LevelDelays:
        """Return the parametrisation with a weight at each of these delays."""
        return LevelDelays(levels=self.max_delay + 1, stride=1)

    def coarsen(self, stride: int) -> Self:
        """Return these delays: positions between the multiples of ``stride`` are rounded after the
        training.
        """
        return self

    @relation
    def _require_width_to_shrink(self) -> Iterator[str]:
        """Yield a sentence if the interpolation is to become wider."""
        if self.width[0] < self.width[1]:
            yield "width must be (first, last): it shrinks during training"


def _default_mode(given: Any) -> Any:
    """Take a table without ``mode`` to describe delay levels."""
    return {"mode": "levels", **given} if isinstance(given, Mapping) else given


Delays = Annotated[
    LevelDelays | RandomDelays | ContinuousDelays, Field(discriminator="mode"), BeforeValidator(_default_mode)
]
"""Any of the parametrisations, chosen by its entry ``mode``."""
