"""Has something computed with a backend in a process of its own, which may crash, hang or exit without harm.

What the plugin prints goes nowhere, what it changes (modules, open files, the folder, signals) ends with its
process, and the answer comes back as plain values that are read by their types.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from delaycore._distributions import PASS_OVER
from delaycore.errors import FileError, Problem
from delaycore.hardware import from_plain
from delaycore.registry._calls import LOADING_CALL
from delaycore.registry._child import BEAT, FRAMES, JOB, JOURNAL, PULSE, Job
from delaycore.registry._failures import blame
from delaycore.registry._journal import Journal
from delaycore.registry._loading import give_up
from delaycore.registry._places import describe_dumped_place
from delaycore.registry._registry import find_target
from delaycore.registry._sayings import quote
from delaycore.registry._targets import BackendError, BackendFault, Target
from delaycore.registry._time_limit import CALLING, LOADING

__all__ = ["Apart", "call_apart", "call_each_apart", "map_apart"]

C = TypeVar("C")
T = TypeVar("T")

_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from delaycore.registry._child import work; work(sys.argv[2])"
)
"""Has the child find modules where this process finds them, whatever lies in the current folder."""

_PAUSE, _DUMPING = 0.02, 1.0
"""Seconds between two looks into the journal, and for a process to say where it hangs."""

_SAID = "said"


def call_apart(
    name: str,
    call: Callable[..., T],
    *given: Any,
    answer: type[T],
    on_told: Callable[[Any], None] = lambda value: None,
) -> T:
    """What ``call(*given)`` returns in a process of its own, where the backend of target ``name`` does its
    work.

    call:    a function or method that pickle can name, as it can everything that is ``given``.
    answer:  the type of what it returns, made of what JSON has: read with `from_plain`.
    on_told: called with every value that the process gives to `tell`.

    Raises `BackendError` for a backend that cannot be loaded, and `BackendFault` for one that raises what is
    no refusal, gives values of other types, ends its process, or stays in one call for longer than the
    environment variable DELAYCORE_CALL_TIMEOUT allows; `FileError` for files that cannot be read or written;
    `UnknownTarget`.
    """
    with Apart.start(find_target(name), call, *given) as apart:
        return apart.wait_for_answer(answer, on_told)


def call_each_apart(
    calls: Mapping[str, Callable[..., T]], *given: Any, answer: type[T]
) -> dict[str, T | BackendError]:
    """What each of ``calls``, by target, returns in a process of its own, several at a time, or the error of
    `call_apart` that came of it.
    """

    def ask(name: str) -> T | BackendError:
        try:
            return call_apart(name, calls[name], *given, answer=answer)
        except BackendError as error:
            return error

    return dict(zip(calls, map_apart(ask, tuple(calls), min(8, os.cpu_count() or 1)), strict=True))


def map_apart(work: Callable[[C], T], cases: Sequence[C], workers: int) -> list[T]:
    """What ``work`` gives for each of ``cases``, in their order, where it mostly waits for processes of
    `call_apart`.

    workers: cases that are worked on at a time.  An error of one, and Ctrl-C, end the others and what they
             wait for, and are raised here.
    """
    stop = threading.Event()

    def do(case: C) -> T:
        _stop.set(stop)
        return work(case)

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(do, case) for case in cases]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            return [future.result() for future in futures]
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Stopped(BaseException):
    """Nobody waits for the answer of a process any more."""


_stop: ContextVar[threading.Event | None] = ContextVar("whether this thread is to stop", default=None)


@dataclass
class Apart:
    """A process that works for this one, and the target whose backend it loads.

    loading, calling: seconds that it may take to load the backend, and for each call.
    calls: those that go on, the outermost first, each with the time when it began.
    begun: whether there has been any.
    beat:  the last sign of life, and when it was seen.
    """

    target: Target
    process: subprocess.Popen[bytes]
    folder: Path
    loading: float
    calling: float
    calls: list[tuple[str, float]] = field(default_factory=list)
    begun: bool = False
    beat: tuple[float, float] = field(default_factory=lambda: (0.0, time.monotonic()))

    @classmethod
    @contextmanager
    def start(
        cls, target: Target, call: Callable[..., Any], *given: Any, loading: float | None = None
    ) -> Iterator[Apart]:
        """Have ``call(*given)`` computed for as long as the block lasts; whatever the process started ends
        with it.

        loading: seconds that loading a backend may take; those of the environment unless given.
        """
        limits = LOADING.read() if loading is None else loading, CALLING.read()
        with tempfile.TemporaryDirectory(prefix="delaycore-", ignore_cleanup_errors=True) as path:
            folder = Path(path)
            (folder / JOB).write_bytes(pickle.dumps(Job(target, call, given)))
            places = [place or str(Path.cwd()) for place in sys.path]
            with open(folder / _SAID, "wb") as said:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _CODE, json.dumps(places), path],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    start_new_session=True,
                    env={**os.environ, LOADING.variable: "0", PASS_OVER: "1"},  # the limits are held here
                )
            try:
                yield cls(target, process, folder, *limits)
            finally:
                _end(process)

    def wait_for_answer(self, answer: type[T], on_told: Callable[[Any], None] = lambda value: None) -> T:
        """What the process answers, read as this type.  Raises what `call_apart` raises."""
        journal = Journal(self.folder / JOURNAL)
        while True:
            ended = self.process.poll() is not None  # before the last look into the journal
            for name, value in self._read(journal):
                if name == "answer":
                    with self._blame_for_answer():
                        return from_plain(answer, value)
                elif name == "told":
                    on_told(value)
                elif name == "begins":
                    self.begun = True
                    self.calls.append((value, time.monotonic()))
                elif name == "ends":
                    self.calls = self.calls[:-1]
                else:
                    self._raise(name, value)
            if ended:
                raise self._describe_end()
            stop = _stop.get()
            if stop is not None and stop.is_set():
                raise _Stopped
            self._require_time()
            time.sleep(_PAUSE)

    def wait_for_end(self, seconds: float) -> int | None:
        """The exit status of the process, if it ends within so many seconds."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _read(self, journal: Journal) -> list[tuple[str, Any]]:
        with self._blame_for_answer():
            return list(journal.read())

    @contextmanager
    def _blame_for_answer(self) -> Iterator[None]:
        """Blame the backend for an answer that cannot be read: only its process has written it."""
        try:
            yield
        except (OSError, ValueError) as error:
            raise blame(self.target, f"its answer cannot be read: {error}") from error

    def _raise(self, name: str, value: Any) -> None:
        with self._blame_for_answer():
            problems = from_plain(list[Problem], value)
        raise (FileError if name == "file" else BackendFault)(*problems)

    def _require_time(self) -> None:
        """Raise `BackendFault` if the call that goes on takes too long, or, between calls, if no thread can
        run.
        """
        if not self.calls:
            self._require_beat()
            return
        name, begun = self.calls[0]
        limit = self.loading if name == LOADING_CALL else self.calling
        if not limit or time.monotonic() - begun < limit:
            return
        place = self._find_place()
        if name == LOADING_CALL:
            raise give_up(self.target, limit, place)
        (problem,) = blame(self.target, f"its {name} takes longer than {limit:g} s", place).problems
        more = f"{CALLING.variable}=SECONDS allows it more time, and so does --target {self.target.name}"
        raise BackendFault(Problem(problem.place, problem.message, f"{problem.remedy}; {more}"))

    def _require_beat(self) -> None:
        with suppress(OSError):  # there is none yet
            beat = (self.folder / PULSE).stat().st_mtime
            if beat != self.beat[0]:
                self.beat = beat, time.monotonic()
        if self.begun and self.calling and time.monotonic() - self.beat[1] > self.calling + BEAT:
            what = f"something that it loaded has held all threads of its process for {self.calling:g} s"
            raise blame(self.target, what, self._find_place())

    def _describe_end(self) -> BackendError:
        """The error about a process that ended without an answer."""
        status = self.process.returncode
        name = f" ({signal.Signals(-status).name})" if -status in set(signal.Signals) else ""
        last = (self._get_text(_SAID).strip().splitlines() or ["nothing was printed"])[-1]
        ended = f"ended with status {status}{name}: {quote(last)}"
        if not self.begun:
            message = f"the process for its work {ended}, before it had begun"
            return BackendError(Problem(str(self.target), message, "run the same command again"))
        in_call = self.calls and self.calls[0][0] != LOADING_CALL
        what = f"in its {self.calls[0][0]}, the process" if in_call else "the process that loaded it"
        place = describe_dumped_place(self.target, self._get_text(FRAMES))
        return blame(self.target, f"{what} {ended}", place)

    def _find_place(self) -> str:
        """In which file and line of the plugin the process hangs, if it can still say that."""
        if not hasattr(signal, "SIGUSR1"):
            return ""
        self.process.send_signal(signal.SIGUSR1)
        until = time.monotonic() + _DUMPING
        while time.monotonic() < until and "File" not in self._get_text(FRAMES):
            time.sleep(_PAUSE)
        return describe_dumped_place(self.target, self._get_text(FRAMES))

    def _get_text(self, name: str) -> str:
        """The last kilobytes of a file that the process wrote."""
        try:
            with open(self.folder / name, "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
                return file.read().decode("utf-8", "backslashreplace")
        except OSError:
            return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and whatever it started."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):  # all of it has ended
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
