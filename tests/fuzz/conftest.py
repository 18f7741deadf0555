"""How many changes of each kind a test tries: a few ordinarily, many with ``--thorough``, and what is said of
them at the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fuzz.batches import run_here, run_watched

MANY = 30_000


@pytest.fixture
def fuzz(request: pytest.FixtureRequest, record_property) -> Callable[..., None]:
    """Try changes of a kind, and hold that each is refused, or read as it may be.

    Many are tried in processes of their own; ``few`` are tried in this one.
    """

    def try_changes(kind: str, few: int = 20) -> None:
        thorough = request.config.getoption("--thorough")
        report = run_watched(kind, range(MANY)) if thorough else run_here(kind, range(few))
        record_property(f"changes of {kind}", report.counts.total())
        for outcome, number in report.counts.items():
            record_property(f"changes of {kind}: {outcome}", number)
        assert not report.findings, f"{len(report.findings)} findings\n{report}"

    return try_changes
