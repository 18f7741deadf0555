"""What this package imports of delaycore is public: modules without an underscore that are documented for
backends, names in their __all__.
"""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import delaycore_spinnaker
import pytest

PUBLIC = {
    *(
        "delaycore",
        "delaycore.conformance",
        "delaycore.delay_memory",
        "delaycore.engine",
        "delaycore.errors",
        "delaycore.graph",
    ),
    *("delaycore.hardware", "delaycore.reference"),
    "delaycore.activity",  # what arrives at `simulate`: check_input_spikes and recorded check it
    "delaycore.reference._neurons",  # where a kind of neuron is given its meaning
}
SOURCES = sorted(Path(delaycore_spinnaker.__file__).parent.glob("*.py"))


def foreign(tree: ast.AST) -> list[str]:
    """Imports and attributes of delaycore that are not public, as text."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [
                a.name
                for a in node.names
                if a.name.partition(".")[0] == "delaycore" and a.name != "delaycore"
            ]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "delaycore":
            offered = import_module(str(node.module)).__all__ if node.module in PUBLIC else ()
            found += [f"{node.module}.{a.name}" for a in node.names if a.name not in offered]
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            found += (
                [] if isinstance(node.value, ast.Name) and node.value.id == "self" else [ast.unparse(node)]
            )
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_imports_only_what_is_public(source: Path) -> None:
    assert foreign(ast.parse(source.read_text())) == []


def test_private_and_deep_imports_are_noticed() -> None:
    for line in (
        "from delaycore._values import same",
        "import delaycore.graph._graph",
        "from delaycore import _values",
        "graph._order",
    ):
        assert foreign(ast.parse(line)), line
