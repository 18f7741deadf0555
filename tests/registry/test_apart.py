"""Backends that nobody asked for by name: what they do ends with the process in which they work, and each
failure is a line that says which backend, which call, what, where, and who should hear of it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore import BackendError, FileError, UnknownTarget
from delaycore.deploy import Chip, Outlook
from delaycore.hardware import FitReport
from delaycore.registry import call_apart, call_each_apart, load_backend, map_apart, tell
from tests.cli.commands import call, call_process
from tests.registry.broken import BROKEN
from tests.registry.conftest import GOOD

GRAPH = dc.Graph.from_arrays([np.full((2, 3), 0.5), np.full((3, 2), 0.5)])

FAILURES = {
    "check_raises": r"its check raised ValueError: no board \(.*check_raises\.py, line \d+\)$",
    "check_vanishes": r"in its check, the process ended with status 0: nothing was printed$",
    "check_hangs": r"its check takes longer than 3 s \(.*check_hangs\.py, line \d+\)$",
    "check_none": r"its check gave NoneType, not FitReport \(.*check_none\.py, line \d+\)$",
    "crashes": r"the process that loaded it ended with status -11 \(SIGSEGV\): nothing .* \(.*, line 1\)$",
    "patches": r"its answer cannot be read: ",
}


def test_each_failure_is_told_with_the_call_the_place_and_whom_to_report_it_to(install, monkeypatch):
    monkeypatch.setenv("DELAYCORE_CALL_TIMEOUT", "3")
    install.sound()
    for name in ("prints", *FAILURES):
        install(name, BROKEN[name])
    looks = {name: Chip(name).look_ahead for name in dc.targets()}
    found = call_each_apart(looks, GRAPH, [GRAPH], answer=Outlook)
    assert list(found) == list(dc.targets()) and len(found) == len(FAILURES) + 2
    for name, says in FAILURES.items():
        error = found[name]
        assert isinstance(error, BackendError)
        (problem,) = error.problems
        assert problem.place == f"{name} (delaycore-{name} 0.3, module fake_delaycore_{name})"
        assert re.search(says, problem.message), problem.message
        assert f"report it to the authors of delaycore-{name}" in problem.remedy
        assert "\n" not in str(error)
    assert not [module for module in sys.modules if module.startswith(("fake_", "delaycore_sound"))]
    told = Chip("sound").look_ahead(GRAPH, [GRAPH])
    assert found["sound"] == told and told.report.ok
    assert found["prints"] == Outlook("prints", replace(told.report, target="prints"), FitReport("prints"))


def _speak(values: list[int], folder: str) -> list[int]:
    tell(values[:1])
    tell({"second": values[1]})
    if folder:
        GRAPH.save(f"{folder}/nowhere/graph")
    return [os.getppid()]


def test_what_is_told_on_the_way_arrives_and_a_file_that_cannot_be_written_is_that_error(install, tmp_path):
    install("good")
    told: list[object] = []
    answer = call_apart("good", _speak, [1, 2], "", answer=list[int], on_told=told.append)
    assert told == [[1], {"second": 2}] and answer == [os.getpid()]
    with pytest.raises(FileError, match="nowhere"):
        call_apart("good", _speak, [1, 2], str(tmp_path), answer=list[int])
    with pytest.raises(UnknownTarget):
        call_apart("goood", _speak, [1, 2], "", answer=list[int])


HOLDING = """
import ctypes, threading, time

def hold():
    time.sleep(1)
    ctypes.PyDLL(None).sleep(600)

threading.Thread(target=hold, daemon=True).start()
"""


def _wait(seconds: float) -> list[int]:
    load_backend("good")
    time.sleep(seconds)
    return []


def test_a_process_whose_threads_are_all_held_between_calls_is_given_up_and_one_that_works_is_not(
    install, monkeypatch
):
    monkeypatch.setenv("DELAYCORE_CALL_TIMEOUT", "2")
    install("good", GOOD + HOLDING)
    with pytest.raises(BackendError, match="has held all threads of its process for 2 s"):
        call_apart("good", _wait, 100.0, answer=list[int])
    install("other", GOOD)
    assert call_apart("other", time.sleep, 4.0, answer=type(None)) is None


def test_modules_of_the_current_folder_are_not_taken_for_those_of_python(install, tmp_path, monkeypatch):
    install("good")
    (tmp_path / "here").mkdir()
    for name in ("json", "random", "numpy"):
        (tmp_path / "here" / f"{name}.py").write_text("raise RuntimeError('not this one')")
    monkeypatch.chdir(tmp_path / "here")
    assert call_apart("good", _speak, [1, 2], "", answer=list[int])


def test_an_error_of_one_case_ends_what_the_others_wait_for(install):
    install("slow", "import time; time.sleep(600)")
    install("good")
    begun, started = threading.Event(), time.monotonic()

    def work(name: str) -> list[int]:
        if name == "good":
            begun.wait(60)
            raise KeyError("of the caller")
        begun.set()
        find: Any = Chip(name).find_refusals
        return call_apart(name, find, [{}], answer=list[int])

    with pytest.raises(KeyError, match="of the caller"):
        map_apart(work, ["slow", "good"], workers=2)
    assert time.monotonic() - started < 50  # the limit for loading is 60 s


def test_a_graph_arrives_in_another_process_checked_and_frozen():
    import pickle

    copy = pickle.loads(pickle.dumps(GRAPH))
    assert copy == GRAPH
    assert not any(p.weight.flags.writeable for p in copy.projections)


def test_delay_memory_leaves_out_chips_that_fail_and_shows_the_others_as_ever(install, tmp_path):
    install("mute", GOOD.replace("good", "mute"))
    for name in ("prints", "widths_dict"):
        install(name, BROKEN[name])
    install.sound()
    model = tmp_path / "model.safetensors"
    dc.Graph.from_arrays([np.ones((2, 8, 4))], [np.arange(2)]).save(model)
    found = json.loads(call("delay-memory", model, "--json"))
    assert found["targets"].keys() == {"prints"}
    without = found["without widths"]
    assert without.keys() == {"mute", "sound", "widths_dict"}
    assert "its delay_widths gave dict, not Widths" in without["widths_dict"]
    assert "gives no widths" in without["sound"]
    assert found["targets"] == json.loads(call("delay-memory", model, "-t", "prints", "--json"))["targets"]


def test_what_a_named_backend_prints_does_not_get_into_the_document(install):
    install("prints", BROKEN["prints"])
    install.sound()
    document = json.loads(call_process("options", "prints", "--json"))
    assert [option["name"] for option in document] == ["neurons_per_core"]


def test_a_file_that_names_no_package_is_opened_by_the_backend_that_brings_its_kind(install, tmp_path):
    """The others are tried in processes of their own: one that crashes ends none but its own."""
    from tests.registry.test_foreign_parts import brings, write

    install("crashes", BROKEN["crashes"])
    module = install("good", brings("drip_apart"))
    graph = dc.load(write(tmp_path / "g", "drip_apart"))
    assert type(graph.populations["h1"]).__module__ == module
    assert "fake_delaycore_crashes" not in sys.modules


def test_a_program_for_another_chip_is_refused_before_that_chip_is_loaded(install, tmp_path):
    install("crashes", BROKEN["crashes"])
    install.sound()
    path = tmp_path / "program.safetensors"
    replace(dc.map(GRAPH, "sound"), target="crashes").save(path)
    assert "is a program for crashes, not sound" in call("check", path, "-t", "sound", code=2)
