"""Bits of memory that a program takes, by part."""

from __future__ import annotations

from delaycore_loihi.mapping import LoihiMapping
from delaycore_loihi.tables import SIZES

__all__ = ["DELAY_MEMORY", "measure_memory"]

DELAY_MEMORY = ("delay accumulators",)
"""The rings of dendritic accumulators: they hold what is due later."""


def measure_memory(mapping: LoihiMapping) -> dict[str, float]:
    """Return the bits in use of synaptic words, rings, axon tables and compartments, over all cores."""
    cores = mapping.cores.values()
    compartments = float(sum(core.compartments for core in cores))
    return {
        "synapses": sum(core.synaptic_words for core in cores) * SIZES["word"].value,
        "delay accumulators": sum(core.compartments << core.delay_bits for core in cores)
        * SIZES["accumulator"].value,
        "input axons": sum(core.input_axons for core in cores) * SIZES["input_axon"].value,
        "output axons": sum(core.output_axons for core in cores) * SIZES["output_axon"].value,
        "compartments": compartments * (SIZES["state"].value + SIZES["configuration"].value),
    }
