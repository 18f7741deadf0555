"""Work that would take more memory than there is says so before it takes any; what it says is what it would
take.
"""

from __future__ import annotations

import json
import os
import re
import resource
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from delaycore_loihi.machine import _run as loihi
from hypothesis import given, settings
from hypothesis import strategies as st

import delaycore as dc
from delaycore import DataError, OutOfMemory, SettingsError, engine, memory, reference
from delaycore._files import write_tensors
from delaycore.delay_memory import PruningFilter, compute_occupancy, list_demands
from delaycore.graph import Framing, Projection
from delaycore.pricing import WorkloadFile, load_spikes, save_spikes, spread_spikes
from tests.cli.commands import call

OBJECTS = 2**17
"""Bytes of what is no array, in which estimates may be wrong."""


def make_graph(sizes: list[int], synapses: int, delays: list[int], seed: int = 0) -> dc.Graph:
    rng = np.random.default_rng(seed)
    populations: dict[str, dc.Population] = {"in": dc.Input(sizes[0])}
    populations |= {f"h{i}": dc.LIF(n, retain=0.5, threshold=1.0) for i, n in enumerate(sizes[1:-1])}
    populations["out"] = dc.Integrator(sizes[-1], retain=0.5)
    names = list(populations)
    projections = [
        Projection(
            a,
            b,
            rng.integers(0, populations[a].size, synapses),
            rng.integers(0, populations[b].size, synapses),
            rng.integers(-8, 8, synapses) / 16,
            rng.choice(delays, synapses),
        )
        for a, b in pairwise(names)
    ]
    return dc.Graph(1e-3, populations, projections, readout=dc.Readout("out"))


