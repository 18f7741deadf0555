"""Layers of a step follow one another as their events do, layers of a core take turns, and a step is as long
as its longest way.
"""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_seneca import SenecaBackend
from delaycore_seneca.cost import count_work, estimate_busy_times, schedule_layers
from delaycore_seneca.mapping import decode_image

import delaycore as dc
from delaycore.conformance import live_network

ONE = np.ones(1)


def laid_out(graph: dc.Graph, spikes: np.ndarray, **options: int):
    program = dc.map(graph, target="seneca", **options)
    work = count_work(decode_image(program.image, program.placement), dc.simulate(program, spikes).spikes)
    times = {w.layer.place: estimate_busy_times(w) for w in work}
    return work, times, schedule_layers(work, times)


def test_a_chain_takes_turns_and_branches_work_side_by_side():
    populations = {"in": dc.Input(4)} | {
        name: dc.LIF(9, retain=0.9, threshold=0.5) for name in ("a", "b", "c")
    }
    pre, post = (x.ravel() for x in np.meshgrid(np.arange(4), np.arange(9), indexing="ij"))
    more, on = (x.ravel() for x in np.meshgrid(np.arange(9), np.arange(9), indexing="ij"))
    projections = [
        dc.Projection("in", name, pre, post, np.ones(36), np.zeros(36, int)) for name in ("a", "b")
    ]
    projections += [
        dc.Projection(name, "c", more, on, np.full(81, 0.1), np.zeros(81, int)) for name in ("a", "b")
    ]
    spikes = np.random.default_rng(0).random((2, 20, 4)) < 0.3
    work, times, order = laid_out(dc.Graph(1e-3, populations, projections), spikes)
    a, b, c = (w.layer.place for w in work)
    assert not order.begins[a].any() and not order.begins[b].any()
    assert order.begins[c] == pytest.approx(np.maximum(times[a].total, times[b].total))
    assert order.step == pytest.approx(order.begins[c] + times[c].total)
    _, _, shared = laid_out(dc.Graph(1e-3, populations, projections), spikes, cores=1)
    assert (shared.step > order.step).all(), "on one core, branches take turns as well"


@pytest.mark.parametrize("options", [{}, {"cores": 1}, {"cores": 6}])
def test_on_any_network_no_layer_begins_before_those_whose_events_it_needs_and_the_parts_add_up(options):
    for seed in range(8):
        made = live_network(seed, samples=2, largest_delay=6)
        work, times, order = laid_out(made.graph, made.spikes, **options)
        ends = {place: order.begins[place] + times[place].total for place in times}
        assert order.step == pytest.approx(np.max([*ends.values()], axis=0))
        for w in work:
            for v in work:
                if w.layer.entry.get(v.layer.slice.population) == 0:
                    assert (order.begins[w.layer.place] >= ends[v.layer.place] - 1e-15).all()
                if v is not w and v.layer.slice.core == w.layer.slice.core:
                    apart = (order.begins[w.layer.place] >= ends[v.layer.place] - 1e-15) | (
                        order.begins[v.layer.place] >= ends[w.layer.place] - 1e-15
                    )
                    assert apart.all()


def test_the_trace_is_laid_out_as_the_schedule_says():
    made = live_network(3, samples=1, largest_delay=6)
    program = dc.map(made.graph, target="seneca")
    cost = dc.simulate(program, made.spikes).cost
    trace = SenecaBackend().trace(program, made.spikes)
    assert max(s.start + s.duration for s in trace.spans) == pytest.approx(cost.latency.mean)
