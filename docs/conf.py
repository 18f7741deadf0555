"""How Sphinx builds the site: Markdown pages, and the reference from docstrings.  `make docs` treats warnings
as errors.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from delaycore_seneca.machine.orbit import draw_orbit

from delaycore import __version__
from delaycore.delay_memory import PruningFilter

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import _layout  # noqa: E402  # it lies beside this file

project, author, copyright = "delaycore", "the delaycore authors", "2026, the delaycore authors"  # noqa: A001
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
html_theme = "furo"
html_title = "delaycore"
html_static_path = ["_static"]
html_css_files = ["site.css"]
exclude_patterns = ["_build"]
default_role = "code"
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}  # an entry that is False would count as True
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

_BAR = re.compile(r"(``.*?``|`.*?`)|\|")
"""A bar outside of code, which would begin a substitution."""

_MODULE = re.compile(r"~?\b(?:numpy|typing)\.(?:_[\w.]+\.)?")
"""What stands before a type of numpy or typing."""

_FIELD = re.compile(r"^(?P<names>[a-z_]\w*(?:, [a-z_]\w*)*):\s+(?P<text>\S.*)$")


def _fields(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Make a list of definitions of lines such as ``weight:  what it is``; lines that go on are indented
    below them.
    """
    made: list[str] = []
    inside = False
    for line in lines:
        found = _FIELD.match(line)
        goes_on = inside and (line.startswith(" ") or not line)
        if made and made[-1] and (bool(found) != inside) and not goes_on:
            made.append("")
        if found:
            made.append(", ".join(f"``{n}``" for n in found["names"].split(", ")))
        text = found["text"] if found else line.strip() if goes_on else line
        text = _BAR.sub(lambda found: found[1] or r"\|", text)
        made.append(f"    {text}" if text and (found or goes_on) else text)
        inside = bool(found) or goes_on
    lines[:] = made


def _orbit(app: Any) -> None:
    """The picture of the orbit on the page of Seneca, drawn from the queue's machine at every build."""
    queue = PruningFilter(np.array([[1, 0, 1], [0, 1, 0]]))
    draw_orbit(
        HERE / "images" / "orbit.png",
        queue,
        [[(0, 0), (1, 0)], [(1, 0)], []],
        words=4,
        names="ab",
    )


def _draw_layout(app: Any) -> None:
    """Draw the picture of "How the code is laid out" from the imports, at every build."""
    backends = [HERE.parent / "backends" / name / f"delaycore_{name}" for name in ("loihi", "seneca")]
    _layout.draw([HERE.parent / "delaycore", *backends], HERE / "images" / "layout.png")


_READABLE = (
    (re.compile(r"ndarray\[tuple\[Any, \.\.\.\], dtype\[(\w+)\]\]"), r"NDArray[\1]"),
    (
        re.compile(
            r"_Buffer \| _SupportsArray\[.*?\| complex \| bytes \| str \| _NestedSequence\[complex "
            r"\| bytes \| str\]"
        ),
        "ArrayLike",
    ),
    (re.compile(r"Format\(family='float64'[^)]*\)"), "FLOAT64"),
)
"""What types and defaults become that Python writes out at length."""


def _signature(
    app: Any, what: str, name: str, thing: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    def short(text: str | None) -> str | None:
        if text is None:
            return None
        text = _MODULE.sub("", text)
        for pattern, replacement in _READABLE:
            text = pattern.sub(replacement, text)
        return text

    return short(signature), short(returns)


def _skipped(app: Any, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    return True if name == "model_config" else None


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("builder-inited", _orbit)
    app.connect("builder-inited", _draw_layout)
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _skipped)
    app.connect("autodoc-process-docstring", _fields)
