"""A program survives its file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from delaycore.conformance._checks.differences import differences
from delaycore.conformance._subject import Subject
from delaycore.hardware import Program

__all__ = ["programs"]


def programs(subject: Subject) -> Iterator[str]:
    """Saved and loaded, a program has the same bytes, says the same, runs the same and costs the same; it
    runs from its image.
    """
    for seed in range(subject.few):
        case = subject.case(seed)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "program.safetensors"
            case.program.save(path)
            loaded = Program.load(path, lambda _: (subject.backend.options, subject.backend.mapping))
        if loaded.image.keys() != case.program.image.keys() or any(
            a.dtype != loaded.image[k].dtype or not np.array_equal(a, loaded.image[k])
            for k, a in case.program.image.items()
        ):
            yield f"network {seed}: the loaded image is another"
        if loaded.describe() != case.program.describe():
            yield f"network {seed}: the loaded program describes itself otherwise"
        ran, truth = (subject.backend.simulate(p, case.spikes, states=True) for p in (loaded, case.program))
        yield from differences(ran.activity, truth.activity, f"network {seed}, loaded")
        if ran.cost.to_dict() != truth.cost.to_dict():
            yield f"network {seed}: the loaded program costs something else"
    case = subject.case(0)
    if case.program.target != subject.spec.name:
        yield f"the program's target is {case.program.target!r}, not {subject.spec.name!r}"
    if not case.program.image:
        yield "the program has no image: nothing would be written to the chip"
