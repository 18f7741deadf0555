"""What a chip is, said in a form that can be shown, compared and cited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Constant", "HardwareSpec"]


class Constant(BaseModel):
    """A number of a chip: a limit, an energy, a time.

    source: where it comes from: paper and table, public code, or "calibrated on ..." or "assumed: ..." with the reason.
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
    populations:  kinds of population that it takes (see `delaycore.graph.populations.kinds`).
    resets:       resets that it takes.
    hop:          steps that a spike spends on its way beyond its delay: with delay field f it acts hop + f steps later.
    delays:       largest delay field f.
    limits:       every limit by its code, each with unit and source.
    costs:        every energy and time by its name, each with unit and source.
    not_modelled: what the simulator and its costs leave out, as sentences.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    populations: frozenset[str]
    resets: frozenset[str] = frozenset({"zero"})
    hop: int = 0
    delays: int
    limits: Mapping[str, Constant]
    costs: Mapping[str, Constant]
    not_modelled: tuple[str, ...] = ()
