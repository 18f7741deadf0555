"""Many trials in a process of their own, which is watched: one that hangs, crashes or takes too much memory
is one finding, and the next process goes on behind it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import mmap
import os
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.fuzz.judging import Finding, Kind, Outcome, Report, Trial, judge
from tests.fuzz.kinds import build
from tests.fuzz.outside import Outside

__all__ = ["run_here", "run_watched", "scratch"]

ROOT = Path(__file__).parents[2]

_SECONDS = 10
"""Of computing, for one trial."""

_WAITING = 900
"""Seconds in which a process must get on with the next trial."""

_BYTES = 2**30
"""That one trial may take."""

_KEPT = 200
"""Findings of a process that are told in detail."""

_OUTCOMES = tuple(Outcome)
_PROGRESS = struct.Struct(f"<q?{len(_OUTCOMES)}q")
"""The seed of the trial that goes on, whether its input is made, and how often each outcome was."""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory, where the system has one."""
    shared = Path("/dev/shm")
    place = shared if os.access(shared, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place, prefix="delaycore-fuzz-") as folder:
        yield Path(folder)


def seed_of(kind: Kind, seed: int) -> np.random.Generator:
    """Return the generator of a trial."""
    return np.random.default_rng([seed, zlib.crc32(kind.name.encode())])


def run_here(name: str, seeds: range) -> Report:
    """Do a few trials in this process, without a limit of time or memory."""
    report = Report()
    with scratch() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        outside = Outside(folder / "outside")
        kind = build(name, folder)
        for seed in seeds:
            outcome, detail = _judge(kind.draw(seed_of(kind, seed)), outside)
            report.counts[outcome] += 1
            if outcome not in kind.allowed:
                report.findings.append(Finding(name, seed, outcome, detail))
    return report


def _judge(trial: Trial, outside: Outside) -> tuple[Outcome, str]:
    outside.was_opened()
    outcome, detail = judge(trial)
    return (Outcome.OUTSIDE, detail) if outside.was_opened() else (outcome, detail)


def run_watched(name: str, seeds: range) -> Report:
    """Do many trials in processes of their own, each until it ends or one of its trials ends it."""
    report = Report()
    at = seeds.start
    while at < seeds.stop:
        with scratch() as folder:
            at = _watch_one(name, range(at, seeds.stop), folder, report)
    if report.counts[Outcome.UNMADE] > 1 + len(seeds) // 1000:
        raise RuntimeError(f"{report.counts[Outcome.UNMADE]} trials of {name!r} could not be made")
    return report


def _watch_one(name: str, seeds: range, folder: Path, report: Report) -> int:
    """Start a process, add what it did to ``report``, and return the seed at which the next one begins."""
    progress = folder / "progress"
    progress.write_bytes(_PROGRESS.pack(seeds.start - 1, False, *(0 for _ in _OUTCOMES)))
    (folder / "findings").touch()
    words = [sys.executable, "-m", "tests.fuzz.batches", name, str(seeds.start), str(seeds.stop), str(folder)]
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    settings = {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with open(folder / "errors", "wb") as errors:
        child = subprocess.Popen(
            words, cwd=ROOT, env=os.environ | settings, stdout=errors, stderr=errors, stdin=subprocess.DEVNULL
        )
        try:
            ended = _wait(child, progress)
        finally:
            child.kill()
            child.wait()
    last, made, *counts = _PROGRESS.unpack(progress.read_bytes())
    report.counts += Counter(dict(zip(_OUTCOMES, counts, strict=True)))
    for line in (folder / "findings").read_text().splitlines():
        seed, outcome, detail = json.loads(line)
        report.findings.append(Finding(name, seed, Outcome(outcome), detail))
    if ended == 0:
        return seeds.stop
    said = (folder / "errors").read_text(errors="replace")[-4_000:]
    if last < seeds.start:
        raise RuntimeError(f"no trial of {name!r} could be made:\n{said}")
    hangs = ended in (None, -signal.SIGPROF)
    outcome = Outcome.UNMADE if not made else Outcome.HANG if hangs else Outcome.CRASH
    report.counts[outcome] += 1
    if made:
        report.findings.append(Finding(name, last, outcome, f"{said}\nended with {ended}"))
    return int(last) + 1


def _wait(child: subprocess.Popen[bytes], progress: Path) -> int | None:
    """Wait for the end of a process; return its code, or None for one that does not get on."""
    seen, since = b"", time.monotonic()
    while time.monotonic() - since < _WAITING:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(1)
        if (now := progress.read_bytes()) != seen:
            seen, since = now, time.monotonic()
    return None


def _work(name: str, seeds: range, folder: Path) -> None:
    """Do trials, and write which one is on and how often each outcome was."""
    faulthandler.enable()
    faulthandler.register(signal.SIGPROF, chain=True)
    warnings.simplefilter("error")
    outside = Outside(folder / "outside")
    kind = build(name, folder)
    counts: Counter[Outcome] = Counter()
    told = 0
    resource.setrlimit(resource.RLIMIT_AS, (_measure_address_space() + _BYTES, resource.RLIM_INFINITY))
    with open(folder / "progress", "r+b") as file, open(folder / "findings", "a") as findings:
        progress = mmap.mmap(file.fileno(), _PROGRESS.size)
        for seed in seeds:
            before = [counts[o] for o in _OUTCOMES]
            _PROGRESS.pack_into(progress, 0, seed, False, *before)
            signal.setitimer(signal.ITIMER_PROF, _SECONDS)
            trial = kind.draw(seed_of(kind, seed))
            _PROGRESS.pack_into(progress, 0, seed, True, *before)
            outcome, detail = _judge(trial, outside)
            signal.setitimer(signal.ITIMER_PROF, 0)
            counts[outcome] += 1
            if outcome not in kind.allowed and told < _KEPT:
                told += 1
                print(json.dumps([seed, outcome, detail]), file=findings, flush=True)
        _PROGRESS.pack_into(progress, 0, seeds.stop, False, *(counts[o] for o in _OUTCOMES))


def _measure_address_space() -> int:
    """Return the bytes of addresses that this process has in use."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    _, name, start, stop, place = sys.argv
    _work(name, range(int(start), int(stop)), Path(place))
