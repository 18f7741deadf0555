"""What can be chosen when a graph is checked against Seneca or mapped onto it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import count
from typing import Any, Literal

import numpy as np

from delaycore.errors import Problem, SettingsError
from delaycore.pricing import load_spikes
from delaycore_seneca.expected import Activity
from delaycore_seneca.integers import WIDTHS, WORD
from delaycore_seneca.kernels import registers, row
from delaycore_seneca.layout import Layout
from delaycore_seneca.queue_machine import Overflow
from delaycore_seneca.spec import LIMITS

__all__ = ["Options"]

_GROUP = next(
    n for n in count(1) if registers(row("dense", WIDTHS[-1], events=n + 1)) > int(LIMITS["npe.registers"])
)
"""Events of a group whose words find registers, however wide the weights are."""


@dataclass(frozen=True)
class Options:
    """Choices of the mapper.

    cores:           the number of cores to use; None: as many as the layers need.
    layers_per_core: neighbouring populations that may share a core, if they fit.
    layout:          of synapses in memory: ``dense``, ``compressed``, or ``auto``, the smaller of both.
    address_bits:    of the 16 bits of an event in the delay queue; the rest counts the steps that it has to
                     live.
    weights:         ``bfloat16``, or ``int8`` for whole numbers of ``weight_bits``; None: int8 if weight_bits
                     is given, else as the graph has them, which is bfloat16 unless it was quantized to fewer
                     bits.
    weight_bits:     2 to 8, sign included; None for 8.
    activity:        what the queues' occupancy is predicted from: spikes per source neuron and step, one
                     number or one for each population; or recorded spikes of each, bool [samples, steps,
                     neurons], or a file of them.  The default is the rate of the first hidden layer of
                     48-48-20 in arXiv 2404.10597, 545 spikes in 64 steps.
    delays:          ``queue``, the circular queue in hardware, or ``software``: the RISC-V keeps it in data
                     memory.
    overflow:        what a full queue does: ``stall`` whoever sends, which takes time, or ``error``.
    grouping:        events of a step that are integrated together, so that a state is loaded and stored once
                     for all of them (4 in Xu et al. 2024).
    late:            whether `price` counts the events that are due after the last step, which a run does not
                     deliver.
    """

    cores: int | None = None
    layers_per_core: int = 1
    layout: Layout = "auto"
    address_bits: int = int(LIMITS["event.address_bits"])
    weights: Literal["bfloat16", "int8"] | None = None
    weight_bits: int | None = None
    activity: Activity = 0.18
    delays: Literal["queue", "software"] = "queue"
    overflow: Overflow = "stall"
    grouping: int = 1
    late: bool = False

    @classmethod
    def of(cls, given: dict[str, Any]) -> Options:
        """Options by name.  Raises `SettingsError` with every unknown name and wrong value."""
        if isinstance(given.get("activity"), str | os.PathLike):
            given = given | {"activity": load_spikes(given["activity"])}
        known = [f.name for f in fields(cls)]
        takes = f"it takes {', '.join(known)}"
        unknown = [
            Problem(f"option {name!r}", "is not one of the Seneca backend's", takes)
            for name in given
            if name not in known
        ]
        made = cls(**{name: value for name, value in given.items() if name in known})
        SettingsError.collect([*unknown, *made._problems()])
        return made

    def _problems(self) -> Iterator[Problem]:
        event = int(LIMITS["event.bits"])
        bits = WIDTHS[0], WIDTHS[-1]
        numbers = (
            ("cores", 1, None),
            ("layers_per_core", 1, None),
            ("address_bits", 1, event - 1),
            ("weight_bits", *bits),
            ("grouping", 1, _GROUP),
        )
        for name, lowest, highest in numbers:
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not (name in ("cores", "weight_bits") and value is None) and not (
                whole and value >= lowest and (highest is None or value <= highest)
            ):
                wanted = (
                    f"a whole number from {lowest} to {highest}"
                    if highest
                    else f"a whole number of at least {lowest}"
                )
                yield _wrong(name, wanted, value)
        if self.layout not in ("auto", "dense", "compressed"):
            yield _wrong("layout", "'auto', 'dense' or 'compressed'", self.layout)
        if self.weights not in (None, "bfloat16", "int8"):
            yield _wrong("weights", "'bfloat16' or 'int8'", self.weights)
        if self.weights == "bfloat16" and self.weight_bits is not None:
            yield Problem(
                "option 'weight_bits'",
                f"is {self.weight_bits!r}, but weights='bfloat16' have 16 bits",
                "give weights='int8', or no bits",
            )
        for name, allowed in (("delays", ("queue", "software")), ("overflow", ("stall", "error"))):
            if getattr(self, name) not in allowed:
                yield _wrong(name, f"one of {', '.join(allowed)}", getattr(self, name))
        if not isinstance(self.late, bool):
            yield _wrong("late", "True or False", self.late)
        for name, rate in (
            self.activity if isinstance(self.activity, Mapping) else {"": self.activity}
        ).items():
            spikes = isinstance(rate, np.ndarray) and rate.ndim == 3 and rate.dtype == np.bool_
            if not spikes and not (isinstance(rate, int | float) and 0 <= rate <= 1):
                place = f"option 'activity'{name and f'[{name!r}]'}"
                remedy = (
                    "give a number of spikes per neuron and step from 0 to 1, or recorded spikes, bool "
                    "[samples, steps, neurons]"
                )
                yield Problem(place, f"is {rate!r:.80}", remedy)

    @property
    def width(self) -> int | None:
        """Bits of a weight, 16 for bfloat16; None for those that the graph has."""
        if self.weight_bits is not None:
            return self.weight_bits
        return None if self.weights is None else {"bfloat16": WORD, "int8": WIDTHS[-1]}[self.weights]

    @property
    def largest_delay(self) -> int:
        """Steps of the longest delay that the event's counter can hold."""
        return (1 << (int(LIMITS["event.bits"]) - self.address_bits)) - 1


def _wrong(name: str, wanted: str, value: Any) -> Problem:
    return Problem(
        f"option {name!r}", f"must be {wanted}, not {value!r:.80}", "leave it away for the default"
    )
