"""Three ways onto a chip: what is compared, what is cached, and what the page says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from delaycore.report.rows import Point, mean_interval
from delaycore.run import Recordings
from delaycore.run.compare import WAYS, compare, paired, table
from delaycore.training import Settings
from delaycore.training.checkpoint import Epoch
from delaycore.training.chip import Chip

CHIPS = (Chip("loihi", {"weight_bits": 8}), Chip("loihi", {"weight_bits": 2}), Chip("loihi", {"weight_bits": 99}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compare")


@pytest.fixture(scope="module")
def points(small_settings: Settings, small_recordings: Recordings, folder: Path) -> tuple[Point, ...]:
    return compare(small_settings, small_recordings, folder, CHIPS, (0, 1))


def test_there_is_a_point_for_every_seed_setting_and_way(points: tuple[Point, ...]) -> None:
    assert {(p.seed, p.setting, p.way) for p in points} == {(s, c.name, w) for s in (0, 1) for c in CHIPS for w in WAYS}
    assert all(p.accuracy is not None and p.energy for p in points if "99" not in p.setting)


def test_a_setting_that_a_chip_refuses_is_a_point_that_says_why(points: tuple[Point, ...]) -> None:
    refused = [p for p in points if "99" in p.setting]
    assert refused and all(p.accuracy is None and "99" in p.note for p in refused)


def test_what_was_computed_is_not_computed_again(
    points: tuple[Point, ...], small_settings: Settings, small_recordings: Recordings, folder: Path
) -> None:
    told: list[Epoch] = []
    again = compare(small_settings, small_recordings, folder, CHIPS, (0, 1), watch=lambda stage, epochs, epoch: told.append(epoch))
    assert again == points and not told


def test_the_page_has_a_line_for_every_setting_and_way(points: tuple[Point, ...]) -> None:
    page = table(points, "Three ways")
    assert sum(line.startswith("| loihi") for line in page.splitlines()) == len(CHIPS) * len(WAYS)
    assert "2 seeds" in page


def point(seed: int, way: str, accuracy: float) -> Point:
    return Point(setting="chip", way=way, seed=seed, software=0.9, accuracy=accuracy, same=None, energy=1.0, latency=1.0)


def test_gains_are_paired_over_seeds() -> None:
    made = [point(s, "rounded", a) for s, a in enumerate((0.5, 0.7, 0.6))] + [point(s, "tuned", a) for s, a in enumerate((0.6, 0.8, 0.7))]
    mean, half = paired(made, "chip", "tuned")
    assert mean == pytest.approx(0.1) and half == pytest.approx(0.0, abs=1e-9)


def test_the_interval_of_a_mean_is_students() -> None:
    mean, half = mean_interval([1.0, 2.0, 3.0])
    assert mean == pytest.approx(2.0) and half == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)
    assert np.isnan(mean_interval([1.0])[1])
