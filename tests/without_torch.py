"""Skips tests for want of torch, where `pytest --without-torch` allows it.

It is for environments of the core alone.  Elsewhere a missing package is a failure.
"""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest

__all__ = ["WithoutTorch"]

TRAINING = "DCLS|matplotlib|sklearn|snntorch|tensorboard|tonic|torch"
"""What only training needs, and what tests compare it with."""

WANT = re.compile(rf"No module named '({TRAINING})\b|package ({TRAINING})\b[\s\S]{{0,60}}is not installed")
"""What a failure says, itself or in the output or the document of a command, for want of one of these."""


class WithoutTorch:
    """A plugin of pytest.  The hooks of a conftest would miss folders whose own conftest wants torch."""

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Skip a file, or a folder with its conftest, that cannot be imported for want of torch."""
        report = yield
        _skip_what_wants_torch(report)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Skip a test that fails for want of torch."""
        report = yield
        _skip_what_wants_torch(report)
        return report


def _skip_what_wants_torch(report: pytest.CollectReport | pytest.TestReport) -> None:
    found = WANT.search(str(report.longrepr)) if report.failed else None
    if found:
        report.outcome = "skipped"
        report.longrepr = (str(report.fspath), 0, f"Skipped: wants {found[1] or found[2]}")
