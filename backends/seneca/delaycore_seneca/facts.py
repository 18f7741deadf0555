"""What the mapper chose, as plain values in a program, and the choices read back from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from delaycore.graph import Graph
from delaycore.hardware import Placement, Program
from delaycore_seneca.cost import Software
from delaycore_seneca.expected import expected, source_of
from delaycore_seneca.instructions import program_bits
from delaycore_seneca.integers import WORD, width_of
from delaycore_seneca.layer import Layer
from delaycore_seneca.options import Options
from delaycore_seneca.placement import data_bits
from delaycore_seneca.pricing import software
from delaycore_seneca.queue_machine import Overflow
from delaycore_seneca.spec import LIMITS

__all__ = ["of", "overflow_of", "software_of"]


def of(graph: Graph, made: Sequence[Layer], placement: Placement, options: Options) -> dict[str, Any]:
    """The facts of a program for the quantized ``graph``, whose layers are ``made``."""
    bits = width_of(graph.arithmetic)
    facts: dict[str, Any] = {
        "cores": {
            str(core): _core(graph, [x for x in made if x.slice.core == core], options)
            for core in placement.cores
        },
        "event": {
            "address bits": options.address_bits,
            "counter bits": int(LIMITS["event.bits"]) - options.address_bits,
            "when full": options.overflow,
        },
        "weights": graph.arithmetic.weight.family if bits == WORD else f"whole numbers of {bits} bits",
        "grouping": options.grouping,
        "activity": source_of(options.activity),
    }
    if kept := software(made, options):
        facts["delays"] = {"kept by": "software", "words": kept.words}
    return facts


def software_of(program: Program) -> Software | None:
    """The delay lists of the RISC-V, where a program has them."""
    kept = program.mapping.facts.get("delays")
    return Software(int(kept["words"])) if isinstance(kept, dict) else None


def overflow_of(program: Program) -> Overflow | None:
    """What a full queue of a program does; None where delays are kept in software."""
    return None if "delays" in program.mapping.facts else program.mapping.facts["event"]["when full"]


def _core(graph: Graph, here: Sequence[Layer], options: Options) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "data bytes": int(-(-data_bits(graph, [layer.slice for layer in here], options.layout) // 8)),
        "of": int(LIMITS["memory.data"]) // 8,
        "instruction bytes": int(-(-program_bits(here, options.grouping) // 8)),
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
        words = expected(queued, options.activity, steps, in_software)
        facts |= {} if in_software else {"queue words": int(LIMITS["queue.words"])}
        facts["expected peak words"], facts["expected mean words"] = round(words.peak), round(words.mean)
    return facts
