"""Training in several processes, on one machine or many, that torch's launcher started.

Each process takes its share of every batch, gradients are added over all of them, and so all take the same
step.  Nothing but tensors goes from one to another.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor, distributed

from delaycore._files import make_folder, write_atomic
from delaycore._shown import show_line
from delaycore.errors import SettingsError
from delaycore.training._divergence import TrainingError

__all__ = ["ProcessGroup", "join_process_group", "require_alone", "get_process_group"]


@dataclass(frozen=True)
class ProcessGroup:
    """The processes that train together.

    rank: number of this process, from 0.
    size: number of processes.
    """

    rank: int = 0
    size: int = 1

    __repr__ = show_line

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes files and prints."""
        return self.rank == 0

    def share(self, number: int) -> tuple[slice, float]:
        """Return which of ``number`` samples are for this process, and what fraction of them all they are.

        Where there are fewer samples than processes, some get one that is another's, too, and counts for
        nothing.
        """
        part = slice(number * self.rank // self.size, number * (self.rank + 1) // self.size)
        taken = part.stop - part.start
        return (part, taken / number) if taken else (slice(0, 1), 0.0)

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over all processes."""
        if self.size == 1:
            return
        whole = torch.cat([t.detach().reshape(-1).cpu() for t in tensors])
        self._communicate(lambda: distributed.all_reduce(whole))
        for tensor, part in zip(tensors, torch.split(whole, [t.numel() for t in tensors]), strict=True):
            tensor.detach().copy_(part.view_as(tensor))

    def broadcast(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by that of the first process."""
        if self.size > 1:
            for tensor in tensors:
                sent = tensor.detach().cpu()
                self._communicate(lambda sent=sent: distributed.broadcast(sent, 0))  # type: ignore[misc]
                tensor.detach().copy_(sent)

    @contextmanager
    def folder(self, path: Path) -> Iterator[Path]:
        """Give ``path`` on the first process, and on others a copy of it, which is removed in the end.

        So all find the same files of an interrupted run, with or without a common disk, and one of them
        writes.
        """
        files = (
            sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
            if self.first and self.size > 1
            else []
        )
        names: list[str] = json.loads(
            self._send(json.dumps([p.relative_to(path).as_posix() for p in files]).encode())
        )
        with tempfile.TemporaryDirectory(prefix="delaycore-") as other:
            for i, name in enumerate(names):
                data = self._send(files[i].read_bytes() if self.first else b"")
                if not self.first:
                    copy = Path(other) / name
                    make_folder(copy.parent)
                    write_atomic(copy, partial(_write, data))
            yield path if self.first else Path(other)

    def _send(self, data: bytes) -> bytes:
        """Return the ``data`` of the first process."""
        if self.size == 1:
            return data
        length = torch.tensor([len(data)])
        self.broadcast([length])
        content = (
            torch.frombuffer(bytearray(data), dtype=torch.uint8)
            if self.first and data
            else torch.zeros(int(length), dtype=torch.uint8)
        )
        self.broadcast([content])
        return content.numpy().tobytes()

    def _communicate(self, run: Callable[[], object]) -> None:
        try:
            run()
        except RuntimeError as error:
            place = f"process {self.rank} of {self.size}"
            remedy = "see what that one said; the same command goes on after the last finished epoch"
            raise TrainingError.at(place, "another process of this training has ended", remedy) from error


def _write(data: bytes, file: BinaryIO) -> None:
    file.write(data)


def get_process_group() -> ProcessGroup:
    """Return the processes that train with this one."""
    if not distributed.is_available() or not distributed.is_initialized():
        return ProcessGroup()
    return ProcessGroup(distributed.get_rank(), distributed.get_world_size())


@contextmanager
def join_process_group() -> Iterator[ProcessGroup]:
    """Join the processes that torch's launcher started with this one, if it did, for as long as the context
    lasts.
    """
    if _count_launched() == 1:
        yield ProcessGroup()
        return
    distributed.init_process_group("gloo")
    try:
        yield get_process_group()
    finally:
        distributed.destroy_process_group()


def require_alone(command: str) -> None:
    """Raise `SettingsError` where torch's launcher started several processes of what is done by one."""
    if _count_launched() > 1:
        raise SettingsError.at(
            command,
            f"was started in {_count_launched()} processes, and works in one",
            "train in several, then run the rest in one",
        )


def _count_launched() -> int:
    """Count the processes that torch's launcher started."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1
