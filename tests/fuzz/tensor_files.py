"""The files of tensors: graphs, programs, recorded spikes and checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

import delaycore as dc
from delaycore import engine
from delaycore._files import holds
from delaycore.graph import Graph
from delaycore.hardware import Program
from delaycore.pricing import load_spikes, save_spikes
from tests.fuzz.files import GUARDED, OPEN, make_file_kind
from tests.fuzz.judging import Kind
from tests.fuzz.mutated_tensors import mutate_tensors, reseal_tensors
from tests.properties.networks import Limits, draw_arithmetic, draw_case
from tests.properties.test_chips import LIMITS

__all__ = ["make_checkpoints", "make_graphs", "make_programs", "make_spikes"]

_NUMBER = 8
"""Of sound files that are changed."""

_LARGEST = 100_000
"""Neurons of a network that is run."""


def make_graphs(name: str, folder: Path, resealed: bool) -> Kind:
    """Make the kind of Graph files; accepted ones whose checksum is made anew must be fit for use."""

    def read(path: Path) -> Graph:
        assert holds(path, "graph") in (True, False)
        graph = dc.load(path)
        if resealed:
            _use_graph(graph)
        return graph

    return _make_kind(name, folder, [_save(folder, g.save) for g in _draw_graphs()], read, resealed)


def _make_kind(
    name: str, folder: Path, originals: list[bytes], read: Callable[[Path], Any], resealed: bool
) -> Kind:
    mutate, allowed = (reseal_tensors, OPEN) if resealed else (mutate_tensors, GUARDED)
    return make_file_kind(name, folder / "changed.safetensors", originals, mutate, read, allowed)


def _save(folder: Path, save: Callable[[Path], None]) -> bytes:
    path = folder / "original.safetensors"
    save(path)
    return path.read_bytes()


def _draw_graphs() -> Iterator[Graph]:
    for seed in range(_NUMBER):
        graph = draw_case(seed, Limits(inputs=1)).graph
        if seed % 4 == 3:
            arithmetic = draw_arithmetic(seed)
            rounded = [p.with_weight(arithmetic.weight.round(p.weight)) for p in graph.projections]
            graph = graph.with_(arithmetic=arithmetic, projections=rounded)
        yield graph


def _use_graph(graph: Graph) -> None:
    assert str(graph) and repr(graph)
    if sum(p.size for p in graph.populations.values()) > _LARGEST:
        return
    with np.errstate(all="ignore"):
        engine.simulate(graph, _make_silence(graph), threads=1)
        chips = list(dc.targets())
        dc.check(graph, chips[graph.synapses % len(chips)])


def _make_silence(graph: Graph) -> dict[str, np.ndarray]:
    return {name: np.zeros((1, 3, int(p.size)), bool) for name, p in graph.inputs.items()}


def make_programs(name: str, folder: Path, target: str, resealed: bool) -> Kind:
    """Make the kind of a chip's program files; accepted ones whose checksum is made anew must run."""

    def read(path: Path) -> Program:
        program = dc.load_program(path)
        if resealed:
            assert program.describe() and repr(program)
            if sum(p.size for p in program.graph.populations.values()) <= _LARGEST:
                with np.errstate(all="ignore"):
                    dc.simulate(program, _make_silence(program.graph))
        return program

    programs = list(_map_programs(target))
    return _make_kind(name, folder, [_save(folder, p.save) for p in programs], read, resealed)


def _map_programs(target: str) -> Iterator[Program]:
    found = 0
    for seed in count():
        graph = draw_case(seed, LIMITS[target]).graph
        if graph.synapses < 40 and dc.check(graph, target).ok:
            found += 1
            yield dc.map(graph, target)
        if found == 4:
            return


def _write_spikes(spikes: Any, path: Path) -> None:
    save_spikes(path, spikes)


def make_spikes(name: str, folder: Path, resealed: bool) -> Kind:
    """Make the kind of recorded spikes."""
    originals = []
    for seed in range(_NUMBER):
        spikes = draw_case(seed).spikes
        originals.append(_save(folder, partial(_write_spikes, spikes)))
    return _make_kind(name, folder, originals, load_spikes, resealed)


def make_checkpoints(name: str, folder: Path, resealed: bool) -> Kind:
    """Make the kind of the checkpoint of a training, from which a finished fit is read."""
    from tests.fuzz.tiny_fit import TinyFit

    made = TinyFit(folder / "fit")
    mutate, allowed = (reseal_tensors, OPEN) if resealed else (mutate_tensors, GUARDED)
    read = made.go_on if resealed else made.read
    return make_file_kind(name, made.checkpoint, [made.checkpoint.read_bytes()], mutate, read, allowed)
