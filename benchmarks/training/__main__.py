"""One training step of ours and of its peers, on the processor: time, memory, and how far from what the
machine can do.

    python -m benchmarks.training

Takes about three minutes on two idle cores; run it on a machine that does nothing else.  Peers are installed
in an environment of their own (--peers FOLDER, ~/.cache/delaycore-benchmarks/peers unless given), with the
torch that is installed here.  All contenders take a step in turn, in an order that changes from round to
round, each in a process of its own that sleeps while others work.  Where models are the same, so are the
first weights, and their losses must agree.  Ends with exit code 1 if they do not, or if a ratio is missed.

Linux only: memory is read from /proc.  benchmarks/training/ways.py measures the costs by which delaycore
            chooses its ways.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.training import limits
from benchmarks.training.cases import CASES, Case

HERE = Path(__file__).parent

CONTENDERS = {
    "delaycore": "delaycore",
    "dcls": "DCLS 0.1.1 + SpikingJelly, a position per level",
    "dcls_one": "DCLS 0.1.1 + SpikingJelly, one position per pair",
    "spikingjelly": "SpikingJelly, a Delay and a Linear per level",
    "snntorch": "snnTorch, a dilated convolution",
}
SAME = ("delaycore", "dcls", "spikingjelly")
"""Contenders whose models are the same, so that their losses must be."""

GOALS = {"wide input": 1 / 3, "wide layers": 0.6}
"""The share of the time of DCLS that a step may take at most."""

MEMORY, AGREES = 0.5, 2e-3
PEERS = ("DCLS==0.1.1", "snntorch==1.0.0", "scipy", "matplotlib", "tqdm", "loguru")


class Step(NamedTuple):
    seconds: float
    processor: float
    loss: float
    densities: list[float]
    peak: float


class Worker:
    """A process with one contender's network."""

    def __init__(self, python: Path, contender: str, case: str, threads: int) -> None:
        quiet = {
            **os.environ,
            "OMP_NUM_THREADS": str(threads),
            "OMP_WAIT_POLICY": "passive",
            "PYTHONWARNINGS": "ignore",
        }
        command = [str(python), "-m", "benchmarks.training.worker", contender, case, str(threads)]
        self.process = subprocess.Popen(
            command,
            cwd=HERE.parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=quiet,
        )
        self._answer()

    def step(self) -> Step:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return Step(**self._answer())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(
                f"{self.process.args!r} ended with {self.process.wait()}; run it by hand to see why"
            )
        found: dict[str, Any] = json.loads(line)
        return found


def environment(folder: Path) -> Path:
    """The Python of an environment with the peers, made in ``folder`` if it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"installing peers in {folder} ...", flush=True)
        venv.create(folder, with_pip=True)
    wanted = "import torch, DCLS, snntorch, spikingjelly, loguru"
    if subprocess.run([python, "-c", wanted], capture_output=True, check=False).returncode:
        torch, numpy = (f"{name}=={metadata.version(name).split('+')[0]}" for name in ("torch", "numpy"))
        subprocess.run([python, "-m", "pip", "install", "--quiet", torch, numpy, *PEERS], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--no-deps", "spikingjelly==2.0.0"], check=True
        )  # it asks for torchvision in vain
    return python


def timed(name: str, pythons: dict[str, Path], threads: int, rounds: int) -> dict[str, list[Step]]:
    """Steps of every contender, one in turn, the first of which warms up."""
    workers = {c: Worker(python, c, name, threads) for c, python in pythons.items()}
    steps: dict[str, list[Step]] = {c: [] for c in workers}
    order = list(workers)
    for number in range(rounds + 1):
        random.Random(number).shuffle(order)
        for contender in order:
            steps[contender].append(workers[contender].step())
    for worker in workers.values():
        worker.close()
    return steps


def report(name: str, case: Case, steps: dict[str, list[Step]], machine: limits.Machine) -> bool:
    """Print a case; whether losses agree and the goals are met."""
    ours = steps["delaycore"]
    print(f"\n{case.title}, {case.steps} steps")
    print(f"  {'':50} {'step, s':>16} {'times ours':>22} {'MB':>7} {'first losses':>17}  firing")
    for contender, found in steps.items():
        times = sorted(s.seconds for s in found[1:])
        ratios = sorted(s.seconds / o.seconds for s, o in zip(found[1:], ours[1:], strict=True))
        losses, firing = (
            ", ".join(f"{s.loss:.4f}" for s in found[:2]),
            ", ".join(f"{d:.1%}" for d in found[-1].densities),
        )
        spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(
            f"  {CONTENDERS[contender]:50} {times[0]:7.3f}, {statistics.median(times):7.3f} "
            f"{spread:>22} {found[-1].peak:7.0f} {losses:>17}  {firing}"
        )
    least, densities = min(s.seconds for s in ours[1:]), ours[-1].densities
    for what, amount, rate in (
        ("multiply-adds without regard to silence", limits.plain(case), machine.products),
        (
            "additions and multiply-adds that our ways cannot do without",
            limits.needed(case, densities),
            machine.products,
        ),
        ("bytes that must move", limits.moved(case), machine.bytes),
    ):
        print(
            f"  {amount / 1e9:6.2f} G {what}: {amount / rate:.3f} s at the machine's rate; ours "
            f"takes {least * rate / amount:.1f} times that"
        )
    apart = max(
        abs(steps[c][i].loss - ours[i].loss) / ours[i].loss
        for c in SAME
        if c in steps
        for i in range(len(ours))
    )
    rows = {f"losses of the same model differ by {apart:.1e} at most, {AGREES:.0e} allowed": apart <= AGREES}
    for contender in (c for c in ("dcls", "dcls_one") if c in steps):
        theirs = steps[contender]
        time = statistics.median(o.seconds / t.seconds for o, t in zip(ours[1:], theirs[1:], strict=True))
        memory = ours[-1].peak / theirs[-1].peak
        rows[f"{time:.3f} of the time of {CONTENDERS[contender]}; at most {GOALS[name]:.2f}"] = (
            time <= GOALS[name]
        )
        if contender in SAME:  # as many weights
            rows[f"{memory:.2f} of the memory of {CONTENDERS[contender]}; at most {MEMORY}"] = (
                memory <= MEMORY
            )
    for line, good in rows.items():
        print(f"  {'yes' if good else 'NO '}  {line}")
    return all(rows.values())


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--peers", type=Path, default=Path.home() / ".cache" / "delaycore-benchmarks" / "peers"
    )
    parser.add_argument("--rounds", type=int, default=5, help="timed steps of each contender")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument(
        "--only", action="append", choices=CONTENDERS, help="besides delaycore and dcls; all unless given"
    )
    given = parser.parse_args()
    peers = environment(given.peers)
    wanted = {"delaycore", "dcls", *(given.only or CONTENDERS)}
    pythons = {c: Path(sys.executable) if c == "delaycore" else peers for c in CONTENDERS if c in wanted}
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {given.threads} "
        f"threads; load before: {os.getloadavg()[0]:.2f}"
    )
    machine = limits.measured(given.threads)
    print(
        f"large matrix product: {machine.products / 1e9:.0f} G multiply-adds/s; copy: "
        f"{machine.bytes / 1e9:.1f} GB/s"
    )
    good = True
    for name in given.case or CASES:
        warm = Worker(
            pythons["delaycore"], "delaycore", name, given.threads
        )  # compiles what is not in the cache yet
        warm.step()
        warm.close()
        good &= report(name, CASES[name], timed(name, pythons, given.threads, given.rounds), machine)
    print(f"\nload after: {os.getloadavg()[0]:.2f}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
