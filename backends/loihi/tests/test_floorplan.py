"""The floor plan shows every core of a program, and only of this chip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend, draw_floor_plan
from delaycore_loihi.mapping import find_fullest_limit

import delaycore as dc
from delaycore.conformance import live_network

LOIHI = LoihiBackend()


@pytest.mark.parametrize("options", [{}, {"cores": 6}, {"cores": 6, "chips": 3, "cores_per_chip": 2}])
def test_a_picture_is_written(tmp_path: Path, options: dict[str, int]) -> None:
    pytest.importorskip("matplotlib")
    program = LOIHI.map(live_network(5, loops=False).graph, **options)
    draw_floor_plan(program, tmp_path / "plan.png")
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")


def test_the_limit_that_a_core_comes_nearest_to() -> None:
    graph = dc.Graph(1e-3, {"h": dc.LIF(512, retain=0.5, threshold=1.0)}, [])
    assert find_fullest_limit(LOIHI.map(graph).mapping.cores[0]) == ("compartments", 0.5)
    several = graph.with_(populations={"h": dc.LIF(6, retain=0.5, threshold=np.arange(1.0, 7.0))})
    assert find_fullest_limit(LOIHI.map(several).mapping.cores[0]) == ("threshold profiles", 6 / 8)


def test_programs_of_other_chips_are_refused(tmp_path: Path) -> None:
    program = replace(LOIHI.map(live_network(5, loops=False).graph), target="other")
    with pytest.raises(dc.DataError, match="made for target 'other'"):
        draw_floor_plan(program, tmp_path / "plan.png")
