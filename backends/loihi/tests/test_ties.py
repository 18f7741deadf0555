"""The chip fires strictly above its thresholds, and a network that fires at them keeps its spikes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from delaycore_loihi import ARITHMETIC, LoihiBackend
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import delaycore as dc
from delaycore import engine

LOIHI = LoihiBackend()


def integers(seed: int, retain: float, threshold: int = 12, fan_in: int = 20, unit: float = 1.0) -> dc.Graph:
    """Two populations with whole weights and thresholds, in multiples of ``unit``."""
    rng = np.random.default_rng(seed)

    def project(source: str, sources: int, target: str) -> dc.Projection:
        pre, post = rng.integers(0, sources, 20 * fan_in), np.repeat(np.arange(20), fan_in)
        weight = unit * rng.integers(-(threshold // 3), 2 * threshold // 3 + 1, len(pre))
        return dc.Projection(source, target, pre, post, weight, rng.integers(1, 9, len(pre)))

    h, o = (dc.LIF(20, retain=retain, threshold=unit * threshold, refractory=r) for r in (0, 1))
    return dc.Graph(
        1e-3, {"in": dc.Input(40), "h": h, "o": o}, [project("in", 40, "h"), project("h", 20, "o")]
    )


def run(graph: dc.Graph, seed: int) -> NDArray[np.bool_]:
    spikes = np.random.default_rng(seed).random((4, 50, 40)) < 0.05
    made = engine.simulate(graph, spikes, threads=1).spikes
    return np.concatenate([made["h"], made["o"]], axis=2)


def lose_ties(graph: dc.Graph) -> dc.Graph:
    """A quantized graph with the thresholds that rounding alone gives."""
    raised: dict[str, Any] = {
        name: replace(p, threshold=p.threshold + 64) if isinstance(p, dc.LIF) else p
        for name, p in graph.populations.items()
    }
    return graph.with_(populations=raised)


@given(
    st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 30), st.sampled_from([1.0, 2.0**-7, 2.0**5])
)
def test_without_a_leak_every_spike_of_a_network_of_whole_numbers_stays(
    seed: int, threshold: int, fan_in: int, unit: float
) -> None:
    graph = integers(seed, 1.0, threshold, fan_in, unit)
    exact, losses = LOIHI.quantize(graph)
    assert np.array_equal(run(graph, seed), run(exact, seed))
    assert {(loss.what, loss.change) for loss in losses} == {("threshold", "rounded")}


@pytest.mark.parametrize("retain", [0.5, 0.875, 0.9375, 4000 / 4096])
def test_with_a_leak_few_spikes_differ_where_ties_alone_would_cost_a_tenth(retain: float) -> None:
    spikes = kept = lost = 0
    for seed in range(8):
        graph = integers(seed, retain)
        exact, _ = LOIHI.quantize(graph)
        truth = run(graph, seed)
        spikes += int(truth.sum())
        kept += int((truth != run(exact, seed)).sum())
        lost += int((truth != run(lose_ties(exact), seed)).sum())
    assert lost > 0.08 * spikes  # such networks do have ties
    assert kept < 0.02 * spikes


@pytest.mark.parametrize("retain", [0.5, 0.875])
def test_the_chip_s_own_numbers_are_taken_where_they_fire_at_the_threshold(retain: float) -> None:
    """As SLAYER's neuron does: weights and thresholds are multiples of 64, decays are 4096ths."""
    own = replace(ARITHMETIC, name="slayer", fires=">=")
    spikes = differ = lost = 0
    for seed in range(8):
        graph = integers(seed, retain, unit=128.0).with_(arithmetic=own)
        exact, losses = LOIHI.quantize(graph)
        report = LOIHI.check(graph)
        assert report.ok and exact.arithmetic == ARITHMETIC and "decay.scale" in report.codes()
        assert {loss.what for loss in losses} == {"threshold"}
        truth = run(graph, seed)
        spikes += int(truth.sum())
        differ += int((truth != run(exact, seed)).sum())
        lost += int((truth != run(lose_ties(exact), seed)).sum())
    assert lost > 0.1 * spikes and differ < 0.02 * spikes


def test_check_says_how_many_thresholds_moved_and_by_how_much_the_losses_say() -> None:
    graph = integers(0, 0.5)
    note, rounding = LOIHI.check(graph).findings
    assert rounding.code == "arithmetic.rounding" and "what decay leaves of a state to" in rounding.message
    assert "sums" not in rounding.message and "potentials" not in rounding.message  # those of whole numbers
    assert (note.code, note.severity) == ("threshold.strict", "note")
    assert "40 of 40 thresholds are one step lower" in note.message
    assert "one between the two, where the chip has any, now fires as well" in note.message
    scale = LOIHI.quantization_scheme(graph).scale
    _, losses = LOIHI.quantize(graph)
    assert {loss.place: (loss.count, loss.largest) for loss in losses} == {
        f"populations[{name!r}].threshold": (20, 64 / scale[name]) for name in ("h", "o")
    }
    assert all("between the two, where the chip has any, now fires as well" in loss.detail for loss in losses)


def test_ties_of_neurons_with_a_leak_whose_scale_is_too_coarse_are_a_loss_with_their_number() -> None:
    n = 4000
    wide = dc.Projection("in", "h", np.arange(n), np.zeros(n, int), np.full(n, 100.0), np.ones(n, int))
    graph = dc.Graph(1e-3, {"in": dc.Input(n), "h": dc.LIF(1, retain=0.5, threshold=300.0)}, [wide])
    exact, losses = LOIHI.quantize(graph)
    assert [(e.what, e.change, e.count, e.of) for e in losses] == [("tie", "dropped", 1, 1)]
    scale = LOIHI.quantization_scheme(graph).scale["h"]
    assert exact.populations["h"].threshold == 300.0 * scale  # type: ignore[attr-defined]  # a LIF has one
    found = {f.code: f for f in LOIHI.check(graph).findings}
    assert found["threshold.ties"].severity == "warning" and found["threshold.ties"].needed == 1
    assert "0 of 1 thresholds" in found["threshold.strict"].message
