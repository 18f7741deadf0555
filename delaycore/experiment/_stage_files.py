"""The files of a trained stage in a run's folder: its graph, and a record that belongs to this graph alone.

A file of another run, of another stage or of another hand is refused, and never deployed under this one's
name.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from delaycore._files import digest_file, write_atomic
from delaycore.errors import FileError
from delaycore.experiment._documents import load_value, save_value
from delaycore.experiment._stage import Accuracies, Stage, TrainedNetwork
from delaycore.graph import load
from delaycore.hardware import Losses

__all__ = ["load_trained", "save_trained", "take_stages"]


@dataclass(frozen=True)
class _Record:
    """What a stage leaves beside its graph.

    identity: of the stage in its run; see `Trainer.identify`.
    graph:    SHA-256 of the graph's file.
    """

    identity: str
    graph: str
    losses: Losses
    accuracies: Accuracies | None


def save_trained(out: Path, identity: str, trained: TrainedNetwork) -> None:
    """Write the graph of a stage into the run's folder ``out``, and then its record."""
    graph, record = _paths(out, trained.stage)
    with suppress(OSError):  # where it cannot be removed, nothing can be written either
        record.unlink(missing_ok=True)  # an old one would not know the new graph, if this ended in between
    trained.graph.save(graph)
    save_value(record, "stage", _Record(identity, digest_file(graph), trained.losses, trained.accuracies))


def load_trained(out: Path, identity: str, stage: Stage) -> TrainedNetwork | None:
    """Read what `save_trained` wrote; None if one of the files is not there.

    Raises `FileError` for files that were changed, or that belong to another stage or run.
    """
    graph, record = _paths(out, stage)
    if not (graph.exists() and record.exists()):
        return None
    remedy = f"remove {graph.name} and {record.name} to make this stage again, or give another --out"
    known = load_value(record, "stage", _Record, remedy)
    if known.identity != identity:
        raise FileError.at(
            record, "belongs to another stage, or to a run with other settings or data", remedy
        )
    if digest_file(graph) != known.graph:
        message = f"is not the graph that this stage wrote: {record.name} has another digest of it"
        raise FileError.at(graph, message, remedy)
    return TrainedNetwork(stage, load(graph), known.losses, known.accuracies)


def _paths(out: Path, stage: Stage) -> tuple[Path, Path]:
    folder = out / "graphs"
    return folder / f"{stage.name}.safetensors", folder / f"{stage.name}.json"


def take_stages(run: Path, out: Path, names: Sequence[str]) -> None:
    """Copy the files of the stages with these names, and of the rounds of those, from the folder of one run
    into that of another, unless it has them.  `load_trained` refuses what does not belong there.
    """
    for path in sorted((run / "graphs").glob("*")):
        own = out / "graphs" / path.name
        if path.stem.partition("_round")[0] in names and not own.exists():
            data = path.read_bytes()
            write_atomic(own, partial(_write, data))


def _write(data: bytes, file: BinaryIO) -> None:
    file.write(data)
