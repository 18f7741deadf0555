"""Trained on the grid against rounded afterwards: one network deployed in three ways, at several weight widths, on each chip.

rounded: trained in float, rounded when it is deployed.
tuned:   trained in float, then fine-tuned on the chip's grid.
trained: on the chip's grid from the first epoch, through pruning and fine-tuning, for as many epochs in all as `tuned`.

Everything lands in one folder; what stands there is not computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from delaycore import engine
from delaycore.errors import DelaycoreError
from delaycore.files import write_text
from delaycore.report.rows import Point, mean_interval
from delaycore.run.deployment import deploy_on
from delaycore.run.pipeline import open_folder
from delaycore.run.recordings import Recordings
from delaycore.run.stages import Stage, Trained, Trainer, Watch
from delaycore.training.chip import Chip
from delaycore.training.settings import Settings

__all__ = ["WAYS", "compare", "paired", "table"]

WAYS = ("rounded", "tuned", "trained")


def compare(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    chips: Sequence[Chip],
    seeds: Sequence[int],
    *,
    ways: Sequence[str] = WAYS,
    watch: Watch = lambda stage, epochs, epoch: None,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Point, ...]:
    """Train and deploy every combination; a point per seed, chip setting and way.

    Raises `SettingsError` for a folder of another comparison.  A setting that a chip refuses is a point without accuracy that says why.
    """
    points: list[Point] = []
    for seed in seeds:
        folder = out / f"seed-{seed}"
        seeded = settings.model_copy(update={"seed": seed})
        open_folder(seeded, recordings, folder)
        trainer = Trainer(seeded, recordings, folder, watch)
        pruned = trainer.pruned(Stage("pruned", "pruned"), trainer.delays(Stage("delays", "all delays")))
        software = engine.simulate(pruned.graph, recordings.test.spikes).predictions
        for chip in chips:
            for way in ways:
                say(f"seed {seed}, {chip.name}, {way}")
                points.append(_point(trainer, pruned, software, chip, way))
    return tuple(points)


def _point(trainer: Trainer, pruned: Trained, software: NDArray[np.int64], chip: Chip, way: str) -> Point:
    name, seed, labels = f"{chip.name}_{way}", trainer.settings.seed, trainer.recordings.test.labels
    known = trainer.out / "reports" / f"{name}.json"
    if known.exists():
        return Point.model_validate_json(known.read_text(encoding="utf-8"))
    base = {"setting": chip.name, "way": way, "seed": seed, "software": float((software == labels).mean())}
    try:
        trained = _made(trainer, pruned, chip, way, name)
        deployed = deploy_on(chip.target, trained, trainer.recordings.test, software, **chip.options)
        row = deployed.row
        point = Point(**base, accuracy=row.accuracy, same=row.same, energy=row.energy, latency=row.latency, note=row.note)
    except DelaycoreError as refused:
        point = Point(**base, accuracy=None, same=None, energy=None, latency=None, note=str(refused))
    write_text(known, point.model_dump_json(indent=2) + "\n")
    return point


def _made(trainer: Trainer, pruned: Trained, chip: Chip, way: str, name: str) -> Trained:
    if way == "rounded":
        return pruned
    if way == "tuned":
        return trainer.on_grid(Stage(name, chip.name), pruned, chip)
    whole = trainer.delays(Stage(f"{name}_delays", chip.name), chip)
    fine = trainer.pruned(Stage(f"{name}_pruned", chip.name), whole, chip)
    return trainer.on_grid(Stage(name, chip.name), fine, chip)


def paired(points: Sequence[Point], setting: str, way: str) -> tuple[float, float]:
    """How much more of the software's accuracy ``way`` keeps than rounding does, paired over seeds: mean and half of its 95 % interval."""
    of = {(p.seed, p.way): p.accuracy for p in points if p.setting == setting}
    seeds = sorted({seed for seed, _ in of})
    gains = [(of[seed, way] or 0.0) - (of[seed, "rounded"] or 0.0) for seed in seeds]
    return mean_interval(gains)


def table(points: Sequence[Point], title: str) -> str:
    """A Markdown page: a line per chip setting and way, means over seeds with 95 % intervals."""
    settings = list(dict.fromkeys(p.setting for p in points))
    seeds = sorted({p.seed for p in points})
    software = mean_interval([next(p.software for p in points if p.seed == s) for s in seeds])
    lines = [f"# {title}", "", f"{len(seeds)} seeds; in software {_percent(software)}.", ""]
    lines += [
        "| chip setting | way | accuracy % | lost to software, points | gained over rounding, points | energy uJ | latency ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for setting in settings:
        for way in dict.fromkeys(p.way for p in points):
            there = [p for p in points if p.setting == setting and p.way == way]
            if any(p.accuracy is None for p in there):
                lines.append(f"| {setting} | {way} | - | - | - | - | {there[0].note} |")
                continue
            accuracy = mean_interval([p.accuracy or 0.0 for p in there])
            lost = mean_interval([p.software - (p.accuracy or 0.0) for p in there])
            gained = "-" if way == "rounded" else _percent(paired(points, setting, way))
            energy, latency = (float(np.mean([getattr(p, q) for p in there])) for q in ("energy", "latency"))
            lines.append(f"| {setting} | {way} | {_percent(accuracy)} | {_percent(lost)} | {gained} | {energy * 1e6:.1f} | {latency * 1e3:.2f} |")
    return "\n".join(lines) + "\n"


_HEADINGS = ("chip setting", "way", "accuracy %", "lost to software, points", "gained over rounding, points", "energy uJ", "latency ms")


def _percent(value: tuple[float, float]) -> str:
    mean, half = value
    return f"{100 * mean:.1f}" if np.isnan(half) else f"{100 * mean:.1f} +- {100 * half:.1f}"
