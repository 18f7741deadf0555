"""Tries installed backends in processes of their own, which may crash, hang or exit without harm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from delaycore._distributions import PASS_OVER
from delaycore._shown import show_line
from delaycore.registry._registry import Target, find_target, load_backend, targets
from delaycore.registry._time_limit import VARIABLE, read_time_limit

__all__ = ["Verified", "find_usable", "verify", "verify_all"]


@dataclass(frozen=True)
class Verified:
    """Whether a backend loads, tried in a process of its own."""

    target: Target
    ok: bool
    title: str = ""
    api_version: int | None = None
    reason: str = ""

    __repr__ = show_line


def verify(name: str, timeout: float | None = None) -> Verified:
    """Load a backend in a child process, which may crash or hang without harm.

    timeout: seconds that it may take; the limit of `load_backend` unless given.  Raises `UnknownTarget`.
    """
    target = find_target(name)
    timeout = read_time_limit() if timeout is None else timeout
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        status, said = _run_within([sys.executable, "-m", "delaycore.registry", name, str(answer)], timeout)
        if status is None:
            return Verified(target, False, reason=f"still loading after {timeout:g} s")
        text = answer.read_text(encoding="utf-8") if answer.exists() else ""
    if status or not text:
        last = (said.strip().splitlines() or ["nothing was printed"])[-1]
        return Verified(
            target, False, reason=f"the process that loaded it ended with status {status}: {last}"
        )
    told: dict[str, Any] = json.loads(text)
    return Verified(target, told["ok"], told["title"], told["api_version"], told["reason"])


def verify_all(timeout: float | None = None) -> dict[str, Verified]:
    """Every installed backend, loaded in a process of its own, several at a time."""
    names = list(targets())
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return dict(zip(names, pool.map(lambda name: verify(name, timeout), names), strict=True))


def find_usable(say: Callable[[str], None]) -> tuple[str, ...]:
    """The installed targets that load; ``say`` is told of the others."""
    found = verify_all()
    for v in found.values():
        if not v.ok:
            say(f"left out: {v.target}: {v.reason}")
    return tuple(name for name, v in found.items() if v.ok)


def _run_within(command: list[str], timeout: float) -> tuple[int | None, str]:
    """Exit status (None: out of time) and standard error of a command; whatever it started ends with it."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
            env={**os.environ, VARIABLE: "0", PASS_OVER: "1"},  # the limit is held here
        )
        try:
            status: int | None = child.wait(timeout or None)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            if os.name == "posix":
                _end_group(child.pid)
            child.kill()
            child.wait()
        said.seek(0)
        return status, said.read()


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # all of it has ended


def try_loading(name: str) -> dict[str, Any]:
    """Load a backend in this process: the fields of `Verified` as plain values."""
    try:
        made = load_backend(name)
        return asdict(Verified(targets()[name], True, made.spec.title, made.api_version))
    except Exception as error:  # whatever it is, the parent wants to know
        return asdict(Verified(targets()[name], False, reason=str(error)))
