r"""Learned against random synapses where synapses are scarce: pairs and delays found by sparse training,
trained positions, and random ones, with the same number of synapses, neurons and epochs.

    python -m benchmarks.sparse digits --fan-in 1000 16 --page docs/results/sparse_digits.md
    python -m benchmarks.sparse speech --data FOLDER --fan-in 1000 16 --page docs/results/sparse_speech.md

A fan-in of more than there are source neurons is one synapse for every pair.  One process, one thread;
interrupted, it goes on where it was.  The page is written anew after every network.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.sparse.networks import WAYS, Candidate, Measured, measure
from benchmarks.sparse.page import write_page
from delaycore import targets
from delaycore._files import write_text
from delaycore.datasets import SpokenDigits, load_splits
from delaycore.experiment import Recordings
from delaycore.settings import Settings

HERE = Path(__file__).parent


def main() -> None:
    """Train and measure every candidate with every seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", choices=["digits", "speech"])
    parser.add_argument("--data", type=Path, help="a folder in the layout of SHD, for speech")
    parser.add_argument("--out", type=Path, default=Path("runs/sparse"))
    parser.add_argument("--fan-in", type=int, nargs="+", default=[1000, 16])
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=["random", "levels"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    settings = Settings.load(HERE / f"{asked.config}.toml").model_copy(update={"targets": tuple(targets())})
    if asked.data:
        splits = load_splits(asked.data)
        sets = splits.train, splits.valid, splits.test
    else:
        train, valid, test = (SpokenDigits.events(part) for part in ("train", "valid", "test"))
        sets = train, valid, test
    data = Recordings.of(*sets, settings.framing, "recorded speech" if asked.data else "the spoken digits")
    found: list[Measured] = []
    for seed in range(asked.seeds):
        for fan_in in asked.fan_in:
            for way in asked.ways:
                seeded = settings.model_copy(update={"seed": seed})
                found.append(measure(Candidate(way, fan_in), seeded, data, asked.out / asked.config))
                print(found[-1].candidate, seed, f"{found[-1].validation:.3f}", flush=True)
                if asked.page:
                    write_text(asked.page, write_page(found, data, settings, asked.config))


if __name__ == "__main__":
    main()
