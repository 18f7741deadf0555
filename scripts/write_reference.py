"""Write docs/commands.md and docs/settings.md from the code: its commands, settings and options of chips.

    python -m scripts.write_reference

A test holds the pages equal to what this writes.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import typer
from pydantic import BaseModel

from delaycore._entry_words import describe_default, describe_type
from delaycore._part import Part
from delaycore.cli import app
from delaycore.pricing import WorkloadFile
from delaycore.settings import (
    BaselineSettings,
    Budget,
    ContinuousDelays,
    ConvolutionLayer,
    FramingSettings,
    LevelDelays,
    NetworkSettings,
    PruningSettings,
    QATSettings,
    RandomDelays,
    RewiringSettings,
    Settings,
    TrainingSettings,
)

ROOT = Path(__file__).parents[1]

CHIPS = {
    "loihi": "delaycore_loihi.options",
    "seneca": "delaycore_seneca.options",
    "spinnaker": "delaycore_spinnaker.options",
    "truenorth": "delaycore_truenorth.options",
}
"""The module of each chip's options."""

SECTIONS: tuple[tuple[str, type[Part]], ...] = (
    ("At the top", Settings),
    ("`[framing]`", FramingSettings),
    ("`[network]`", NetworkSettings),
    ("`[[network.convolutions]]`", ConvolutionLayer),
    ('`[network.delays]` with `mode = "levels"`', LevelDelays),
    ('`[network.delays]` with `mode = "random"`', RandomDelays),
    ('`[network.delays]` with `mode = "continuous_synapse"` or `"continuous_axon"`', ContinuousDelays),
    ("`[training]`", TrainingSettings),
    ("`[rewiring]`", RewiringSettings),
    ("`[pruning]`", PruningSettings),
    ("`[qat]`", QATSettings),
    ("`[budget]`", Budget),
    ("`[baselines]`", BaselineSettings),
)

MADE = "<!-- made by `python -m scripts.write_reference` from the code: change it there -->"


COMMANDS = """\
`delaycore COMMAND --help` says the same in a terminal, and, with `--target`, lists the options of that chip.
The [quick start](quickstart.md) has the examples in a row, each with the files of those before it."""

SETTINGS = """\
A configuration is a TOML file for `delaycore run`, `train` and `compare`, and in Python a
`delaycore.settings.Settings`; `delaycore config` shows those of the package, and [Training](training.md) says
what they do. Every entry may be left out unless it is *needed*. Values are taken as they are: text is no
number, `true` is not 1, and `3.0` is no whole number. Everything that is wrong is said at once."""

OPTIONS = """\
They are given as `--option NAME=VALUE`, in Python as keywords of `check`, `quantize`, `map` and `price`, and
in a configuration as `[budget.options]`. `delaycore options TARGET` lists those of any installed chip."""


def main() -> None:
    """Write both pages."""
    for name, text in make_pages().items():
        (ROOT / "docs" / name).write_text(text, encoding="utf-8")


def make_pages() -> dict[str, str]:
    """Make the text of each page, by the name of its file."""
    return {
        "commands.md": "\n".join(_make_commands()) + "\n",
        "settings.md": "\n".join(_make_settings()) + "\n",
    }


# Commands


def _make_commands() -> Iterator[str]:
    yield from (MADE, "# Commands", "")
    yield COMMANDS
    for command in app.registered_commands:
        callback: Any = command.callback
        name = command.name or callback.__name__
        parameters = inspect.signature(callback).parameters
        hints = get_type_hints(callback)
        arguments = [p for p in parameters.values() if isinstance(p.default, typer.models.ArgumentInfo)]
        shown = "".join(f" {p.name.upper()}" for p in arguments)
        yield from ("", f"## `delaycore {name}`", "", f"    delaycore {name}{shown} [OPTIONS]", "")
        yield from (_flow(inspect.getdoc(callback) or ""), "")
        yield from _make_table(
            ("argument or option", "value", "unless given", "meaning"),
            [_make_parameter_row(p, hints[p.name]) for p in parameters.values()],
        )
        example = re.search(r"Example: (.*)", command.epilog or "")
        yield from ("", f"    {example[1]}") if example else ()


def _make_parameter_row(parameter: inspect.Parameter, hint: Any) -> tuple[str, ...]:
    info: Any = parameter.default
    if isinstance(info, typer.models.ArgumentInfo):
        name = parameter.name.upper()
    else:
        name = ", ".join(f"`{declared}`" for declared in info.param_decls or (f"--{parameter.name}",))
    default = "" if info.default in (None, ..., "", False, []) else f"`{info.default}`"
    return name, _describe_value(hint, info), default, _flow(info.help or "")


