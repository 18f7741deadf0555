"""The networks of arXiv 2404.10597 on real speech, several seeds, in software and on every installed chip.

    python -m benchmarks.paper.networks FOLDER --out runs/paper --seeds 3 --table
    docs/results/paper_networks.md

FOLDER holds *_train.h5, *_valid.h5 and *_test.h5 in the layout of SHD; without *_valid.h5, as in SHD itself,
whole speakers of the training file are held out.  With --tonic SHD, tonic fetches it into FOLDER.  Epochs are
chosen on validation samples; the test samples are read once per network, after its training.  A run that is
interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from delaycore import engine, targets
from delaycore._files import write_text
from delaycore.datasets import load_splits, load_tonic
from delaycore.experiment import Recordings, Stage, TrainedNetwork, evaluate_on_chip, train_model
from delaycore.graph import load
from delaycore.hardware import Losses
from delaycore.registry import load_backend
from delaycore.report import Row, compute_mean, format_mean, make_row
from delaycore.settings import Settings

HERE = Path(__file__).parent
NETWORKS = {
    "48": "700-48-48-20",
    "32": "700-32-32-20",
    "24": "700-24-24-20",
    "48ax": "700-48-48-20 Ax",
    "regularised": "700-48-48-20, regularised",
}

HOW = """Settings are `benchmarks/paper/*.toml`; this page is made by

    python -m benchmarks.paper.networks FOLDER --seeds 3 --table docs/results/paper_networks.md

Every chip makes the spikes of its quantized reference in every step; the script stops otherwise.  The
regularised network has the parameters of 700-48-48-20 and adds what unseen speakers ask for: samples
moved in time and along the channels, more dropout, weight decay, one leak per layer.
"""


def rows_of(name: str, seed: int, data: Recordings, settings: Settings, out: Path) -> list[Row]:
    """Train one network with one seed and measure it in software and on the chips."""
    models = train_model(settings, data, out)
    graph = load(models["model"])
    activity = engine.simulate(graph, data.test.spikes)
    made = [
        make_row(
            "software",
            NETWORKS[name],
            activity.predictions,
            data.test.labels,
            speakers=data.test.speakers,
            graph=graph,
            activity=activity,
        )
    ]
    for target in settings.targets:
        stage = Stage(target, load_backend(target).spec.title)
        deployed = evaluate_on_chip(
            target,
            TrainedNetwork(stage, load(models[f"model_{target}"]), Losses()),
            data.test,
            activity.predictions,
        )
        if not (deployed.same_spikes or deployed.result is None):
            raise SystemExit(f"{name}, seed {seed}: {target} differs from its quantized reference")
        made.append(deployed.row)
    return made


def interval(values: list[float]) -> str:
    """Mean and 95 % interval of a mean over seeds, in percent."""
    mean, half = compute_mean(values)
    return format_mean((100 * mean, 100 * half), 1)


def table(measured: dict[str, list[list[Row]]]) -> str:
    """One line per network: means over seeds."""
    chips = [r.name for r in next(iter(measured.values()))[0]][1:]
    head = (
        ["network", "synapses", "software %"]
        + [f"{c} {what}" for c in chips for what in ("%", "same prediction %", "uJ", "ms")]
        + ["spikes h1 / h2"]
    )
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, seeds in measured.items():
        software = [rows[0] for rows in seeds]
        cells = [NETWORKS[name], f"{software[0].synapses:,}", interval([r.accuracy or 0.0 for r in software])]
        for i, _ in enumerate(chips, start=1):
            there = [rows[i] for rows in seeds]
            cells += [
                interval([r.accuracy or 0.0 for r in there]),
                f"{100 * np.mean([r.same or 0.0 for r in there]):.1f}",
            ]
            cells += [
                f"{1e6 * np.mean([r.energy or np.nan for r in there]):.1f}",
                f"{1e3 * np.mean([r.latency or np.nan for r in there]):.2f}",
            ]
        cells.append(" / ".join(f"{np.mean([r.spikes[h] for r in software]):.0f}" for h in ("h1", "h2")))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def paired(measured: dict[str, list[list[Row]]]) -> str:
    """What every other network is ahead of the first one, in points, paired over the seeds that both have."""
    (base, first), *others = measured.items()
    lines = []
    for name, seeds in others:
        both = list(zip(seeds, first, strict=False))
        ahead = [
            f"{there.name} {interval([(a[i].accuracy or 0) - (b[i].accuracy or 0) for a, b in both])}"
            for i, there in enumerate(seeds[0])
        ]
        lines.append(f"- {NETWORKS[name]}: {', '.join(ahead)}")
    return "\n".join([f"Points ahead of {NETWORKS[base]}, paired over seeds:", "", *lines]) if lines else ""


def main() -> None:
    """Train and measure what was asked for; the table is written anew after every seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--tonic", choices=("SHD", "SSC"), help="through tonic, downloaded into the folder")
    parser.add_argument("--out", type=Path, default=Path("runs/paper"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--table", type=Path)
    parser.add_argument("--about", default="", help="what the recordings are, for the page")
    asked = parser.parse_args()
    splits = load_tonic(asked.tonic, asked.data) if asked.tonic else load_splits(asked.data)
    measured: dict[str, list[list[Row]]] = {}
    for seed in range(asked.seeds):
        for name in asked.networks:
            settings = Settings.load(HERE / f"{name}.toml").model_copy(
                update={"seed": seed, "targets": tuple(targets())}
            )
            data = Recordings.of(splits.train, splits.valid, splits.test, settings.framing, splits.train.name)
            measured.setdefault(name, []).append(
                rows_of(name, seed, data, settings, asked.out / f"{name}-{seed}")
            )
            counts = " / ".join(f"{len(part):,}" for part in data.splits.values())
            head = (
                f"{len(measured[name])} seeds, mean and 95 % interval over seeds; {counts} samples to "
                "train, to choose epochs, and to test."
            )
            page = f"{head}\n\n{table(measured)}\n\n{paired(measured)}"
            print(f"{name}, seed {seed}\n{page}\n", flush=True)
            if asked.table:
                title = f"# Networks of arXiv 2404.10597 on {splits.train.name.removesuffix('_train')}"
                write_text(asked.table, "\n\n".join(filter(None, [title, asked.about, page, HOW])))


if __name__ == "__main__":
    main()
