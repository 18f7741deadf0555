"""What the room of reports offers, and what it loads for that."""

from __future__ import annotations

import subprocess
import sys

import pytest

import delaycore as dc
from delaycore import experiment, report, settings


@pytest.mark.parametrize("room", [report, experiment, settings], ids=lambda room: room.__name__)
def test_every_public_name_can_be_imported(room: object) -> None:
    assert all(getattr(room, name) is not None for name in room.__all__)  # type: ignore[attr-defined]
    assert sorted(room.__all__) == sorted(set(room.__all__))  # type: ignore[attr-defined]


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="draw_nothing"):
        _ = report.draw_nothing


@pytest.mark.parametrize(("room", "package"), [("report", "matplotlib"), ("settings", "torch")])
def test_importing_a_room_does_not_load_what_only_a_part_of_it_needs(room: str, package: str) -> None:
    code = f"import delaycore.{room}, sys; sys.exit({package!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_delays_at_their_bounds_are_told_by_projection():
    ends = {"in": dc.Input(2), "h": dc.LIF(2, retain=0.5, threshold=1.0), "out": dc.Integrator(1, retain=0.5)}
    joins = [
        dc.Projection("in", "h", [0, 0, 1, 1], [0, 1, 0, 1], [1.0] * 4, [0, 3, 9, 9]),
        dc.Projection("h", "h", [0, 1], [0, 1], [1.0] * 2, [1, 2]),
        dc.Projection("h", "out", [0, 1], [0, 0], [1.0] * 2, [0, 0]),
    ]
    first, loop = report.describe_delay_bounds(dc.Graph(0.01, ends, joins), longest=9)
    assert "in->h" in first and "25.0% of 4 delays are 0 steps" in first and "50.0% 9, the longest" in first
    assert "50.0% of 2 delays are 1 steps, the shortest, and 0.0% 9" in loop
