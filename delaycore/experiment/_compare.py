"""Trained on the grid against rounded afterwards: one network deployed in three ways, at several settings of
each chip.

rounded: trained in float, rounded when it is deployed.
tuned:   trained in float, then fine-tuned on the chip's grid.
trained: on the chip's grid from the first epoch, through pruning and fine-tuning, for as many epochs in all
         as `tuned`.

A budget in the settings holds for every setting of its chip: `tuned` is pruned to fit, and its spikes are
priced in the fine-tuning; those of `trained` are priced from the first epoch; `rounded` shows what it takes
without regard to it.

Everything lands in one folder; what stands there is not computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from delaycore import engine
from delaycore._files import write_text
from delaycore.errors import DelaycoreError
from delaycore.experiment._budget_report import kept
from delaycore.experiment._chip_setting import ChipSetting
from delaycore.experiment._deployment import deploy_on
from delaycore.experiment._pipeline import open_folder
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._stages import Stage, Trained, Trainer, Watch
from delaycore.experiment._workers import each
from delaycore.hardware import DoesNotFit, Losses
from delaycore.report._rows import Point
from delaycore.settings import Settings

__all__ = ["WAYS", "compare"]

WAYS = ("rounded", "tuned", "trained")


def compare(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    chips: Sequence[ChipSetting],
    seeds: Sequence[int],
    *,
    ways: Sequence[str] = WAYS,
    workers: int = 1,
    watch: Watch = lambda stage, epochs, epoch: None,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Point, ...]:
    """Train and deploy every combination; a point per seed, chip setting and way.

    workers: processes that share the work, each with as many threads as the settings give to torch; ``watch``
             is told of epochs only where there is one.  Their number does not change the result.

    Raises `SettingsError` for a folder of another comparison, options that a backend does not know, strides
    beyond the longest delay, and limits of a budget that no training can keep.  A setting that a chip refuses
    is a point without accuracy that says why.
    """
    chips = [chip.under(settings.budget) for chip in chips]
    for chip in chips:
        chip.require_sense(settings.network.delays.steps[-1])
    here = _Comparison(settings, recordings, out, watch if workers == 1 else _unwatched)
    for chip in chips:
        here.require_sense(chip)
    for seed in seeds:
        open_folder(settings.model_copy(update={"seed": seed}), recordings, out / f"seed-{seed}")
    each(
        here.base,
        [(seed,) for seed in seeds],
        workers,
        lambda seed: say(f"seed {seed}: the network in software"),
    )
    work = [(seed, chip, way) for seed in seeds for chip in chips for way in ways]
    return tuple(
        each(here.point, work, workers, lambda seed, chip, way: say(f"seed {seed}, {chip.name}, {way}"))
    )


def _unwatched(stage: str, epochs: int, epoch: object) -> None:
    """Bars of several processes would write over each other."""


class _Comparison:
    """The work of one comparison, in parts that any process can do."""

    def __init__(self, settings: Settings, recordings: Recordings, out: Path, watch: Watch) -> None:
        self.settings, self.recordings, self.out, self.watch = settings, recordings, out, watch
        self._software: dict[int, NDArray[np.int64]] = {}  # predictions of the network in software, by seed

    def require_sense(self, chip: ChipSetting) -> None:
        """Raise `SettingsError` for a budget that no training can keep; what the chip refuses will be a
        point.
        """
        own = chip.strided(chip.budgeted(self.settings))
        if own.budget is not None:
            trainer = self._trainer(own, own.seed)
            with suppress(DoesNotFit):
                trainer.require_room(trainer.untrained(), chip.chip)

    def base(self, seed: int) -> None:
        """Train the network that is rounded and tuned."""
        self._pruned(self._trainer(self.settings, seed))

    def point(self, seed: int, chip: ChipSetting, way: str) -> Point:
        """One deployment, or what is known of it."""
        name, labels = f"{chip.name}_{way}", self.recordings.test.labels
        trainer = self._trainer(self.settings, seed)
        known = trainer.out / "reports" / f"{name}.json"
        if known.exists():
            return Point.model_validate_json(known.read_text(encoding="utf-8"))
        pruned = self._pruned(trainer)
        if seed not in self._software:
            self._software[seed] = engine.simulate(pruned.graph, self.recordings.test.spikes).predictions
        software, budget = self._software[seed], chip.budgeted(self.settings).budget
        base = {
            "target": chip.target,
            "setting": chip.name,
            "way": way,
            "seed": seed,
            "samples": len(labels),
            "software": float((software == labels).mean()),
        }
        try:
            trained = self._made(trainer, pruned, chip, way, name)
            deployed = deploy_on(chip.target, trained, self.recordings.test, software, **chip.options)
            row, losses = (
                deployed.row,
                trained.losses
                + (deployed.result.program.losses if deployed.result is not None else Losses()),
            )
            figures = {
                "accuracy": row.accuracy,
                "same": row.same,
                "energy": row.energy,
                "latency": row.latency,
            }
            limits = (
                kept(budget, deployed.result) if budget is not None and deployed.result is not None else ()
            )
            point = Point(
                **base,
                **figures,
                note=row.note,
                losses=losses,
                budget={limit.amount: limit.taken / limit.limit for limit in limits},
            )
        except DelaycoreError as refused:
            note = (
                refused.report.verdict if isinstance(refused, DoesNotFit) else " ".join(str(refused).split())
            )
            point = Point(**base, accuracy=None, same=None, energy=None, latency=None, note=note)
        if point.accuracy is not None:  # what a chip refuses today, another version of its backend may take
            write_text(known, point.model_dump_json(indent=2) + "\n")
        return point

    def _trainer(self, settings: Settings, seed: int) -> Trainer:
        return Trainer(
            settings.model_copy(update={"seed": seed}), self.recordings, self.out / f"seed-{seed}", self.watch
        )

    def _pruned(self, trainer: Trainer) -> Trained:
        return trainer.pruned(Stage("pruned", "pruned"), trainer.delays(Stage("delays", "all delays")))

    def _made(self, trainer: Trainer, pruned: Trained, setting: ChipSetting, way: str, name: str) -> Trained:
        graph, losses = setting.coarsen_delays(pruned.graph)
        own = setting.budgeted(self.settings)
        coarse = Trained(Stage(name, setting.name), graph, pruned.losses + losses)
        if way == "rounded":
            return coarse
        if way == "tuned":
            before = coarse
            trainer = self._trainer(own, trainer.settings.seed)
        else:
            trainer = self._trainer(setting.strided(own), trainer.settings.seed)
            whole = trainer.delays(Stage(f"{name}_delays", setting.name), setting.chip)
            before = trainer.pruned(Stage(f"{name}_pruned", setting.name), whole, setting.chip)
        last = trainer.on_grid(coarse.stage, before, setting.chip)
        return replace(last, losses=before.losses + last.losses)
