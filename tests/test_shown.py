"""``repr`` of every public value is one line, whatever it holds, and ``str`` of a table is a table."""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
import tomllib
from collections.abc import Iterator
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

import delaycore as dc
from delaycore import nn
from delaycore._shown import WIDTH, show_line
from delaycore.datasets import CameraRecording, SpokenDigits, frame_events
from delaycore.delay_memory import CircularQueue, EntryPerDelayQueue, PruningFilter, RingBuffer, SingleFifo
from delaycore.engine import Arrivals
from delaycore.errors import DelaycoreError
from delaycore.experiment import Recordings
from delaycore.nn.functional import OrderedSums
from delaycore.settings import Settings
from delaycore.training import on_chip

MANY = 40
ROOMS = ["delaycore_loihi", "delaycore_seneca", "delaycore.nn.functional", "delaycore"] + [
    f"delaycore.{m.name}" for m in pkgutil.iter_modules(dc.__path__) if not m.name.startswith("_")
]
ABSTRACT = {dc.Population, dc.graph.Spiking, nn.LevelWeights, nn.PositionWeights, nn.OtherArithmetic}
"""Bases that are no values of their own, though Python could make one."""


@cache
def list_classes() -> list[type]:
    """Every public class that has instances."""
    modules = map(import_module, ROOMS)
    public = [getattr(module, name) for module in modules for name in getattr(module, "__all__", ())]
    classes = dict.fromkeys(kind for kind in public if inspect.isclass(kind) and kind not in ABSTRACT)
    return [
        kind
        for kind in classes
        if kind.__module__.startswith("delaycore")
        and not inspect.isabstract(kind)
        and not getattr(kind, "_is_protocol", False)
        and not issubclass(kind, Enum)
    ]


def lists_entries(kind: type) -> bool:
    """Whether all that a value of this class shows of itself are its entries."""
    own: Any = kind.__repr__
    code = getattr(own, "__code__", None)  # a named tuple takes no function of others as its own
    return own is show_line or (code is not None and code.co_names == ("show_line",))


@cache
def make_values() -> tuple[Any, ...]:
    """Large values of the classes that do not only list their entries."""
    events = SpokenDigits.events("test")
    framing = dc.Framing(steps=9, step=0.1, channels=80)
    error = dc.DataError(*(dc.errors.Problem("a place\n" * 9, "a message " * 99) for _ in range(MANY)))
    return (
        *list_deployed(),
        *list_layers(),
        *(dc.AdaptiveLIF(3, 0.9, 0.9), dc.CurrentLIF(3, 0.9, 1.0), dc.Integrator(3, 0.9)),
        *(events, SpokenDigits("test"), frame_events(events.select(range(3)), framing)),
        *(dc.graph.FramedSpikes(np.ones((2, 9, 9), dtype=bool), 1, 2, 3, 4), framing, error),
        *list_queues(),
        CameraRecording(*np.zeros((4, MANY), dtype=np.int64), (9, 9), "a name of a recording " * MANY),
        dc.report.Confusion(("a class",) * MANY, ((1,) * MANY,) * MANY),
    )


def list_deployed() -> Iterator[Any]:
    """A graph of many populations with long names, and all that is made of it on the way to a chip."""
    rng = np.random.default_rng(0)
    long = [f"{'a long name of a population ' * 3}{i}" for i in range(MANY)]
    populations = {"in": dc.Input(9)} | {name: dc.LIF(3, rng.random(3), 1.0) for name in long}
    ends = zip(["in", *long], long, strict=False)
    projections = [dc.Projection(a, b, [0, 1], [1, 2], [0.3, 0.1], [1, 7]) for a, b in ends]
    classes = tuple(f"the class of number {i}" * 9 for i in range(3))
    graph = dc.Graph(1e-3, populations, projections, dc.Readout(long[-1], "spike_count", classes=classes))
    yield from (graph, graph.populations, *graph.populations.values(), *projections, graph.readout)
    yield from (graph.arithmetic, graph.arithmetic.weight)
    backend = dc.load_backend("loihi")
    yield from (
        backend,
        dc.load_backend("seneca"),
        dc.registry.ask_backend("loihi"),
        backend.spec,
        backend.quantization_scheme(graph),
    )
    yield backend.plan(graph, backend.parse({}))
    program = dc.map(graph, "loihi")
    yield from (program, program.placement, program.report, program.losses, program.image)
    result = dc.simulate(program, rng.random((2, 9, 9)) < 0.3)
    yield from (result, result.activity, result.cost, result.cost.energy, result.spikes)
    workload = dc.Workload(graph, result.spikes)
    yield from (workload, dc.price(workload, "loihi"))
    yield from (Arrivals(graph, 2, 9), OrderedSums(graph, torch.zeros(9, 2, 1)))


