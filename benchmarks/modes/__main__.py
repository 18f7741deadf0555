r"""Which delay mode when: accuracy, synapses and energy of every way of having delays, on the spoken digits
of the package.

    nice -n 10 python -m benchmarks.modes --out runs/modes --seeds 3 --page docs/results/modes.md --plot
    docs/images/modes.png

Trained for longer, the ones that need it:

    python -m benchmarks.modes --config benchmarks/modes/longer.toml --only random-5 synaptic-5 axonal-5
    continuous_synapse-5 \
        continuous_axon-5 --out runs/modes_longer --page docs/results/modes_longer.md

One process, one thread; interrupted, it goes on where it was.  The page is written anew after every seed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.modes.candidates import CANDIDATES, Measured, measure
from benchmarks.modes.page import draw, page
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
    parser.add_argument("--out", type=Path, default=Path("runs/modes"))
    parser.add_argument("--config", type=Path, default=HERE / "modes.toml")
    parser.add_argument(
        "--data", type=Path, help="a folder in the layout of SHD instead of the spoken digits"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--only", nargs="+", choices=[c.name for c in CANDIDATES], help="instead of all candidates"
    )
    parser.add_argument("--page", type=Path)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    settings = Settings.load(asked.config).model_copy(update={"targets": tuple(targets())})
    if asked.data:
        splits = load_splits(asked.data)
        sets = splits.train, splits.valid, splits.test
    else:
        train, valid, test = (SpokenDigits.events(part) for part in ("train", "valid", "test"))
        sets = train, valid, test
    data = Recordings.of(*sets, settings.framing, asked.data.name if asked.data else "SpokenDigits")
    found: list[Measured] = []
    for seed in range(asked.seeds):
        for candidate in (c for c in CANDIDATES if not asked.only or c.name in asked.only):
            found.append(
                measure(
                    candidate, settings.model_copy(update={"seed": seed}), data, asked.out / f"seed-{seed}"
                )
            )
            print(
                seed,
                candidate.name,
                f"{found[-1].software.accuracy:.3f}",
                {t: r.accuracy or r.note for t, r in found[-1].chips.items()},
                flush=True,
            )
        if asked.page:
            write_text(asked.page, page(found, data, settings, asked.config.name, asked.plot))
        if asked.plot:
            draw(asked.plot, found)


if __name__ == "__main__":
    main()
