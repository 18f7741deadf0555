"""What is expected of the queues is what random spikes of that rate make, and what recorded spikes made."""

from __future__ import annotations

import numpy as np
import pytest

import delaycore as dc
from delaycore.errors import SettingsError
from delaycore.pricing import save_spikes

DELAYS = np.array([0, 4, 9])


def network(steps: int | None = 40) -> dc.Graph:
    rng = np.random.default_rng(0)
    framing = None if steps is None else dc.Framing(steps=steps, step=1e-3, channels=60)
    weights = [rng.normal(0.02, 0.1, (3, 60, 40)), rng.normal(0.05, 0.2, (3, 40, 10))]
    return dc.Graph.from_arrays(weights, [DELAYS, DELAYS], threshold=0.5, framing=framing)


def test_a_rate_predicts_the_peak_and_the_mean_of_spikes_that_are_drawn_at_it():
    rng = np.random.default_rng(1)
    spikes = rng.random((30, 40, 60)) < 0.2
    result = dc.simulate(dc.map(network(), target="seneca", activity={"in": 0.2, "h1": 0.5}), spikes)
    peak, mean = (e for e in result.expectations if e.place == "core 0")
    assert mean.expected == pytest.approx(mean.seen, rel=0.02)
    assert peak.expected == pytest.approx(peak.seen, rel=0.08)
    assert "in 0.2" in mean.source and "expected" in str(mean)


def test_without_a_number_of_steps_the_mean_is_that_of_a_queue_that_has_filled():
    use = dc.map(network(None), target="seneca", activity=0.2).mapping.cores[0]
    assert use.expected_mean_words == round(0.2 * 60 * 19)
    assert (
        dc.map(network(None), target="seneca", activity=1.0).mapping.cores[0].expected_peak_words == 60 * 19
    )


@pytest.mark.parametrize("delays", ["queue", "software"])
@pytest.mark.parametrize("layers_per_core", [1, 2])
def test_recorded_spikes_predict_what_they_make(tmp_path, delays, layers_per_core):
    spikes = np.random.default_rng(1).random((4, 40, 60)) < 0.2
    options = {"delays": delays, "layers_per_core": layers_per_core}
    first = dc.simulate(dc.map(network(), target="seneca", **options), spikes)
    assert any(e.seen != e.expected for e in first.expectations)
    save_spikes(tmp_path / "spikes", dict(first.spikes))
    for activity in (first.spikes, tmp_path / "spikes", str(tmp_path / "spikes")):
        again = dc.simulate(dc.map(network(), target="seneca", activity=activity, **options), spikes)
        assert len(again.expectations) == 4 // layers_per_core
        assert all(round(e.seen) == e.expected and e.source == "recorded spikes" for e in again.expectations)


def test_an_activity_that_leaves_a_population_out_is_refused():
    with pytest.raises(SettingsError, match="says nothing of h1"):
        dc.map(network(), target="seneca", activity={"in": 0.2})
    with pytest.raises(SettingsError, match=r"activity'.*\['h1'\]"):
        dc.map(network(), target="seneca", activity={"in": 0.2, "h1": 3})


def test_a_program_keeps_recorded_spikes_as_their_mean_rates(tmp_path):
    spikes = np.random.default_rng(1).random((4, 40, 60)) < 0.2
    recorded = dc.simulate(dc.map(network(), target="seneca"), spikes).spikes
    program = dc.map(network(), target="seneca", activity=recorded)
    program.save(tmp_path / "program")
    again = dc.load_program(tmp_path / "program")
    assert again.options.activity == {name: pytest.approx(array.mean()) for name, array in recorded.items()}
    assert again.mapping == program.mapping and again.mapping.activity == "recorded spikes"
