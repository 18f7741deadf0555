"""A budget is met by the deployed network, or the run says that it is not, and by how much."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import delaycore as dc
from delaycore.experiment import Recordings, check_limits, run, train_model
from delaycore.settings import Settings

CHIPS = ("loihi", "seneca")


def changed(settings: Settings, budget: dict[str, Any]) -> Settings:
    return Settings.parse(settings.model_dump() | {"targets": (), "budget": budget})


@pytest.fixture(scope="module")
def free(
    small_settings: Settings, small_recordings: Recordings, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, float]:
    """What the network takes on each chip without a budget, joules per validation sample."""
    files = train_model(small_settings, small_recordings, tmp_path_factory.mktemp("free"))
    x = small_recordings.valid.spikes
    return {
        t: dc.simulate(dc.map(dc.load(files[f"model_{t}"]), t, cores=1), x).cost.energy.mean for t in CHIPS
    }


@pytest.mark.parametrize("target", CHIPS)
def test_a_budget_of_one_core_and_less_energy_is_met(
    target: str,
    free: dict[str, float],
    small_settings: Settings,
    small_recordings: Recordings,
    tmp_path: Path,
) -> None:
    limit = 0.93 * free[target]
    budget = {
        "target": target,
        "options": {"cores": 1},
        "energy": limit,
        "epochs": 8,
        "weight": 1.0,
        "learning_rate_scale": 1.0,
    }
    settings = changed(small_settings, budget)
    files = train_model(settings, small_recordings, tmp_path)
    result = dc.simulate(
        dc.map(dc.load(files[f"model_{target}"]), target, cores=1), small_recordings.valid.spikes
    )
    assert result.cost.energy.mean <= limit and result.spikes["h1"].any()
    said = json.loads((tmp_path / "reports" / f"budget_{target}.json").read_text())["content"]
    (one,) = said["limits"]
    assert one["met"] and one["taken"] == pytest.approx(result.cost.energy.mean)


def test_a_budget_that_is_not_met_is_said_not_to_be_and_by_how_much(
    small_settings: Settings, small_recordings: Recordings, free: dict[str, float], tmp_path: Path
) -> None:
    settings = changed(
        small_settings, {"target": "loihi", "energy": 0.85 * free["loihi"], "epochs": 1, "weight": 1e-9}
    )
    outcome = run(settings, small_recordings, tmp_path)
    (line,) = [r for r in outcome.remarks if "NOT met" in r]
    (limit,) = check_limits(settings.budget, outcome.results["loihi"])  # type: ignore[arg-type]
    assert not limit.met and f"{limit.taken / limit.limit - 1:.1%} above it" in line
