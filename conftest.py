"""What all tests share: the option for long property runs, and the examples in README and docs run as
tests.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from tests.without_torch import WithoutTorch

settings.register_profile("ordinary", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=2000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="also run the long property tests")
    parser.addoption("--without-torch", action="store_true", help="skip what fails for want of torch")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("thorough" if config.getoption("--thorough") else "ordinary")
    if config.getoption("--without-torch"):
        config.pluginmanager.register(WithoutTorch())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--thorough"):
        return
    long = [item for item in items if item.get_closest_marker("thorough")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


_COUNTED = ("networks ", "combinations ", "changes of ")
"""Beginnings of the properties that are added up over all tests."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many networks the property tests have tried, and what became of changed inputs."""
    tried: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            tried.update({name: n for name, n in report.user_properties if name.startswith(_COUNTED)})
    lines: dict[str, list[str]] = {}
    for name, number in sorted(tried.items()):
        subject, _, part = name.partition(": ")
        lines.setdefault(subject, []).append(f"{number:,} {part}".rstrip())
    for subject, numbers in lines.items():
        terminalreporter.write_line(f"{subject}: {', '.join(numbers)}")


def _elsewhere(namespace: dict[str, Any]) -> None:
    """Examples write their files into a folder of their own."""
    namespace["_folder"], namespace["_home"] = tempfile.TemporaryDirectory(), Path.cwd()
    os.chdir(namespace["_folder"].name)


def _back(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["_home"])
    namespace["_folder"].cleanup()


_PAGES_OF_PLUGINS = {"spinnaker.md": "delaycore_spinnaker", "truenorth.md": "delaycore_truenorth"}
"""Their examples run where the plugin is installed; `make test` does that in a run of its own."""

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/**/*.md", "docs/*.md"],
    excludes=[f"docs/{page}" for page, module in _PAGES_OF_PLUGINS.items() if find_spec(module) is None],
    setup=_elsewhere,
    teardown=_back,
).pytest()