def measure(work: Callable[[], Any]) -> int:
    """The bytes that ``work`` takes at most."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def assert_honest(need: dict[str, int], taken: int) -> None:
    total = sum(need.values())
    assert taken <= total + OBJECTS, (taken, need)
    assert total <= 2 * (taken + OBJECTS), (taken, need)


# What work takes.

GRAPHS = st.builds(
    make_graph,
    st.lists(st.integers(1, 300), min_size=3, max_size=4),
    st.integers(0, 5000),
    st.lists(st.integers(0, 40), min_size=1, max_size=8),
    st.integers(0, 9),
)
AMOUNTS = st.sampled_from([(1, 1), (1, 3000), (3, 400), (40, 60), (700, 8)])


def draw_spikes(graph: dc.Graph, amounts: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.random.default_rng(1).random((*amounts, graph.inputs["in"].size)) < 0.03


@settings(max_examples=12)
@given(GRAPHS, AMOUNTS, st.booleans(), st.integers(1, 3))
def test_the_engine_takes_what_it_says(graph, amounts, states, threads):
    spikes = draw_spikes(graph, amounts)
    engine.simulate(graph, spikes[:1, :1])  # compiled by now
    taken = measure(lambda: engine.simulate(graph, spikes, states, threads))
    samples, steps = amounts
    assert_honest(engine.estimate_memory(graph, samples, steps, states, threads), taken)


@pytest.mark.parametrize("states", [False, True])
@pytest.mark.parametrize(
    ("sizes", "synapses", "amounts"),
    [([30, 40, 5], 6000, (1, 1)), ([9000, 9000, 10], 3, (1, 30)), ([900, 2000, 10], 3, (40, 10))],
)
def test_the_reference_takes_what_it_says(sizes, synapses, amounts, states):
    graph = make_graph(sizes, synapses, [0, 2, 7])
    spikes = draw_spikes(graph, amounts)
    taken = measure(lambda: reference.simulate(graph, spikes, states))
    samples, steps = amounts
    assert_honest(reference.estimate_memory(graph, samples, steps, states), taken)


@pytest.mark.parametrize(("amounts", "states"), [((300, 40), False), ((2, 2000), True)])
@pytest.mark.parametrize("target", ["loihi", "seneca"])
def test_a_chip_takes_what_is_said(target, amounts, states, monkeypatch):
    if target == "loihi":
        monkeypatch.setattr(loihi, "_BLOCK_BYTES", 2**21)  # several blocks of samples
    graph = make_graph([60, 90, 10], 300, [0, 2, 7])
    spikes, program = draw_spikes(graph, amounts), dc.map(graph, target)
    dc.simulate(program, spikes[:1, :1])
    with note_needs() as needs:
        taken = measure(lambda: dc.simulate(program, spikes, states))
    assert_honest(needs[0], taken)


@settings(max_examples=12)
@given(
    st.integers(1, 60),
    st.integers(1, 200),
    st.integers(0, 20_000),
    st.sampled_from([None, 1e-3]),
    st.sampled_from([None, (20, 10, 2)]),
)
def test_framing_takes_what_it_says(samples, steps, events, step, sensor):
    framing = Framing(steps, step, 400, sensor=sensor)
    rng = np.random.default_rng(0)
    times, channels = rng.integers(0, 200_000, events), rng.integers(0, 400, events)
    offsets = np.sort(np.r_[0, rng.integers(0, events + 1, samples - 1), events])
    taken = measure(lambda: framing.frame(times, channels, offsets))
    assert_honest(framing.estimate_memory(samples, events), taken)


@pytest.mark.parametrize("given", [(90_000, 3000, 300, 1), (10, 1000, 400, 9), (5, 90_000, 3, 2)])
def test_assumed_spikes_take_what_is_said(given):
    with note_needs() as needs:
        taken = measure(lambda: spread_spikes(*given))
    assert_honest(needs[0], taken)


def test_recorded_spikes_take_what_is_said(tmp_path):
    save_spikes(tmp_path / "spikes", {"a": np.zeros((60, 50, 300), dtype=bool)})
    with note_needs() as needs:
        taken = measure(lambda: load_spikes(tmp_path / "spikes"))
    assert_honest(needs[0], taken)


@contextmanager
def note_needs() -> Iterator[list[dict[str, int]]]:
    """Note what work says that it needs, in the order in which it does."""
    needs: list[dict[str, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "_find_shortage", lambda need: needs.append(dict(need)))
        yield needs


# What is refused.


@pytest.fixture
def little(monkeypatch):
    """A computer with a mebibyte."""
    monkeypatch.setenv(memory.VARIABLE, str(1 / 1024))


NETWORK = make_graph([4, 1000, 10], 100, [0, 3])
SILENCE = np.broadcast_to(np.False_, (10_000, 64, 4))  # one byte, however many samples it shows


def refusals() -> dict[str, Callable[[], Any]]:
    """Work whose size is somebody's number, by what it is, each of some gigabytes."""
    layers = [{"name": "a", "size": 10**5, "spikes": 3}, {"name": "b", "size": 10**5}]
    return {
        "engine": lambda: engine.simulate(NETWORK, SILENCE),
        "reference": lambda: reference.simulate(NETWORK, SILENCE),
        "loihi": lambda: dc.simulate(dc.map(NETWORK, "loihi"), SILENCE),
        "seneca": lambda: dc.simulate(dc.map(NETWORK, "seneca"), SILENCE),
        "steps": lambda: Framing(999_999, 1e-3, 400).frame([1], [1], [0, 1]),
        "bins": lambda: Framing(999_999, None, 400).frame([1], [1], [0, 1]),
        "inputs": lambda: Framing(400, 1e-3, 10**6).frame([1], [1], [0, 1]),
        "assumed spikes": lambda: spread_spikes(10, 10**6, 10**6),
        "assumed network": lambda: WorkloadFile.parse({"layers": layers, "steps": 1}).to_workload(),
        "assumed steps": lambda: WorkloadFile.parse(
            {"layers": [layers[0], layers[1] | {"fan_in": 1, "size": 2}], "steps": 10**5}
        ).to_workload(),
        "pruning filter": lambda: PruningFilter.of(4, [0], [10**9]),
        "queue": lambda: compute_occupancy(
            np.zeros((1, 1, 3000), bool), PruningFilter(np.ones((3000, 900), bool))
        ),
        "arrivals": lambda: engine.Arrivals(NETWORK, 1000, 1000),
    }


