"""Command lines, drawn from what each command takes: its options, their types, and files of every kind, whole
and changed.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import shutil
import sys
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, get_args, get_origin, get_type_hints
from unittest.mock import patch

import numpy as np
import typer
from typer.models import ArgumentInfo

import delaycore as dc
from delaycore import conformance, datasets, experiment, registry, report
from delaycore.cli import app, main
from delaycore.datasets import write_events
from delaycore.graph import Framing
from delaycore.pricing import save_spikes
from tests.fuzz.files import OPEN
from tests.fuzz.hdf5_files import draw_events
from tests.fuzz.judging import ANYTHING, Kind, Refused, Trial
from tests.fuzz.mutated_bytes import Rng, mutate_bytes, pick
from tests.fuzz.mutated_tensors import reseal_tensors
from tests.fuzz.mutated_text import mutate_toml
from tests.fuzz.text_files import WORKLOADS

__all__ = ["make_command_lines"]

_TEXTS = (
    *("", " ", "x", "0", "-1", "--", "-", "-x", "--json", "é" * 60, "\udcff", "a\nb", "%s", "{x}", "[/red]"),
    *("\x1b[2J", "x" * 5_000, "^([^_]+)_", "(", "(?P<speaker>.)", "a=b", "=", "a=", "cores=1", "cores=["),
    *("cores=99999999999999999999", "loihi", "seneca", "nochip", "weight_bits=4", "loihi:weight_bits=4,3"),
    *("loihi:stride=2", ":", "demo", "speech", "ptq", "qat", "SHD", "None", "nan", "inf", "1e309", "true"),
    "placement=" + "[" * 3_000,
)

_WHOLE = (
    *("0", "1", "2", "3", "-1", "7", "64", "100000", "2147483648", "9223372036854775808", "1" * 30),
    *("0x3", "1.0", ""),
)

_REAL = ("0", "0.1", "0.5", "1", "-1", "nan", "inf", "-inf", "1e-320", "1e308", "1e309", "-0.0", "0,5", "")

_COSTLY = {"conformance": 0.3, "doctor": 0.3, "targets": 0.3, "run": 0.5, "train": 0.5, "compare": 0.5}
"""Commands that are drawn less often than the others."""


def _stop(*_: Any, **__: Any) -> NoReturn:
    """End a command that has come to the work itself, which takes too long here."""
    raise typer.Exit


_WORK: tuple[tuple[Any, tuple[str, ...], Callable[..., Any]], ...] = (
    (experiment, ("run", "run_folds", "train_model", "compare", "choose_targets"), _stop),
    (conformance, ("run_checks",), lambda *_: iter(())),
    (datasets, ("load_tonic",), _stop),
    (registry, ("find_damaged",), list),
    (report, ("draw_delay_memories", "draw_queue_levels", "draw_methods"), lambda *_: None),
)
"""What takes long, or asks the net: it begins, and is taken for done."""


def _list_replaced() -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    for module, names, instead in _WORK:
        yield from ((module, name, instead) for name in names)
    built = typer.main.get_command(app)  # which takes longer than most commands
    yield typer.main, "get_command", lambda _: built
    for module in [m for n, m in sys.modules.items() if n.startswith("delaycore.cli.")]:
        if hasattr(module, "verify_all"):
            yield module, "verify_all", lambda *_: {}
        if hasattr(module, "find_usable"):
            yield module, "find_usable", lambda *_: tuple(dc.targets())


class _Folder:
    """Files that command lines name, which are as they were before each of them, and a folder to write in."""

    def __init__(self, folder: Path) -> None:
        self.files, self.work = folder / "files", folder / "work"
        self.files.mkdir()
        _write_files(self.files)
        self._whole = {path: path.read_bytes() for path in sorted(self.files.rglob("*")) if path.is_file()}
        self._seen = self._look()

    def _look(self) -> list[tuple[str, int, int]]:
        found = [path for path in self.files.rglob("*") if path.is_file()]
        return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in found)

    def restore(self, rng: Rng) -> None:
        """Make everything as it was, and change some of the files."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        if self._look() != self._seen:
            shutil.rmtree(self.files)
            for path, data in self._whole.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            self._seen = self._look()
        os.chdir(self.work)
        for name, mutate in _CHANGED.items():
            source = pick(rng, [path for path in self._whole if path.match(name)])
            assert isinstance(source, Path)
            (self.work / f"changed{source.suffix}").write_bytes(mutate(rng, self._whole[source]))

    def list_paths(self) -> list[str]:
        """Return paths of files, of folders, of what is not there and of what is neither."""
        files = [os.path.relpath(path, self.work) for path in self._whole]
        changed = [f"changed{suffix}" for suffix in (".safetensors", ".h5", ".toml", ".wav")]
        others = [
            "../files",
            "../files/sounds",
            "../files/data",
            ".",
            "none",
            "none/none",
            "/dev/null",
            "/dev/full",
        ]
        return [*files, *files, *changed, *changed, *others, "new.h5", "new", "é \n", ""]


