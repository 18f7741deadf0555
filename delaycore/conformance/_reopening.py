"""Opening the files of a backend in a process that has seen nothing of it, as a user's next command does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

__all__ = ["ANSWER", "FIRED", "PROGRAM", "SPIKES", "reopen"]

PROGRAM, SPIKES, FIRED, ANSWER = "program.safetensors", "spikes.npy", "fired.npz", "answer.json"


def reopen(folder: Path) -> None:
    """Open every model in ``folder``, and run its program on the spikes that lie there.

    Writes what was in the way of each file to `ANSWER`, and the spikes of the program's populations, one
    after the other, to `FIRED`.
    """
    import delaycore

    wrong: dict[str, str] = {}
    for path in sorted(folder.glob("*.safetensors")):
        try:
            if path.name != PROGRAM:
                delaycore.load(path)
                continue
            program = delaycore.load_program(path)
            fired = delaycore.simulate(program, np.load(folder / SPIKES)).spikes
            np.savez(folder / FIRED, *(fired[name] for name in program.graph.populations))
        except Exception as error:  # whatever it is, the parent says it
            wrong[path.name] = f"{type(error).__name__}: {error}"
    (folder / ANSWER).write_text(json.dumps(wrong), encoding="utf-8")
