"""The choices of the mapper as plain values in a program, and read back from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from delaycore.graph import Graph
from delaycore.hardware import Placement, Program
from delaycore_seneca.mapping._layer import Layer, count_data_bits, count_program_bits
from delaycore_seneca.mapping._occupancy import describe_activity, estimate_list_words, estimate_queue_words
from delaycore_seneca.numbers import WORD, find_width
from delaycore_seneca.options import Options, Overflow
from delaycore_seneca.tables import LIMITS

__all__ = ["describe_mapping", "get_list_words", "get_overflow"]


def describe_mapping(
    graph: Graph, made: Sequence[Layer], placement: Placement, options: Options
) -> dict[str, Any]:
    """The facts of a program for the quantized ``graph``, whose layers are ``made``."""
    bits = find_width(graph.arithmetic)
    facts: dict[str, Any] = {
        "cores": {
            str(core): _describe_core(graph, [x for x in made if x.slice.core == core], options)
            for core in placement.cores
        },
        "event": {
            "address bits": options.address_bits,
            "counter bits": int(LIMITS["event.bits"]) - options.address_bits,
            "when full": options.overflow,
        },
        "weights": graph.arithmetic.weight.family if bits == WORD else f"whole numbers of {bits} bits",
        "grouping": options.grouping,
        "activity": describe_activity(options.activity),
    }
    if options.delays == "software":
        facts["delays"] = {"kept by": "software", "words": estimate_list_words(made, options.activity)}
    return facts


def get_list_words(program: Program) -> int | None:
    """Words of the RISC-V's lists of delayed events; None where a queue in hardware holds them."""
    software = program.facts.get("delays")
    return int(software["words"]) if isinstance(software, dict) else None


def get_overflow(program: Program) -> Overflow | None:
    """What a full queue of a program does; None where delays are kept in software."""
    return None if "delays" in program.facts else program.facts["event"]["when full"]


def _describe_core(graph: Graph, here: Sequence[Layer], options: Options) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "data bytes": int(-(-count_data_bits(here) // 8)),
        "of": int(LIMITS["memory.data"]) // 8,
        "instruction bytes": int(-(-count_program_bits(here, options.grouping) // 8)),
        "layouts": {
            f"{fan.source}->{layer.slice.name}": f"{fan.layout}, {len(fan.levels)} levels"
            for layer in here
            for fan in layer.fans
        },
    }
    queued = [layer for layer in here if layer.pruning is not None]
    if queued:
        in_software, steps = (
            options.delays == "software",
            None if graph.framing is None else graph.framing.steps,
        )
        words = estimate_queue_words(queued, options.activity, steps, in_software)
        facts |= {} if in_software else {"queue words": int(LIMITS["queue.words"])}
        facts["expected peak words"], facts["expected mean words"] = round(words.peak), round(words.mean)
    return facts
