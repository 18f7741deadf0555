"""Seneca as the core sees it: what the chip takes, and what its simulator leaves out."""

from __future__ import annotations

from typing import Final

from delaycore.hardware import HardwareSpec, Reason
from delaycore_seneca.numbers import WIDTHS, WORD, make_arithmetic
from delaycore_seneca.tables import COSTS, LIMITS

__all__ = ["KINDS", "NOT_MODELLED", "RESETS", "SPEC"]

KINDS: Final = frozenset({"lif", "current_lif", "adaptive_lif", "integrator"})
RESETS: Final = frozenset({"zero", "subtract"})

NOT_MODELLED: Final = (
    "Static power (462 uW in arXiv 2404.10597) is not in the energy, as it is not in the published figures.",
    (
        "Arrivals of one age are added in the graph's order of populations and neurons; what sorting "
        "them would cost the chip is not counted."
    ),
    (
        "The cycles of a delay queue that has room lie within the RISC-V's reception of its events and "
        "add nothing to the latency."
    ),
    (
        "INT8 weights become bfloat16 numbers before they are added: two INT8 additions in one "
        "instruction, on states of 8 bits, are not used."
    ),
    (
        "Spike grouping saves loads and stores of states alone: the RISC-V takes as long for each event "
        "of a group as for a single one."
    ),
    (
        "Hops on the network on chip are counted; what one takes in time and energy is not published and "
        "not in the figures, nor is congestion."
    ),
    (
        "Held events are not streamed before the layers that come earlier in a step have ended it, and "
        "no layer runs ahead into the next step."
    ),
    (
        "NPEs are taken to round to nearest even after every operation, with subnormals; the "
        "publications do not say how they round."
    ),
    (
        "The size of the RISC-V's program is estimated: a routine is taken to have as many instructions "
        "as it carries out."
    ),
)

SPEC: Final = HardwareSpec(
    name="seneca",
    title="Seneca (imec)",
    populations=KINDS | {"input"},
    resets=RESETS,
    hop_delay=0,
    max_delay=int(LIMITS["delay.range"]),
    limits=LIMITS,
    costs=COSTS,
    not_modelled=NOT_MODELLED,
    arithmetics=tuple(make_arithmetic(width) for width in (WORD, *WIDTHS)),
    reasons={
        "arithmetic.foreign": Reason(
            remedy="give the graph as it was trained, and quantize it for each chip"
        ),
        "delay.range": Reason(remedy="train with a smaller largest delay, or map with fewer address_bits"),
    },
)
