"""Networks made to fit: the weakest synapses or axons go, no more than needed, and what went is counted."""

from __future__ import annotations

import numpy as np
import pytest

import delaycore as dc
from delaycore.deploy import Chip
from delaycore.hardware import Finding, FitReport
from delaycore.settings import ConvolutionLayer, LevelDelays, NetworkSettings
from delaycore.training import build, from_graph
from delaycore.training.chips.fitting_in import fitted_in


def network(pairs: int, levels: int, seed: int = 0, hidden: int = 40) -> dc.Graph:
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, 0.3, (pairs, hidden)), rng.normal(0, 0.3, (levels, hidden, 4))]
    return dc.Graph.from_arrays(weights, [0, np.arange(levels)], retain=0.9, threshold=1.0)


class Room(Chip):
    """A chip with room for a number of synapses, and for nothing else to object to but neurons."""

    def check(self, graph: dc.Graph) -> FitReport:
        asked = [("synapses", graph.synapses), ("neurons", sum(p.size for p in graph.populations.values()))]
        over = [(code, n) for code, n in asked if n > self.options.get(code, n)]
        return FitReport(
            target="room",
            findings=tuple(
                Finding(code=code, place="core 0", message=f"{n}", remedy="prune") for code, n in over
            ),
        )


@pytest.mark.parametrize("room", [0, 1, 100, 700])
def test_exactly_as_many_synapses_go_as_have_no_room_and_they_are_the_weakest(room: int) -> None:
    graph = network(10, 3)
    left, losses = fitted_in(graph, Room("room", {"synapses": room}))
    assert left.synapses == min(room, graph.synapses)
    before, after = (
        np.sort(np.abs(np.concatenate([p.weight for p in g.projections]))) for g in (graph, left)
    )
    assert (after == before[len(before) - len(after) :]).all()
    assert sum(loss.count for loss in losses) == graph.synapses - left.synapses
    assert max(loss.largest for loss in losses) == before[len(before) - len(after) - 1]


def test_axons_go_as_a_whole() -> None:
    graph = network(10, 3)
    left, losses = fitted_in(graph, Room("room", {"synapses": 400}), "axons")
    assert left.synapses <= 400 < left.synapses + 40
    for before, after in zip(graph.projections, left.projections, strict=True):
        axons = np.stack([after.pre, after.delay])
        size = len(before) // len(np.unique(np.stack([before.pre, before.delay]), axis=1).T)
        assert (np.unique(axons, axis=1, return_counts=True)[1] == size).all()
    assert all("axons" in loss.detail for loss in losses)


@pytest.mark.parametrize("prune", ["synapses", "axons"])
def test_copies_of_a_shared_weight_go_together_so_that_a_convolution_stays_one(prune: str) -> None:
    shape = NetworkSettings(
        convolutions=(ConvolutionLayer(maps=2, kernel=3, padding=1),),
        hidden=(4,),
        delays=LevelDelays(levels=5, stride=2),
    )
    made = build(shape, (5, 5, 2), 3, 0.01, 1)
    graph = made.to_graph(dc.Framing(steps=20, step=0.01, channels=50, sensor=(5, 5, 2)))
    room = graph.synapses * 2 // 5
    left, _ = fitted_in(graph, Room("room", {"synapses": room}), prune, made.wirings)
    largest = (
        25 if prune == "synapses" else 2 * 13 * 13
    )  # copies of one weight; synapses of one axon of all neurons of a map
    assert left.synapses <= room < left.synapses + largest
    again = from_graph(left, shape)  # which it refuses where copies differ
    assert again.synapses == left.synapses and len(left.projections[0]) < len(graph.projections[0])


def test_the_weakest_axons_are_those_with_the_smallest_mean_weight_however_few_their_targets() -> None:
    weights = [np.full((4, 30), 0.1), np.full((30, 2), 0.2)]
    left, _ = fitted_in(dc.Graph.from_arrays(weights, [0, 0]), Room("room", {"synapses": 80}), "axons")
    assert [len(p) for p in left.projections] == [0, 60]


def test_what_fits_stays_as_it_is() -> None:
    graph = network(10, 3)
    assert fitted_in(graph, Room("room", {"synapses": 10_000})) == (graph, dc.Losses())


def test_what_no_pruning_heals_is_said() -> None:
    with pytest.raises(dc.DoesNotFit, match="neurons"):
        fitted_in(network(10, 3), Room("room", {"synapses": 10, "neurons": 5}))


@pytest.mark.parametrize("prune", ["synapses", "axons"])
@pytest.mark.parametrize(("target", "inputs", "levels"), [("loihi", 1500, 60), ("seneca", 2500, 12)])
def test_a_network_that_is_too_large_for_one_core_of_a_chip_is_made_to_fit_it(
    target: str, inputs: int, levels: int, prune: str
) -> None:
    chip, graph = Chip(target, {"cores": 1}), network(inputs, levels, hidden=60)
    assert not chip.check(graph).ok
    left, losses = fitted_in(graph, chip, prune)
    program = dc.map(left, chip.target, **chip.options)
    assert len(program.placement.cores) == 1
    assert graph.synapses - left.synapses == sum(loss.count for loss in losses) > 0
    assert left.synapses > 0.1 * graph.synapses
