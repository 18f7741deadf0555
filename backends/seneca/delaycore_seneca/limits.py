"""What a placed graph needs of each core, held against what there is: every violation at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from delaycore.graph import Graph
from delaycore.hardware import Constant, Finding, FitReport, Placement, Slice
from delaycore_seneca.expected import expected, source_of
from delaycore_seneca.instructions import program_bits
from delaycore_seneca.layer import Layer, layers
from delaycore_seneca.options import Options
from delaycore_seneca.placement import data_bits, place
from delaycore_seneca.quantize import quantize
from delaycore_seneca.ranges import sums_that_may_overflow
from delaycore_seneca.spec import LIMITS
from delaycore_seneca.suitability import unsuitable

__all__ = ["check", "computable"]


def check(graph: Graph, options: Options, placement: Placement | None = None) -> FitReport:
    """Every reason why ``graph`` could not be mapped with ``options``, and what deserves a look.

    placement: to hold against the limits; that of `place` unless given.
    """
    found = list(unsuitable(graph, options))
    codes = {f.code for f in found}
    if not codes & {"arithmetic.foreign", "number.overflow"}:
        graph, _ = quantize(graph, options.width)  # what becomes 0 takes no memory
        found += sums_that_may_overflow(graph)
    placed = placement or place(graph, options)
    found += _cores(graph, placed, options)
    made = layers(graph, placed, options.layout)
    for core in placed.cores:
        bits = program_bits([layer for layer in made if layer.slice.core == core], options.grouping)
        if bits > LIMITS["memory.instructions"].value:
            message = f"the program of {len(placed.on(core))} layers"
            found.append(
                Finding.over(
                    "memory.instructions",
                    f"core {core}",
                    message,
                    bits,
                    LIMITS["memory.instructions"],
                    "use more cores",
                )
            )
    for layer in made:
        found += _layer(graph, layer, options)
    for core in placed.cores if not any(f.code == "delay.range" for f in found) else ():
        found += _queue(core, [layer for layer in made if layer.slice.core == core], options)
    return FitReport(target="seneca", findings=tuple(found))


def _cores(graph: Graph, placed: Placement, options: Options) -> Iterator[Finding]:
    limit, used = LIMITS["cores"], len(placed.cores)
    if options.cores is not None and options.cores <= limit.value:
        limit = Constant(value=options.cores, unit="cores", source=f"option cores={options.cores}")
    elif options.cores is not None:
        yield Finding.over(
            "cores",
            "chip",
            "more cores are asked for than there are",
            options.cores,
            limit,
            "ask for fewer cores",
        )
    if used > limit.value:
        yield Finding.over(
            "cores",
            "chip",
            "the layers need more cores than may be used",
            used,
            limit,
            "allow more cores, prune synapses, or use fewer neurons",
        )
    if options.cores is not None and used < options.cores:
        message = f"only {used} cores get neurons"
        yield Finding(
            code="cores.unused",
            severity="note",
            place="chip",
            message=message,
            needed=used,
            available=options.cores,
            remedy="ask for fewer cores",
        )
    crowded: list[str] = []
    for core in placed.cores:
        here = placed.on(core)
        names = ", ".join(s.name for s in here)
        bits = data_bits(graph, here, options.layout)
        if bits > LIMITS["memory.data"].value:
            remedy = (
                "prune synapses or whole delay levels, or use fewer neurons in the populations that "
                "project here"
            )
            yield Finding.over(
                "memory.data",
                f"core {core}",
                f"{names} with synapses, states and buffers",
                bits,
                LIMITS["memory.data"],
                remedy,
            )
            crowded += [s.population for s in here]
        neurons = sum(s.size for s in here)
        if neurons > LIMITS["neurons.core"].value:
            yield Finding.over(
                "neurons.core",
                f"core {core}",
                f"{names} together",
                neurons,
                LIMITS["neurons.core"],
                "use more cores or fewer neurons",
            )
    for name in dict.fromkeys(crowded):
        yield from _fan_in(graph, name, options)


def _fan_in(graph: Graph, name: str, options: Options) -> Iterator[Finding]:
    """The neuron with the most synapses, if no core holds them even were it alone there, so that cutting its
    population does not help.
    """
    synapses = np.zeros(graph.populations[name].size, dtype=np.int64)
    for p in graph.into(name):
        synapses += np.bincount(p.post[p.weight != 0], minlength=len(synapses))
    most, limit = int(synapses.argmax()), LIMITS["fan_in.core"]
    bits = data_bits(graph, [Slice(name, most, most + 1, 0)], options.layout)
    if bits > limit.value:
        message = (
            f"neuron {most} alone, with {synapses[most]} synapses, and buffers; cutting its population "
            "over more cores does not help"
        )
        remedy = "prune its synapses or whole delay levels, or project to it from fewer neurons"
        yield Finding.over("fan_in.core", f"populations[{name!r}]", message, bits, limit, remedy)


def _layer(graph: Graph, layer: Layer, options: Options) -> Iterator[Finding]:
    if not layer.delayed:
        return
    room = Constant(
        value=2**options.address_bits,
        unit="neurons",
        source=f"{LIMITS['event.bits'].source}; assumed: {options.address_bits} of them are the address",
    )
    if layer.sources > room.value:
        message = "more neurons send to this delay queue than an event can address"
        yield Finding.over(
            "event.sources",
            layer.place,
            message,
            layer.sources,
            room,
            "map with more address_bits (fewer steps of delay), or project from fewer neurons",
        )
    late = [fan.source for fan in layer.fans if layer.entry[fan.source]]
    order = list(graph.populations)
    if late and any(
        order.index(fan.source) > order.index(late[0]) for fan in layer.fans if not layer.entry[fan.source]
    ):
        yield Finding(
            code="order.sources",
            severity="note",
            place=layer.place,
            message=(
                f"events of {late[0]!r} enter the queue a step late, behind those of later populations; "
                "sorting them is not counted in the cost"
            ),
            remedy="list populations in the order in which a step computes them",
        )


def _queue(core: int, on_core: Sequence[Layer], options: Options) -> Iterator[Finding]:
    words, limit = expected(on_core, options.activity).peak, LIMITS["queue.words"]
    if options.delays == "queue" and words > limit.value:
        message = f"the delay queue is expected to be full; {source_of(options.activity)}"
        remedy = (
            "lower the activity of its sources, shorten their longest delays, or prune whole (source, "
            "delay) axons"
        )
        found = Finding.over("queue.capacity", f"core {core}", message, words, limit, remedy)
        yield replace(found, severity="warning")


def computable(graph: Graph, options: Options) -> FitReport:
    """Whether the chip has kernels and numbers for all of ``graph``, wherever it might be placed."""
    found = [f for f in unsuitable(graph, options) if not f.code.startswith("delay.")]
    return FitReport(target="seneca", findings=tuple(found))
