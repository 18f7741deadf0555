"""A trace has the lanes of every core, in the times of the cost model, with the queue's transfers inside; and
it opens in a viewer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from delaycore_seneca import SenecaBackend
from delaycore_seneca.machine import QueueFull

import delaycore as dc
from delaycore.backend import Backend
from delaycore.conformance import live_network
from delaycore.errors import DataError, NotOffered


@pytest.fixture(scope="module")
def run() -> tuple[dc.Program, np.ndarray]:
    made = live_network(5, largest_delay=9, samples=3)
    return dc.map(made.graph, target="seneca"), made.spikes


def test_lanes_and_length(run):
    program, spikes = run
    trace, result = SenecaBackend().trace(program, spikes, 1), dc.simulate(program, spikes)
    assert set(trace.lanes) == set(program.placement.cores)
    assert any(set(lanes) == {"RISC-V", "NPE", "queue", "NoC"} for lanes in trace.lanes.values())
    assert max(s.start + s.duration for s in trace.spans) == pytest.approx(result.cost.latency.total[1])
    exits = sum(s.details["events"] for s in trace.spans if s.name.startswith("receive"))
    assert exits == result.cost.counts["queue exits"][1] + sum(
        s.details["events"]
        for s in trace.spans
        if s.name.startswith("receive") and "queue" not in trace.lanes[s.core]
    )


def test_the_file_is_chrome_trace_events_whose_spans_do_not_cross(run, tmp_path):
    program, spikes = run
    path = tmp_path / "trace.json"
    SenecaBackend().trace(program, spikes).save(path)
    events = json.loads(path.read_text())["traceEvents"]
    assert {e["ph"] for e in events} == {"M", "X", "C"}
    lanes = defaultdict(list)
    for e in events:
        if e["ph"] == "X":
            assert e["dur"] > 0 and e["ts"] >= 0
            lanes[e["pid"], e["tid"]].append((e["ts"], e["ts"] + e["dur"]))
    assert len(lanes) >= 5
    for spans in lanes.values():
        spans.sort()
        assert all(later >= end - 1e-6 for (_, end), (later, _) in pairwise(spans))


def test_queue_levels_are_those_of_the_run(run):
    program, spikes = run
    trace = SenecaBackend().trace(program, spikes, 2)
    for place, seen in dc.simulate(program, spikes[2:3]).details["delay queues"].items():
        core, name = int(place.split()[1]), place.split()[2]
        here = [
            level.value for level in trace.levels if (level.core, level.name) == (core, f"queue words {name}")
        ]
        assert 0 < max(here) <= seen["peak words"] and min(here) >= 0


def test_software_delays_have_no_queue_lane(run):
    program, spikes = run
    kept = dc.map(program.graph, target="seneca", delays="software")
    assert all("queue" not in lanes for lanes in SenecaBackend().trace(kept, spikes).lanes.values())
    assert dc.simulate(kept, spikes).activity.same_as(dc.simulate(program, spikes).activity)


def test_a_full_queue_is_refused_and_a_sample_that_is_not_there_too(run):
    program, spikes = run
    with pytest.raises(DataError, match="no sample 3"):
        SenecaBackend().trace(program, spikes, 3)
    many = dc.Graph.from_arrays(
        [np.concatenate([np.zeros((60, 100, 1)), np.ones((1, 100, 1))])], [np.arange(61)]
    )
    with pytest.raises(QueueFull, match="all 2048 words"):
        SenecaBackend().trace(dc.map(many, target="seneca"), np.ones((1, 40, 100), dtype=bool))


def test_a_backend_without_traces_or_widths_says_so(run):
    class Plain(SenecaBackend):
        trace, delay_widths = Backend.trace, Backend.delay_widths

    with pytest.raises(NotOffered, match="draws no trace"):
        Plain().trace(*run)
    with pytest.raises(NotOffered, match="widths"):
        Plain().delay_widths()
