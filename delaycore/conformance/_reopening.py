"""Opening the files of a backend in a process that has seen nothing of it, as a user's next command does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

__all__ = ["ANSWER", "PROGRAM", "SPIKES", "reopen"]

PROGRAM, SPIKES, ANSWER = "program.safetensors", "spikes.npy", "answer.json"


def reopen(folder: Path) -> None:
    """Open every model in ``folder``, and run its program on its spikes; `ANSWER` says what was in the way,
    by file, and beside it lie the spikes of each population, ``POPULATION.npy`` by number.
    """
    import delaycore

    wrong: dict[str, str] = {}
    for path in sorted(folder.glob("*.safetensors")):
        try:
            if path.name != PROGRAM:
                delaycore.load(path)
                continue
            result = delaycore.simulate(delaycore.load_program(path), np.load(folder / SPIKES))
            np.savez(folder / "fired.npz", *result.spikes.values())
        except Exception as error:  # whatever it is, the parent says it
            wrong[path.name] = f"{type(error).__name__}: {error}"
    (folder / ANSWER).write_text(json.dumps(wrong), encoding="utf-8")
