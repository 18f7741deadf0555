"""The conformance suite under pytest, where it is asked for by name and nowhere else:

pytest -p delaycore.conformance.pytest_plugin --target mychip
"""

from __future__ import annotations

import pytest

from delaycore.conformance import _suite as suite
from delaycore.conformance._checks import CHECKS
from delaycore.conformance._subject import Subject
from delaycore.errors import DelaycoreError

__all__ = ["CheckItem"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("delaycore")
    group.addoption(
        "--target",
        metavar="NAME",
        help="hold the backend of this target against the conformance suite of delaycore",
    )
    group.addoption(
        "--conformance-thorough",
        action="store_true",
        help="many more networks; what could not be tried is a failure",
    )


class CheckItem(pytest.Item):
    """One check of one backend."""

    subject: Subject
    thorough: bool

    def runtest(self) -> None:
        """Fail with every problem that the check found."""
        outcome = suite.run_check(self.subject, self.name, self.thorough)
        if outcome.waits_for:
            pytest.skip(str(outcome))
        for what in outcome.untried:
            self.add_report_section("call", "untried", what)
        if not outcome.ok:
            pytest.fail(str(outcome), pytrace=False)

    def reportinfo(self) -> tuple[str, int | None, str]:
        """How a report names this check."""
        return "conformance", None, f"{self.subject.spec.name}: {self.name}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add one item per check; under pytest-xdist every worker adds the same."""
    target, thorough = config.getoption("--target"), config.getoption("--conformance-thorough")
    if not target:
        return
    try:
        subject = suite.make_subject(target, thorough)
    except DelaycoreError as error:
        raise pytest.UsageError(str(error)) from None
    added = [CheckItem.from_parent(session, name=name) for name in CHECKS]
    for item in added:
        item.subject, item.thorough = subject, thorough
    items += added
