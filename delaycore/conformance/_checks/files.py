"""What one process writes, another opens."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from delaycore._installing import suggest_folder
from delaycore.conformance._checks.untried import Skipped
from delaycore.conformance._reopening import ANSWER, FIRED, PROGRAM, SPIKES
from delaycore.conformance._subject import Subject
from delaycore.graph import Projection
from delaycore.registry import load_backend, targets

__all__ = ["files"]

TIMEOUT = 300.0
"""Seconds in which a process opens a few small files; compiling takes most of them."""

_CODE = (
    "import sys; sys.path[:0] = {path!r}\n"
    "from pathlib import Path; from delaycore.conformance._reopening import reopen\n"
    "reopen(Path({folder!r}))"
)


def files(subject: Subject) -> Iterator[str]:
    """Models of each kind, a quantized model and a program open in a process that knows the backend by its
    entry point alone, and the program fires as it did.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not _install(subject, folder):
            yield Skipped(
                f"the backend of {subject.spec.name!r} is not installed, so no other process finds it; "
                f"in its folder: {suggest_folder(Path())}"
            )
            return
        case = subject.case(0)
        for kind in subject.kinds:
            way = Projection("in", "h", [0], [0], [1.0], [subject.shortest])
            subject.chain(way, hidden=subject.cell(kind=kind)).save(folder / f"model of {kind}.safetensors")
        case.exact.save(folder / "quantized model.safetensors")
        case.program.save(folder / PROGRAM)
        np.save(folder / SPIKES, case.spikes)
        code = _CODE.format(path=[name, *(p for p in sys.path if p)], folder=name)
        try:
            child = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            yield f"a process that opens what this one wrote takes more than {TIMEOUT:g} s"
            return
        if not (folder / ANSWER).exists():
            said = (child.stderr.strip().splitlines() or ["no reason given"])[-1]
            yield f"a process that opens what this one wrote ends with status {child.returncode}: {said}"
            return
        wrong = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
        for file, reason in wrong.items():
            yield f"{Path(file).stem}: cannot be opened, or run, in a process of its own: {reason}"
        if wrong:
            yield (
                "a kind of neuron is known once its class is made: let the module that the entry point names "
                "import every kind and arithmetic of your own"
            )
            return
        with np.load(folder / FIRED) as fired:
            ran = list(fired.values())
        truth = [case.truth.spikes[name] for name in case.exact.populations]
        if any(not np.array_equal(a, b) for a, b in zip(ran, truth, strict=True)):
            yield "program: in a process of its own it fires otherwise than here"


def _install(subject: Subject, folder: Path) -> bool:
    """See to it that a process with ``folder`` on its path finds the backend by the target's name.

    One that is not installed but can be imported, as in an author's tests, gets an entry point in ``folder``.
    Returns whether it can be found.
    """
    name, package = subject.spec.name, type(subject.backend).__module__.partition(".")[0]
    if name in targets():
        return type(load_backend(name)) is type(subject.backend)
    if not hasattr(sys.modules.get(package), "delaycore_backend"):
        return False
    info = folder / f"{package}-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[delaycore.backends]\n{name} = {package}\n", encoding="utf-8")
    return True