def list_layers() -> Iterator[Any]:
    yield from (nn.LIF(MANY, retain=0.9), nn.AdaptiveLIF(MANY, retain=0.9, retain_trace=0.9))
    yield from (nn.CurrentLIF(MANY, retain=0.9, retain_current=0.9), nn.Integrator(MANY, retain=1.0))
    yield from (
        nn.DelayedLinear(3, 4, delays=np.arange(MANY) ** 2),
        nn.DelayedConv(nn.Grid(1, 3, 3), 4, 2, delays=range(MANY)),
    )
    yield from (nn.DCLSLinear(3, 4, max_delay=9), nn.DCLSConv(nn.Grid(1, 3, 3), 4, 2, max_delay=9))
    yield nn.FixedDelayLinear.random(3, 4, range(MANY), 2)
    yield nn.Recurrent(nn.LIF(MANY, retain=0.9), nn.DelayedLinear(MANY, MANY, delays=(1, 3)))
    network = nn.from_graph(dc.Graph.from_arrays([np.ones((9, MANY))]))
    yield from (network, on_chip(network, "loihi"))


def list_queues() -> Iterator[Any]:
    pruning = PruningFilter(np.ones((MANY, MANY), dtype=np.bool_))
    yield from (CircularQueue(pruning), EntryPerDelayQueue(pruning), SingleFifo(pruning))
    yield RingBuffer(np.ones((9, 9, 9)))


def fill(kind: Any) -> Any:
    """A value of a class that lists its entries, each of which holds very much, made without any check."""
    text = "many words\n" * 99
    held = [
        text,
        np.zeros((9, 9, 9)),
        [text] * 9999,
        {text: text, 3: {text}},
        kind,
        torch.zeros(9),
        Path(text),
    ]
    by_kind = (getattr(kind, "_fields", None), getattr(kind, "model_fields", None))
    names = next((list(found) for found in by_kind if found is not None), None)
    names = [f.name for f in dataclasses.fields(kind)] if names is None else names
    filled = dict(zip(names, held * len(names), strict=False))
    if hasattr(kind, "_fields"):
        return kind(**filled)
    value = object.__new__(kind)
    for name, entry in filled.items():
        object.__setattr__(value, name, entry)
    return value


def require_line(value: object) -> None:
    line = repr(value).removeprefix("mappingproxy(")
    assert 1 < len(line) <= WIDTH + 1, line
    assert line.isprintable() and " object at 0x" not in line, line


def test_a_value_that_lists_its_entries_does_so_in_one_line() -> None:
    kinds = [kind for kind in list_classes() if lists_entries(kind)]
    assert len(kinds) > 50
    for kind in kinds:
        require_line(fill(kind))


def test_all_other_values_show_themselves_in_one_line_however_large_they_are() -> None:
    for value in make_values():
        require_line(value)


def test_no_public_class_is_forgotten() -> None:
    shown = {type(value) for value in make_values()}
    errors = {kind for kind in list_classes() if issubclass(kind, DelaycoreError)}
    forgotten = {kind for kind in list_classes() if not lists_entries(kind)} - shown - errors
    assert not forgotten, (forgotten, "give `show_line` as __repr__, or a large value in `make_values`")
    assert {kind.__repr__ for kind in errors} == {DelaycoreError.__repr__}


def test_a_table_prints_as_lines() -> None:
    of_populations = (dc.Graph, dc.Activity, dc.Losses, dc.hardware.QuantizationScheme)
    others = (dc.Program, dc.hardware.Placement, dc.FitReport, dc.Cost, dc.hardware.Quantity, dc.CostEstimate)
    least = dict.fromkeys(of_populations, MANY) | dict.fromkeys((*others, dc.HardwareSpec, dc.Result), 3)
    for kind, lines in least.items():
        value = next(value for value in make_values() if type(value) is kind)
        assert len(str(value).splitlines()) >= lines, kind


def test_settings_print_as_the_file_that_gives_them() -> None:
    settings = Settings.parse(
        {
            "network": {
                "convolutions": [{"maps": 2, "kernel": [1, 3]}],
                "delays": {"mode": "continuous_axon"},
            },
            "budget": {"target": "loihi", "options": {"cores": 1, 'an odd "name': ["\n", True, 1e-9]}},
            "framing": {"sensor": [2, 2, 1], "step": "bins"},
            "training": {"learning_rate": 1e-5},
        }
    )
    assert Settings.parse(tomllib.loads(str(settings))) == settings
    assert "training.learning_rate = 1e-05" in str(settings).splitlines()


def test_recordings_print_a_line_for_each_split() -> None:
    some = [SpokenDigits.events(split).select(range(30)) for split in ("valid", "test")]
    splits = dc.datasets.Splits(some[0], some[0], some[1], ("a note",))
    assert [line.partition(":")[0] for line in str(splits).splitlines()] == [
        "train",
        "valid",
        "test",
        "a note",
    ]
    data = Recordings(
        dict(zip("ab", some, strict=True)),
        dc.Framing(steps=9, step=0.1, channels=80),
        0.1,
        "digits",
        ("a note",),
    )
    assert [line.partition(":")[0] for line in str(data).splitlines()] == ["digits", "a", "b", "a note"]


def test_the_module_completes_every_public_room_and_name() -> None:
    rooms = {m.name for m in pkgutil.iter_modules(dc.__path__) if not m.name.startswith("_")} - {"__main__"}
    assert rooms | set(dc.__all__) <= set(dir(dc))
    assert all(getattr(dc, name) is not None for name in dir(dc))
