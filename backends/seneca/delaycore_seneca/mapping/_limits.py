"""The needs of a network held against what Seneca has: every violation at once.

Kinds, resets, arithmetic and delays are held against the spec by the core; what only this chip knows is here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from delaycore.graph import Graph
from delaycore.hardware import Constant, Finding, Slice, find_core_violations
from delaycore_seneca.mapping._layer import Layer, build_layer, count_data_bits, count_program_bits
from delaycore_seneca.mapping._occupancy import QueueWords, describe_activity
from delaycore_seneca.options import Options
from delaycore_seneca.spec import SPEC
from delaycore_seneca.tables import LIMITS

__all__ = [
    "find_crowded_cores",
    "find_crowded_layers",
    "find_empty_graph",
    "find_expected_overruns",
    "find_fired_readout",
    "find_wrong_core_numbers",
]

Cores = Mapping[int, Sequence[Layer]]
"""The layers on each core in use."""


def find_empty_graph(graph: Graph) -> Iterator[Finding]:
    """The finding that a graph has inputs alone."""
    if len(graph.inputs) == len(graph.populations):
        yield Finding(
            code="graph.empty",
            place="populations",
            message="nothing computes",
            remedy="give the graph a population beside its inputs",
        )


def find_fired_readout(graph: Graph) -> Iterator[Finding]:
    """The warning that the read-out takes the potential of neurons that are reset."""
    readout = graph.readout
    if readout and readout.statistic != "spike_count" and graph.populations[readout.population].spikes:
        yield Finding(
            code="readout.fires",
            severity="warning",
            place="readout",
            message=f"reads the potential of {readout.population!r}, which fires and is reset",
            remedy="read an integrator, or count spikes",
        )


def find_wrong_core_numbers(used: int, asked: int | None) -> Iterator[Finding]:
    """Findings for more cores in ``used`` than may be, and for cores ``asked`` for that cannot be used."""
    limit = LIMITS["chip.cores"]
    if asked is not None and asked > limit.value:
        message = "more cores are asked for than there are"
        yield Finding.over("chip.cores", "chip", message, asked, limit, "ask for fewer cores")
    yield from find_core_violations(used, SPEC, asked)
    if asked is not None and used < asked:
        yield Finding(
            code="cores.unused",
            severity="note",
            place="chip",
            message="not every core gets neurons",
            needed=used,
            available=asked,
            remedy="ask for fewer cores",
        )


def find_crowded_cores(graph: Graph, cores: Cores, options: Options) -> Iterator[Finding]:
    """Findings for cores whose memories cannot hold their layers, and for neurons that no core could hold."""
    crowded: list[str] = []
    for core, layers in cores.items():
        place, names = f"core {core}", ", ".join(layer.slice.name for layer in layers)
        bits, limit = count_data_bits(layers), LIMITS["memory.data"]
        if bits > limit.value:
            message = f"{names} with synapses, states and buffers"
            remedy = (
                "prune synapses or whole delay levels, or use fewer neurons in the populations that "
                "project here"
            )
            yield Finding.over("memory.data", place, message, bits, limit, remedy)
            crowded += [layer.slice.population for layer in layers]
        neurons, limit = sum(layer.slice.size for layer in layers), LIMITS["neurons.core"]
        if neurons > limit.value:
            remedy = "use more cores or fewer neurons"
            yield Finding.over("neurons.core", place, f"{names} together", neurons, limit, remedy)
        bits, limit = count_program_bits(layers, options.grouping), LIMITS["memory.instructions"]
        if bits > limit.value:
            message = f"the program of {names}"
            yield Finding.over("memory.instructions", place, message, bits, limit, "use more cores")
    for name in dict.fromkeys(crowded):
        yield from _find_large_fan_in(graph, name, options)


def _find_large_fan_in(graph: Graph, name: str, options: Options) -> Iterator[Finding]:
    """The neuron with the most synapses, if no core holds them even were it alone there, so that cutting its
    population does not help.
    """
    synapses = np.zeros(graph.populations[name].size, dtype=np.int64)
    for p in graph.into(name):
        synapses += np.bincount(p.post[p.weight != 0], minlength=len(synapses))
    most, limit = int(synapses.argmax()), LIMITS["fan_in.core"]
    bits = count_data_bits([build_layer(graph, Slice(name, most, most + 1, 0), options.layout)])
    if bits > limit.value:
        message = (
            f"neuron {most} alone, with {synapses[most]} synapses, and buffers; cutting its population "
            "over more cores does not help"
        )
        remedy = "prune its synapses or whole delay levels, or project to it from fewer neurons"
        yield Finding.over("fan_in.core", f"populations[{name!r}]", message, bits, limit, remedy)


def find_crowded_layers(graph: Graph, layers: Sequence[Layer], options: Options) -> Iterator[Finding]:
    """Findings for delay queues with more sources than an event can address, and notes on the order in which
    events arrive there.
    """
    for layer in layers:
        if layer.delayed:
            yield from _find_in_layer(graph, layer, options)


def _find_in_layer(graph: Graph, layer: Layer, options: Options) -> Iterator[Finding]:
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
    place = graph.places
    if late and any(place[fan.source] > place[late[0]] for fan in layer.fans if not layer.entry[fan.source]):
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


def find_expected_overruns(words: Mapping[int, QueueWords], options: Options) -> Iterator[Finding]:
    """Warnings for cores whose delay queue in hardware is expected to overrun."""
    limit = LIMITS["queue.words"]
    for core, expected in words.items():
        if options.delays == "queue" and expected.peak > limit.value:
            message = f"the delay queue is expected to be full; {describe_activity(options.activity)}"
            remedy = (
                "lower the activity of its sources, shorten their longest delays, or prune whole (source, "
                "delay) axons"
            )
            yield Finding.over(
                "queue.capacity", f"core {core}", message, expected.peak, limit, remedy, "warning"
            )
