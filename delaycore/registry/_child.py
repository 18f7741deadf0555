"""The other side of `delaycore.registry._apart`: does one job in this process, and writes what came of it."""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from delaycore.errors import FileError, Problem
from delaycore.hardware import to_plain
from delaycore.registry._calls import on_calls
from delaycore.registry._failures import blame
from delaycore.registry._journal import Journal, journal
from delaycore.registry._places import describe_place
from delaycore.registry._sayings import quote, quote_error
from delaycore.registry._targets import BackendError, Target

__all__ = ["BEAT", "FRAMES", "JOB", "JOURNAL", "PULSE", "Job", "work"]

JOB, JOURNAL, FRAMES, PULSE = "job", "journal", "frames", "pulse"
"""Names of the files in the folder of a job: the job, what is told, where a process crashed or hung, and one
that is touched with every beat.
"""

BEAT = 1.0
"""Seconds between two signs of life of a process whose threads can run."""


@dataclass(frozen=True)
class Job:
    """What is to be called, with what, and the target whose backend it is about."""

    target: Target
    call: Callable[..., Any]
    given: tuple[Any, ...]


def work(folder: str) -> None:
    """Do the job that lies in ``folder``."""
    place = Path(folder)
    threading.Thread(target=_live_with, args=(os.getppid(), place / PULSE), daemon=True).start()
    _dump_frames_into(place / FRAMES)
    own = Journal(place / JOURNAL)
    journal.set(own)
    job: Job = pickle.loads((place / JOB).read_bytes())  # of the process that started this one
    try:
        with on_calls(lambda name, begins: own.write(**{"begins" if begins else "ends": name})):
            answer = to_plain(job.call(*job.given))
        own.write(answer=answer)
    except BackendError as error:
        own.write(fault=_list_problems(error.problems))
    except FileError as error:
        own.write(file=_list_problems(error.problems))
    except BaseException as error:  # where what a backend returned is used, anything may come of it
        found = blame(job.target, f"its work failed: {quote_error(error)}", describe_place(job.target, error))
        own.write(fault=_list_problems(found.problems))


def _dump_frames_into(path: Path) -> None:
    """Have a crash, and the process that waits when this one hangs, find out at which line it is."""
    frames = open(path, "w")  # noqa: SIM115  # open for as long as the process lives
    faulthandler.enable(frames, all_threads=False)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, frames, all_threads=False)


def _live_with(parent: int, pulse: Path) -> None:
    """Give signs of life, and end this process and whatever it started once the ``parent`` that waits for it
    is gone.
    """
    while os.getppid() == parent:
        with suppress(OSError):  # a plugin may have filled the disk, or opened all files that it may
            pulse.touch()
        time.sleep(BEAT)
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _list_problems(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [{name: quote(text) for name, text in asdict(p).items()} for p in problems]