_CHANGED: dict[str, Callable[[Rng, bytes], bytes]] = {
    "*.safetensors": reseal_tensors,
    "*.h5": mutate_bytes,
    "*.toml": mutate_toml,
    "*.wav": mutate_bytes,
}


def _write_files(folder: Path) -> None:
    """Write a file of each kind that some command reads."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(0.3, 0.3, (4, 3)), rng.normal(0.3, 0.3, (3, 2))]
    graph = dc.Graph.from_arrays(weights, [1, 2], framing=Framing(steps=8, step=0.1, channels=4))
    graph = graph.with_classes(("yes", "no"))
    graph.save(folder / "model.safetensors")
    for target in dc.targets():
        if dc.check(graph, target).ok:
            dc.map(graph, target).save(folder / f"program_{target}.safetensors")
    spikes = {"in": rng.random((2, 16, 4)) < 0.3, "h1": rng.random((2, 16, 3)) < 0.3}
    save_spikes(folder / "spikes.safetensors", spikes)
    events = _make_events()
    for name in ("words.h5", "data/words_train.h5", "data/words_valid.h5", "data/words_test.h5"):
        (folder / name).parent.mkdir(exist_ok=True)
        write_events(folder / name, events)
    for i, text in enumerate(WORKLOADS):
        (folder / f"workload{i}.toml").write_bytes(text)
    (folder / "settings.toml").write_bytes(b"[framing]\nsteps = 8\nstep = 0.1\n")
    for word in ("yes", "no"):
        for speaker in ("anna", "ben", "carl"):
            path = folder / "sounds" / word / f"{speaker}_1.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8_000)
                file.writeframes((rng.normal(0, 3_000, 100)).astype("<i2").tobytes())


def _make_events() -> Any:
    seed = next(seed for seed in range(100) if draw_events(seed, samples=6).channel_count == 4)
    return draw_events(seed, samples=6)


@dataclass(frozen=True)
class _Parameter:
    """A parameter of a command.

    words: that name it; none for one that stands where it belongs.
    kind:  Path, int, float, str or bool.
    """

    name: str
    words: tuple[str, ...]
    kind: type
    several: bool
    required: bool


def _list_commands() -> dict[str, list[_Parameter]]:
    """List the commands with their parameters, as their functions declare them."""
    return {
        info.name or info.callback.__name__.replace("_", "-"): list(_list_parameters(info.callback))
        for info in app.registered_commands
        if info.callback is not None
    }


def _list_parameters(function: Callable[..., Any]) -> Iterator[_Parameter]:
    hints = get_type_hints(function)
    for name, declared in inspect.signature(function).parameters.items():
        hint, info = hints[name], declared.default
        kinds = [kind for kind in get_args(hint) or (hint,) if kind is not type(None)]
        words = () if isinstance(info, ArgumentInfo) else info.param_decls or (f"--{name.replace('_', '-')}",)
        yield _Parameter(name, tuple(words), kinds[0], get_origin(hint) is list, info.default is ...)


def make_command_lines(name: str, folder: Path) -> Kind:
    """Make the kind of command lines."""
    commands = _list_commands()
    weights = np.array([_COSTLY.get(command, 1.0) for command in commands])
    given, replaced = _Folder(folder), list(_list_replaced())

    def draw(rng: Rng) -> Trial:
        given.restore(rng)
        command = list(commands)[int(rng.choice(len(commands), p=weights / weights.sum()))]
        words = [command, *_draw_words(rng, commands[command], given.list_paths())]
        if rng.random() < 0.02:
            words[0] = str(pick(rng, _TEXTS))
        return Trial(partial(_call, replaced, words), ANYTHING)

    return Kind(name, draw, OPEN)


def _draw_words(rng: Rng, parameters: list[_Parameter], paths: list[str]) -> list[str]:
    groups: list[list[str]] = []
    for parameter in parameters:
        wanted = 0.97 if parameter.required or not parameter.words else 0.2
        for _ in range(int(rng.integers(1, 3)) if parameter.several else 1):
            if rng.random() < wanted:
                groups.append(_draw_parameter(rng, parameter, paths))
    if rng.random() < 0.03:
        groups.append([str(pick(rng, _TEXTS))])
    if rng.random() < 0.01:
        groups.append(["--help"])
    return [word for i in rng.permutation(len(groups)) for word in groups[i]]


def _draw_parameter(rng: Rng, parameter: _Parameter, paths: list[str]) -> list[str]:
    value = _draw_value(rng, parameter, paths)
    if not parameter.words:
        return [value]
    name = str(pick(rng, parameter.words))
    if parameter.kind is bool:
        return [name]
    return [f"{name}={value}"] if name.startswith("--") and rng.random() < 0.3 else [name, value]


def _draw_value(rng: Rng, parameter: _Parameter, paths: list[str]) -> str:
    if rng.random() < 0.06:
        return str(pick(rng, _TEXTS))
    if parameter.kind in (int, float):
        return str(pick(rng, _WHOLE if parameter.kind is int else _REAL))
    if parameter.kind is Path or parameter.name == "config":
        return str(pick(rng, paths))
    if parameter.name == "target":
        return str(pick(rng, [*dc.targets(), *dc.targets(), "loihi", "nochip"]))
    return _draw_chip_option(rng) if parameter.name == "option" else str(pick(rng, _TEXTS))


def _draw_chip_option(rng: Rng) -> str:
    target = str(pick(rng, list(dc.targets())))
    options = [option.name for option in dc.load_backend(target).options.describe()]
    values = (*_WHOLE, *_REAL, "[]", "[[0, 1]]", "{}", '"x"', "nahuku", "true", "false", "1979-05-27", "'")
    return f"{pick(rng, options or ['cores'])}={pick(rng, values)}"


def _call(replaced: list[Any], words: list[str]) -> str:
    """Run a command line; return what it says, or raise `Refused` if its code says no."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", e) for e in ("strict", "backslashreplace"))
    with contextlib.ExitStack() as stack:
        for module, name, instead in replaced:
            stack.enter_context(patch.object(module, name, instead))
        stack.enter_context(patch.object(sys, "argv", ["delaycore", *words]))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(errors))
        try:
            main()
            code: Any = 0
        except SystemExit as end:
            code = end.code
        out.flush()
        errors.flush()
    said = b"".join(stream.buffer.getvalue() for stream in (out, errors)).decode()
    if code not in (0, None, 1, 2) or "Traceback" in said:
        raise AssertionError(f"{words}: exit code {code!r}: {said[-3_000:]}")
    if code in (1, 2):
        raise Refused(said)
    return said