@pytest.mark.parametrize("name", refusals())
def test_work_that_is_too_large_is_refused_before_it_takes_anything(name, little):
    work = refusals()[name]

    def refuse() -> None:
        with pytest.raises(
            OutOfMemory, match=r"takes .*iB of memory, .* but 1 MiB are available \(.*\)\. Remedy: "
        ):
            work()

    assert measure(refuse) < 2**23


def test_delays_that_no_table_holds_are_refused(little):
    with pytest.raises(DataError, match=r"which take .*iB of memory, but 1 MiB are available"):
        list_demands(
            make_graph([4, 1000, 10], 100, [0, 10**9]),
            {"in": np.zeros((1, 1, 4), dtype=bool), "h0": np.zeros((1, 1, 1000), dtype=bool)},
        )


def test_the_message_names_the_work_the_numbers_and_how_many_samples_fit(little):
    with pytest.raises(OutOfMemory) as refused:
        memory.require_memory_of(
            96, 64, "simulation", lambda n: {"spikes": n * 2**15, "tables": 2**18}, "use fewer steps"
        )
    assert str(refused.value) == (
        "simulation of 96 samples of 64 steps: takes 3.25 MiB of memory, 3 MiB of them for spikes, "
        f"but 1 MiB are available (the environment variable {memory.VARIABLE}). "
        "Remedy: take at most 24 samples at a time, or use fewer steps"
    )


def test_as_many_samples_as_the_message_names_do_fit(little):
    with pytest.raises(OutOfMemory) as refused:
        engine.simulate(NETWORK, SILENCE, threads=1)
    found = re.search(r"at most ([\d,]+) samples? at a time", str(refused.value))
    assert found
    number = int(found[1].replace(",", ""))
    engine.simulate(NETWORK, SILENCE[:number], threads=1)
    with pytest.raises(OutOfMemory):
        engine.simulate(NETWORK, SILENCE[: number + 1], threads=1)


@pytest.mark.parametrize("given", ["much", "0", "-1", "nan", "inf"])
def test_a_bound_that_is_no_number_of_gibibytes_is_refused(given, monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, given)
    with pytest.raises(SettingsError, match=f"{memory.VARIABLE}: must be a number of GiB, not '{given}'"):
        memory.find_available()


def test_a_command_says_what_it_would_take(tmp_path, little):
    make_graph([4, 10, 10], 10, [0, 3]).save(tmp_path / "model")
    said = call("delay-memory", tmp_path / "model", "--steps", 999_999, code=2)
    assert "--steps 999999: takes 26.7 MiB of memory" in said
    asked = json.loads(call("delay-memory", tmp_path / "model", "--steps", 999_999, "--json", code=2))
    assert asked["error"] == "OutOfMemory"


# Files that unpack to more than they are.


@pytest.mark.parametrize(
    ("shape", "packed", "message"),
    [
        ([10_000, 1000, 4000], 5, "take 5000000000 bytes, but there are uint8 .5."),
        ([1, 8, 5], 6, "take 5 bytes, but there are uint8 .6."),
        ([-1, -8, 5], 5, "have the shape"),
        ([1, 8.0, 5], 5, "have the shape"),
        ([8, 5], 5, "have the shape"),
        ("185", 5, "have the shape"),
    ],
)
def test_recorded_spikes_of_another_size_than_they_say_are_not_unpacked(tmp_path, shape, packed, message):
    arrays = {"h": np.zeros(packed, dtype=np.uint8)}
    write_tensors(tmp_path / "spikes", "activity", 1, {"shapes": {"h": shape}}, arrays)

    def refuse() -> None:
        with pytest.raises(DataError, match=f"its spikes are damaged .*{message}"):
            load_spikes(tmp_path / "spikes")

    assert measure(refuse) < 2**20


