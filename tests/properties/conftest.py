"""How many networks a property test draws: a few ordinarily, many with ``--thorough``.

A test that takes ``seeds`` says both numbers in the marker ``networks``; it runs in blocks, which several
processes share, and what it records under a name of networks is summed up at the end of the run.
"""

from __future__ import annotations

import pytest

BLOCK = 50


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seeds" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("networks")
    assert marker is not None, "say how many: @pytest.mark.networks(ordinary=60, thorough=4000)"
    number = marker.kwargs["thorough" if metafunc.config.getoption("--thorough") else "ordinary"]
    blocks = [range(first, min(first + BLOCK, number)) for first in range(0, number, BLOCK)]
    metafunc.parametrize("seeds", blocks, ids=[f"{block.start}-{block.stop - 1}" for block in blocks])


@pytest.fixture(autouse=True)
def _count_networks(request: pytest.FixtureRequest, record_property) -> None:
    if "seeds" in request.fixturenames:
        record_property("networks drawn", len(request.getfixturevalue("seeds")))
