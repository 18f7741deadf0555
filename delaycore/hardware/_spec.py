"""What a chip is, said in a form that can be shown, compared and cited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Constant", "HardwareSpec", "Feature"]

Feature = Literal["zero_delay", "several_synapses", "loops", "bias", "refractory", "leak"]
"""Something that the core's neurons and synapses can do and a chip may not.

zero_delay:       a spike that acts in its own step.       several_synapses: more than one synapse between two
                  neurons.
loops:            projections that lead back.              bias:             a bias other than 0.
refractory:       a refractory period other than 0.        leak:             a ``retain`` other than 1.
"""


class Constant(BaseModel):
    """A number of a chip: a limit, an energy, a time.

    source: where it comes from: paper and table, public code, or "calibrated on ..." or "assumed: ..." with
            the reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    unit: str
    source: Annotated[str, Field(min_length=3)]
    note: str = ""

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)


class HardwareSpec(BaseModel):
    """The abstract description of a chip.

    name:         the target's name.
    title:        what people call the chip.
    populations:  kinds of population that it takes (see `delaycore.graph._populations.kinds`).
    resets:       resets that it takes.
    hop:          steps that a spike spends on its way beyond its delay: with delay field f it acts hop_delay
                  + f steps later.
    max_delay:    largest delay field f, in steps.
    limits:       every limit by its code, each with unit and source.
    costs:        every energy and time by its name, each with unit and source.
    not_modelled: what the simulator and its costs leave out, as sentences.
    unsupported:        what it cannot do; a network that needs it gets a finding, and the conformance suite
                        holds the chip to that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    populations: frozenset[str]
    resets: frozenset[str] = frozenset({"zero"})
    hop_delay: int = 0
    max_delay: int
    limits: Mapping[str, Constant]
    costs: Mapping[str, Constant]
    not_modelled: tuple[str, ...] = ()
    unsupported: frozenset[Feature] = frozenset()
