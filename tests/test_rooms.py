"""What is public can be imported and says what it is, and what others build on is public."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

import delaycore

HERE = Path(__file__).resolve().parents[1]
ROOMS = sorted(
    f"delaycore.{module.name}"
    for module in pkgutil.iter_modules(delaycore.__path__)
    if not module.name.startswith("_")
)
BUILT_ON_IT = ("backends", "plugins", "docs", "README.md")


@pytest.mark.parametrize("room", ["delaycore", *ROOMS])
def test_every_public_name_is_there_and_documented(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__doc__
    names = getattr(module, "__all__", [])
    assert len(set(names)) == len(names)
    for name in names:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isroutine(value):
            assert inspect.getdoc(value), f"{room}.{name} has no docstring"


@pytest.mark.parametrize("room", ROOMS)
def test_a_module_beside_the_public_names_of_its_room_is_private(room: str) -> None:
    module = importlib.import_module(room)
    inside = [m.name for m in pkgutil.iter_modules(getattr(module, "__path__", []))]
    assert {name for name in inside if not name.startswith("_")} <= PUBLIC_MODULES.get(room, set())


PUBLIC_MODULES = {"delaycore.conformance": {"pytest_plugin"}, "delaycore.nn": {"functional"}}
"""Modules that are public by themselves: a plugin that pytest loads by name, and functions beside layers."""


def _imports(path: Path) -> Iterator[str]:
    """The modules and names that a Python file or the examples of a page import."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        text = "\n".join(dedent(part.split("```")[0]) for part in text.split("```python\n")[1:])
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("place", BUILT_ON_IT)
def test_what_is_built_on_the_core_uses_its_public_names(place: str) -> None:
    root = HERE / place
    files = [root] if root.is_file() else [*root.rglob("*.py"), *root.rglob("*.md")]
    assert not {
        f"{file.relative_to(HERE)}: {name}"
        for file in files
        if "tests" not in file.parts
        for name in _imports(file)
        if name.startswith("delaycore.") and any(re.match("_(?!_)", part) for part in name.split("."))
    }
