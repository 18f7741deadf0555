"""A chip with axonal delays has one delay for each source neuron."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

import delaycore as dc
from delaycore.conformance import live_network
from delaycore.hardware import HardwareSpec, find_unsupported

SPEC = HardwareSpec(
    name="axonal",
    title="Axonal",
    populations=frozenset({"input", "lif", "current_lif", "integrator"}),
    max_delay=63,
    limits={},
    costs={},
    unsupported=frozenset({"synaptic_delays"}),
)


def find(graph: dc.Graph, spec: HardwareSpec = SPEC) -> dict[str, str]:
    found = (f for f in find_unsupported(graph, spec) if f.code == "population.synaptic_delays")
    return {f.place: f.remedy for f in found}


def join(*synapses: tuple[int, int, int], target: str = "h") -> dc.Projection:
    pre, post, delay = zip(*synapses, strict=True)
    return dc.Projection("in", target, pre, post, [1.0] * len(pre), delay)


def build(*ways: dc.Projection) -> dc.Graph:
    return dc.Graph(1e-3, {"in": dc.Input(2), "h": dc.LIF(2, 0.5, 1.0), "g": dc.LIF(2, 0.5, 1.0)}, ways)


def test_a_neuron_with_two_delays_is_refused_and_its_population_named() -> None:
    assert not find(build(join((0, 0, 3), (0, 1, 3), (1, 0, 5))))
    (place,) = find(build(join((0, 0, 3), (0, 1, 4))))
    assert place == "populations['in']"


def test_delays_count_over_all_projections_of_a_population() -> None:
    assert find(build(join((0, 0, 3)), join((0, 0, 4), target="g")))
    assert not find(build(join((0, 0, 3)), join((0, 0, 3), (1, 0, 4), target="g")))


def test_with_hops_the_delays_that_the_chip_stores_count() -> None:
    """``g`` runs a step late, since a synapse without delay takes a hop there."""
    hops = replace(SPEC, hop_delay=1)
    both = [join((0, 0, 3)), join((0, 0, 3), (1, 1, 0), target="g")]
    assert not find(build(*both)) and find(build(*both), hops)


@settings(max_examples=12)
@given(st.integers(0, 300))
def test_networks_are_drawn_so(seed: int) -> None:
    drawn = live_network(seed, synaptic_delays=False)
    assert not find(drawn.graph)
    assert max(p.largest_delay for p in drawn.graph.projections) == 12