def test_recorded_spikes_that_do_not_fit_are_refused(tmp_path, little):
    save_spikes(tmp_path / "spikes", {"a": np.zeros((20, 1000, 100), dtype=bool)})
    with pytest.raises(OutOfMemory, match="spikes of 'a'"):
        load_spikes(tmp_path / "spikes")


# What is available.


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A computer whose files say what a test writes into them, without limits on the process."""
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    monkeypatch.setattr(memory, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "cgroup")
    no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: no_limit)

    def write(name: str, text: object) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")

    write("proc/meminfo", "MemTotal: 900 kB\nMemFree: 100 kB\nMemAvailable: 500 kB\nSwapFree: 12 kB")
    return write


def test_what_is_free_on_the_machine_is_available_with_its_swap(machine):
    assert memory.find_available() == (512 * 1024, "free on this machine")


def test_a_container_s_limit_less_what_it_uses_is_available(machine):
    machine("proc/self/cgroup", "0::/")
    machine("cgroup/memory.max", 10_000)
    machine("cgroup/memory.current", 7000)
    machine("cgroup/memory.stat", "anon 6000\nactive_file 300\ninactive_file 200\nactive_anon 6000")
    found = memory.find_available()
    assert found is not None and found.size == 3500 and "container" in found.bound


def test_the_tightest_of_the_groups_around_a_process_counts(machine):
    machine("proc/self/cgroup", "0::/outer/inner")
    for group, limit in (("outer/inner", 9000), ("outer", 5000)):
        machine(f"cgroup/{group}/memory.max", limit)
        machine(f"cgroup/{group}/memory.current", 1000)
    machine("cgroup/memory.max", "max")
    found = memory.find_available()
    assert found is not None and found.size == 4000


def test_groups_of_the_first_version_are_read_under_the_names_that_a_container_sees(machine):
    machine("proc/self/cgroup", "5:cpu,memory:/docker/1f2e\n1:name=systemd:/docker/1f2e")
    machine("cgroup/memory/memory.limit_in_bytes", 8000)
    machine("cgroup/memory/memory.usage_in_bytes", 2000)
    machine("cgroup/memory/memory.stat", "inactive_file 7\ntotal_inactive_file 10\ntotal_active_file 20")
    found = memory.find_available()
    assert found is not None and found.size == 6030


def test_a_group_without_a_limit_bounds_nothing(machine):
    machine("proc/self/cgroup", "5:memory:/a")
    machine("cgroup/memory/a/memory.limit_in_bytes", 0x7FFFFFFFFFFFF000)
    machine("cgroup/memory/a/memory.usage_in_bytes", 2000)
    assert memory.find_available() == (512 * 1024, "free on this machine")


@pytest.mark.parametrize("kind", ["AS", "DATA"])
def test_a_limit_of_the_process_less_what_it_has_is_available(machine, monkeypatch, kind):
    page = resource.getpagesize()
    machine("proc/self/statm", "8 1 1 1 0 5 0")
    limits = {getattr(resource, f"RLIMIT_{kind}"): (10 * page, resource.RLIM_INFINITY)}
    infinite = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits.get(kind, infinite))
    found = memory.find_available()
    assert found is not None and found.size == (10 - (8 if kind == "AS" else 5)) * page
    assert f"RLIMIT_{kind}" in found.bound


def test_where_a_system_says_nothing_nothing_is_refused(machine, tmp_path, monkeypatch):
    machine("proc/meminfo", "")
    monkeypatch.setattr(os, "sysconf", lambda name: -1)
    memory.require_memory("work", {"all": 2**80}, "less")


def test_of_this_system_something_is_known():
    found = memory.find_available()
    assert found is not None and 2**20 < found.size < 2**60
