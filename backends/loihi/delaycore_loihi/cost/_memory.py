"""Bits of memory that a program takes, by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from delaycore_loihi.spec import SIZES

__all__ = ["DELAY_MEMORY", "measure_memory"]

DELAY_MEMORY = ("delay accumulators",)
"""The rings of dendritic accumulators: they hold what is due later."""


def measure_memory(facts: Mapping[str, Any]) -> dict[str, float]:
    """Return the bits in use of synaptic words, rings, axon tables and compartments, over all cores of
    a program's facts.
    """
    cores = facts["cores"].values()

    def used(fact: str) -> float:
        return float(sum(core[fact] for core in cores))

    rings = float(sum(core["compartments"] << core["delay bits"] for core in cores))
    return {
        "synapses": used("synaptic words") * SIZES["word"].value,
        "delay accumulators": rings * SIZES["accumulator"].value,
        "input axons": used("input axons") * SIZES["input_axon"].value,
        "output axons": used("output axons") * SIZES["output_axon"].value,
        "compartments": used("compartments") * (SIZES["state"].value + SIZES["configuration"].value),
    }
