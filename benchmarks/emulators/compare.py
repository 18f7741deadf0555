"""Random networks on brian2-loihi and here: u, v and spikes must be equal in every step.

    python -m benchmarks.emulators.compare

Installs brian2-loihi in an environment of its own (it needs an older numpy), draws networks, runs them
there, in the reference simulation and on the chip's simulator on one core and on several, and compares every
number.  Ends with exit code 1 if any differs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from delaycore_loihi import LoihiBackend
from numpy.typing import NDArray

from benchmarks.emulators.networks import Network, draw_network, make_graph, make_input_spikes
from delaycore import reference

HERE = Path(__file__).parent
CONSTRAINTS = HERE.parents[1] / "tests" / "peers" / "constraints-emulators.txt"
LOIHI = LoihiBackend()


def install_emulator(folder: Path) -> Path:
    """Return the Python of an environment with the emulator, made in ``folder`` if it is not there."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        print("installing brian2-loihi ...", flush=True)
        venv.create(folder, with_pip=True)
    installed = subprocess.run([python, "-c", "import brian2_loihi"], capture_output=True, check=False)
    if installed.returncode:
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--constraint", CONSTRAINTS, "brian2-loihi"],
            check=True,
        )
    return python


def run_emulator(python: Path, networks: list[Network]) -> dict[str, NDArray[Any]]:
    """Return what the emulator makes of the networks: arrays ``NUMBER/GROUP/u``, ``v`` and ``s``, [steps,
    neurons].
    """
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "networks.json", Path(folder) / "out.npz"
        given.write_text(json.dumps(networks))
        subprocess.run([python, HERE / "run_brian2.py", given, out], check=True)
        with np.load(out) as arrays:
            return dict(arrays)


def compare_network(number: int, network: Network, there: Mapping[str, NDArray[Any]]) -> Counter[str]:
    """Count the numbers that were compared, those that differ, and the spikes."""
    graph, given = make_graph(network, on_chip=True), {"in": make_input_spikes(network)}
    neurons = sum(g["size"] for g in network["groups"])
    several = min(2 + number % 5, neurons)
    runs = [reference.simulate(make_graph(network), given, states=True)]
    runs += [
        LOIHI.simulate(LOIHI.map(graph, cores=cores), given, states=True).activity for cores in (1, several)
    ]
    count: Counter[str] = Counter(networks=1, neurons=neurons)
    for g in network["groups"]:
        u, v, s = (there[f"{number}/{g['name']}/{key}"] for key in "uvs")
        count["spikes"] += int(s.sum())
        for run in runs:
            fired = run.spikes[g["name"]][0]
            pairs = [(np.where(fired, 0, run.potentials[g["name"]][0]), v), (fired, s)]
            pairs += [
                (run.potentials[name][0], u) for name in (f"u of {g['name']}",) if name in run.potentials
            ]
            for mine, theirs in pairs:
                count["compared"] += mine.size
                count["different"] += int(np.count_nonzero(mine != theirs))
    return count


def record(path: Path, networks: list[Network], there: Mapping[str, NDArray[Any]]) -> None:
    """Write networks with what the emulator made of them to one file, for the ordinary tests."""
    recorded: dict[str, Any] = {
        key: values for key, values in there.items() if int(key.split("/")[0]) < len(networks)
    }
    described = np.frombuffer(json.dumps(networks).encode(), dtype=np.uint8)
    np.savez_compressed(path, networks=described, **recorded)


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare with brian2-loihi.")
    parser.add_argument("--networks", type=int, default=240)
    parser.add_argument(
        "--environment", type=Path, help="folder of the emulator's environment; a temporary one unless given"
    )
    parser.add_argument(
        "--record",
        type=Path,
        help="write the first --recorded networks and the emulator's answers to this file",
    )
    parser.add_argument("--recorded", type=int, default=16)
    options = parser.parse_args()
    networks = [draw_network(seed) for seed in range(options.networks)]
    with tempfile.TemporaryDirectory() as temporary:
        there = run_emulator(install_emulator(options.environment or Path(temporary) / "emulator"), networks)
    if options.record:
        record(options.record, networks[: options.recorded], there)
    count: Counter[str] = Counter()
    for number, network in enumerate(networks):
        count += compare_network(number, network, there)
    delays = [d for n in networks for p in n["projections"] for d in p["delay"]]
    rates = [float(there[f"{k}/{g['name']}/s"].mean()) for k, n in enumerate(networks) for g in n["groups"]]
    loops = sum(any(p["source"] == p["target"] for p in n["projections"]) for n in networks)
    blocked = sum(any(g["refractory"] > 1 for g in n["groups"]) for n in networks)
    print(
        f"{count['networks']} networks, {count['neurons']} neurons, {len(delays)} synapses with "
        f"delays {min(delays)} to {max(delays)}"
    )
    print(
        f"{loops} with a population onto itself, {blocked} with refractory periods, rates "
        f"{min(rates):.1%} to {max(rates):.1%}"
    )
    print(
        f"{count['spikes']} spikes; {count['compared']} values of u, v and spikes compared, "
        f"{count['different']} differ"
    )
    return int(count["different"] > 0)


if __name__ == "__main__":
    sys.exit(main())