def _describe_value(hint: Any, info: Any) -> str:
    kinds = {int: "whole number", float: "number", bool: "", str: "text", Path: "path"}
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is list:
        return f"{_describe_value(get_args(hint)[0], info)}, may be repeated"
    least = "" if info.min is None else f" from {info.min:g}"
    most = "" if info.max is None else f" to {info.max:g}"
    return f"{kinds[hint]}{least}{most}"


# Settings


def _make_settings() -> Iterator[str]:
    yield from (MADE, "# Settings", "")
    yield SETTINGS
    for title, model in SECTIONS:
        yield from ("", f"## {title}", "", _read_introduction(model), "")
        yield from _make_entry_table(model)
    yield from ("", "## Workload files", "")
    yield "What `delaycore price` reads; [Pricing without a run](pricing.md) has an example."
    for title, model in _list_workload_tables():
        yield from ("", f"### {title}", "")
        yield from _make_entry_table(model)
    yield from ("", "## Options of the chips", "")
    yield OPTIONS
    for target in CHIPS:
        yield from ("", f"### {target}", "")
        rows = [
            (f"`{o['name']}`", f"`{o['default']}`" if o["default"] else "", o["type"], o["meaning"])
            for o in _describe_options()[target]
        ]
        yield from _make_table(("option", "unless given", "value", "meaning"), rows)


def _list_workload_tables() -> Iterator[tuple[str, type[Part]]]:
    yield "At the top", WorkloadFile
    for name in ("layers", "projections"):
        (model,) = _find_models(WorkloadFile.model_fields[name].annotation)
        yield f"`[[{name}]]`", model
    (delays,) = _find_models(model.model_fields["delays"].annotation)
    yield "`delays` of layers and projections", delays


@cache
def _describe_options() -> dict[str, list[dict[str, str]]]:
    """Describe the options of every chip in a process of its own, which imports plugins from folders."""
    program = (
        "import dataclasses, importlib, json; "
        f"modules = {{t: importlib.import_module(m) for t, m in {CHIPS!r}.items()}}; "
        "described = {t: m.Options.describe() for t, m in modules.items()}; "
        "print(json.dumps({t: [dataclasses.asdict(o) for o in found] for t, found in described.items()}))"
    )
    paths = [*sys.path, *(str(ROOT / "plugins" / target) for target in CHIPS)]
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
    )
    described: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
    return described


def _make_entry_table(model: type[Part]) -> Iterator[str]:
    meanings = _read_meanings(model)
    rows = [
        (
            f"`{name}`",
            "*needed*" if f.is_required() else f"`{shown}`" if (shown := describe_default(f)) else "",
            describe_type(f),
            model.units.get(name, ""),
            meanings[name],
        )
        for name, f in model.model_fields.items()
        if name in meanings or not list(_find_models(f.annotation))
    ]
    yield from _make_table(("entry", "unless given", "value", "unit", "meaning"), rows)


def _find_models(hint: Any) -> Iterator[type[Part]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint  # type: ignore[misc]  # all tables are parts
    for part in get_args(hint):
        yield from _find_models(part)


def _read_introduction(model: type[Part]) -> str:
    return _flow((inspect.getdoc(model) or "").partition("\n\n")[0])


def _read_meanings(model: type[Part]) -> dict[str, str]:
    """The meaning of each entry as the docstrings of the class and of its bases have it."""
    found: dict[str, str] = (
        {"mode": "which of these parametrisations"} if model in (LevelDelays, RandomDelays) else {}
    )
    for kind in reversed(model.__mro__):
        names: list[str] = []
        for line in inspect.cleandoc(kind.__doc__ or "").splitlines() if issubclass(kind, Part) else ():
            entry = re.match(r"([a-z_]\w*(?:, [a-z_]\w*)*):\s+(\S.*)", line)
            if entry and all(name in model.model_fields for name in entry[1].split(", ")):
                names = entry[1].split(", ")
                found |= dict.fromkeys(names, entry[2])
            elif names and line.startswith(" "):
                found |= {name: f"{found[name]} {line.strip()}" for name in names}
            else:
                names = []
    return {name: _flow(text) for name, text in found.items()}


# Markdown


def _flow(text: str) -> str:
    """A docstring as paragraphs of Markdown, each in one line."""
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n")]
    return "\n\n".join(paragraphs).replace("``", "`")


def _make_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


if __name__ == "__main__":
    main()
