"""Programs: frozen, told in lines, and the same after a round trip through a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pytest

from delaycore import FileError, Finding, FitReport, Program
from delaycore import load as load_graph
from delaycore._files import write_tensors
from delaycore.conformance import list_arithmetics, live_network, round_network
from delaycore.hardware import ChipMapping, Losses, Options, Placement, Slice


@dataclass(frozen=True)
class Bits:
    delay_bits: int


@dataclass(frozen=True)
class Chosen(ChipMapping):
    cores: Mapping[int, Bits] = field(default_factory=dict)


class Choices(Options):
    cores: int = 1


def load(path):
    return Program.load(path, lambda target: (Choices, Chosen))


@pytest.fixture
def program():
    graph = round_network(live_network(4), list_arithmetics()["wrap total, > after last"]).graph
    slices = tuple(
        Slice(name, 0, p.size, None if name == "in" else k)
        for k, (name, p) in enumerate(graph.populations.items())
    )
    finding = Finding(
        code="read-out.fires",
        severity="warning",
        place="out",
        message="could fire",
        remedy="raise its threshold",
        needed=float("inf"),
    )
    return Program(
        target="anychip",
        graph=graph,
        losses=Losses.of("weight", "rounded", "projections['in->h1']", [0.3], [0.25]),
        report=FitReport(target="anychip", findings=(finding,)),
        placement=Placement(slices, {"h1": 2, "out": 3}, hop_delay=1),
        image={
            "core 1": np.arange(7, dtype=np.uint8),
            "words": np.array([[1, -2]], dtype=np.int16),
            "none": np.zeros(0, dtype=np.int32),
        },
        options=Choices(cores=3),
        mapping=Chosen(cores={1: Bits(delay_bits=4)}),
    )


def test_a_program_comes_back_whole(program, tmp_path):
    program.save(tmp_path / "p")
    again = load(tmp_path / "p")
    for name in ("target", "graph", "losses", "report", "placement", "options", "mapping"):
        assert getattr(again, name) == getattr(program, name), name
    assert again.image.keys() == program.image.keys()
    for name, array in program.image.items():
        assert again.image[name].dtype == array.dtype
        assert np.array_equal(again.image[name], array)


def test_a_program_is_no_graph_and_a_graph_no_program(program, tmp_path):
    program.save(tmp_path / "p")
    program.graph.save(tmp_path / "g")
    with pytest.raises(FileError, match="holds a program, not a graph"):
        load_graph(tmp_path / "p")
    with pytest.raises(FileError, match="holds a graph, not a program"):
        load(tmp_path / "g")


def _give(types: Any, target: str) -> Any:
    return types


def test_a_program_of_another_version_of_its_backend_says_so(program, tmp_path):
    class Others(Options):
        chips: int = 1

    @dataclass(frozen=True)
    class Another(ChipMapping):
        bits: int

    program.save(tmp_path / "p")
    for options, mapping in ((Others, Chosen), (Choices, Another)):
        with pytest.raises(
            FileError, match=r"another version of the backend of 'anychip'.*map the graph again"
        ):
            Program.load(tmp_path / "p", partial(_give, (options, mapping)))


def test_a_cut_or_damaged_program_is_refused(program, tmp_path):
    program.save(tmp_path / "p")
    whole = (tmp_path / "p").read_bytes()
    for length in range(0, len(whole), len(whole) // 20):
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises(FileError, match="is not a whole safetensors file"):
            load(tmp_path / "cut")
    for header in (
        {},
        {"slices": 3},
        {"slices": [], "offsets": {}, "hop_delay": 0, "target": "t", "graph": {"arithmetic": 3}},
    ):
        write_tensors(tmp_path / "bad", "program", 2, header, {})
        with pytest.raises(
            FileError, match=r"its description (has no '|is 3, not a)|of its description is 3, not a"
        ):
            load(tmp_path / "bad")


def test_the_image_is_a_read_only_copy(program):
    with pytest.raises(ValueError, match="read-only"):
        program.image["core 1"][0] = 1
    with pytest.raises(TypeError):
        program.image["more"] = np.zeros(1)


def test_the_description_says_where_everything_is_and_what_was_lost(program):
    text = program.describe()
    assert "program for anychip: " in text
    for part in (
        "results 3 steps late",
        "core 1: h1[0:",
        "delay bits 4",
        "h1 runs 2 steps behind",
        "weights rounded",
        "could fire",
    ):
        assert part in text
