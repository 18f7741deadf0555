"""The choices that a user has when a graph is checked against Seneca, quantized, mapped or priced."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, field_validator

from delaycore import hardware
from delaycore.pricing import load_spikes
from delaycore_seneca.numbers import WIDTHS, WORD
from delaycore_seneca.tables import LIMITS

__all__ = ["MOST_GROUPED", "Activity", "Layout", "Options", "Overflow"]

Activity = float | dict[str, Any]
"""Spikes per source neuron and step: of all populations, or of each; or recorded spikes of each, bool
[samples, steps, neurons].
"""
Layout = Literal["auto", "dense", "compressed"]
"""How synapses lie in memory; ``auto`` takes the smaller layout of each fan."""
Overflow = Literal["stall", "error"]
"""What a full delay queue does."""
_MOST = 999_999
"""Cores or layers that can be asked for: far more than the chip has."""
MOST_GROUPED = int(LIMITS["npe.registers"]) - 2
"""Events of a group: each takes a register for its word of weights, beside one weight and one state."""


class Options(hardware.Options):
    """The options of Seneca's `check`, `quantize`, `map` and `price`.

    The default activity is the rate of the first hidden layer of 48-48-20 in arXiv 2404.10597, 545 spikes in
    64 steps.
    """

    cores: int | None = Field(
        None,
        ge=1,
        le=_MOST,
        description="cores to use; layers are joined or cut to meet it; unless given, as many as needed",
    )
    layers_per_core: int = Field(
        1, ge=1, le=_MOST, description="neighbouring populations that may share a core, if they fit"
    )
    layout: Layout = Field("auto", description="of synapses in memory; auto takes the smaller one")
    address_bits: int = Field(
        int(LIMITS["event.address_bits"]),
        ge=1,
        le=int(LIMITS["event.bits"]) - 1,
        description="of the 16 bits of an event in the delay queue; the others count its steps to live",
    )
    weights: Literal["bfloat16", "int8"] | None = Field(
        None, description="int8 for whole numbers of weight_bits; unless given, as the graph has them"
    )
    weight_bits: int | None = Field(
        None,
        ge=WIDTHS[0],
        le=WIDTHS[-1],
        description="of a weight that is a whole number, sign included; alone it means weights int8",
    )
    activity: Activity = Field(
        0.18,
        description=(
            "from which the queues' occupancy is predicted: spikes per source neuron and step, one number or "
            "one for each population; or recorded spikes, or a file of them"
        ),
    )
    delays: Literal["queue", "software"] = Field(
        "queue", description="kept by the circular queue in hardware, or by the RISC-V in data memory"
    )
    overflow: Overflow = Field("stall", description="what a full queue does to senders; stalls take time")
    grouping: int = Field(
        1,
        ge=1,
        le=MOST_GROUPED,
        description=(
            "events of a step that are integrated together: a state is loaded and stored once for all of "
            "them (Xu et al. 2024 group 4)"
        ),
    )
    late: bool = Field(False, description="whether price counts events that are due after the last step")

    @hardware.relation
    def _require_whole_numbers(self) -> Iterator[str]:
        if self.weight_bits is not None and self.weights == "bfloat16":
            yield "weight_bits must be left out, since weights='bfloat16' have 16 bits"

    @field_validator("activity", mode="before")
    @classmethod
    def _read_activity(cls, given: Any) -> Any:
        """Read spikes from a file, and require rates or spikes of every population that is named."""
        if isinstance(given, str | os.PathLike):
            given = load_spikes(given)
        activity = dict(given) if isinstance(given, Mapping) else given
        if wrong := "; ".join(_find_wrong_rates(activity)):
            raise ValueError(wrong)
        return activity

    @property
    def width(self) -> int | None:
        """Bits of a weight, 16 for bfloat16; None for those that the graph has."""
        if self.weight_bits is not None:
            return self.weight_bits
        return None if self.weights is None else {"bfloat16": WORD, "int8": WIDTHS[-1]}[self.weights]

    @property
    def counter_bits(self) -> int:
        """Bits of an event that count the steps that it has to live."""
        return int(LIMITS["event.bits"]) - self.address_bits

    @property
    def queue_overflow(self) -> Overflow | None:
        """What a full queue does; None where no queue in hardware holds events."""
        return None if self.delays == "software" else self.overflow

    def summarize(self) -> Self:
        """Return these options with the mean rate of each population in place of its recorded spikes."""
        if not isinstance(self.activity, dict):
            return self
        rates = {name: float(np.mean(x)) if np.size(x) else 0.0 for name, x in self.activity.items()}
        return self.model_copy(update={"activity": rates})


def _find_wrong_rates(activity: Any) -> Iterator[str]:
    wanted = (
        "must be a number of spikes per neuron and step from 0 to 1, or recorded spikes, bool [samples, "
        "steps, neurons]"
    )
    if not isinstance(activity, dict):
        if not _is_rate(activity):
            yield wanted
        return
    for name, value in activity.items():
        is_recorded = isinstance(value, np.ndarray) and value.ndim == 3 and value.dtype == np.bool_
        if not is_recorded and not _is_rate(value):
            yield f"[{name!r}] {wanted}, not {value!r:.80}"


def _is_rate(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
