"""What the room of reports offers, and what it loads for that."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
