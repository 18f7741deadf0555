"""PTQ against QAT: one network deployed by three methods, at several settings of each chip.

ptq:          Post-training quantization: trained in float, rounded to the chip's numbers when it is deployed.
qat_finetune: QAT fine-tuning: trained in float, then fine-tuned by quantization-aware training.
qat:          Quantization-aware training from the first epoch, through pruning and fine-tuning, for as many
              epochs in all as ``qat_finetune``.

A budget in the settings holds for every setting of its chip.  ``qat_finetune`` is pruned to fit, and its
spikes have a price in the fine-tuning; those of ``qat`` have it from the first epoch; ``ptq`` shows what the
network takes without regard to the budget.

Everything is written to one folder; a result that stands there is not computed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from delaycore import engine
from delaycore.errors import DelaycoreError, FileError, SettingsError
from delaycore.experiment._chip_setting import ChipSetting
from delaycore.experiment._documents import load_value, save_value
from delaycore.experiment._evaluation import evaluate_on_chip
from delaycore.experiment._folder import is_same_run, open_folder
from delaycore.experiment._folder_lock import lock_folder
from delaycore.experiment._limits import check_limits
from delaycore.experiment._misfits import find_misfits, require_fit
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._stage import (
    EpochCallback,
    MessageCallback,
    Stage,
    TrainedNetwork,
    ignore_epoch,
    ignore_message,
)
from delaycore.experiment._stage_files import take_stages
from delaycore.experiment._trainer import Trainer
from delaycore.experiment._volunteers import follow_epochs, tell_epoch
from delaycore.experiment._workers import map_cases
from delaycore.hardware import DoesNotFit, Losses
from delaycore.registry import BackendError, call_apart, map_apart
from delaycore.report import Point
from delaycore.settings import Settings

__all__ = ["METHODS", "Method", "compare"]

Method = Literal["ptq", "qat_finetune", "qat"]
"""A method of bringing a network onto a chip; see this module."""

METHODS: tuple[Method, ...] = get_args(Method)


def compare(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    chips: Sequence[ChipSetting],
    seeds: Sequence[int],
    *,
    volunteers: Sequence[ChipSetting] = (),
    methods: Sequence[Method] = METHODS,
    workers: int = 1,
    trained: Path | None = None,
    on_epoch: EpochCallback = ignore_epoch,
    on_message: MessageCallback = ignore_message,
    on_left_out: MessageCallback = ignore_message,
) -> tuple[Point, ...]:
    """Train and deploy every combination; return a point per seed, chip setting and method.

    volunteers: settings of chips for which nobody asked by name, from `list_volunteer_settings`: each is
                computed in a process of its own.  A chip that fails in one drops out of those that follow.
    workers:    processes that share the work, each with as many threads as the settings give to torch.  Their
                number does not change the result.
    trained:    folder of a `run` with these settings, data and one of the seeds, whose network is taken for
                that seed instead of being trained again.
    on_epoch:   called after every epoch if there is one worker.
    on_message: called with what the comparison is doing.
    on_left_out: called with a line for every volunteer that drops out.

    Raises `SettingsError` for a folder of another comparison, options that a backend does not know, strides
    beyond the longest delay, and limits of a budget that no training can keep; `FileError` for a folder in
    which another process works, or whose files were changed; `SettingsError` if ``trained`` is the folder of
    another run.  A setting that a chip refuses is a point without accuracy that says why.
    """
    require_fit(settings, recordings)
    for misfit in find_misfits(settings, recordings):
        on_message(f"before the training: {misfit}")
    chips = [chip.add_budget_options(settings.budget) for chip in chips]
    for chip in chips:
        chip.validate(settings.network.delays.steps[-1])
    # progress bars of several processes would write over each other
    comparison = _Comparison(settings, recordings, out, on_epoch if workers == 1 else ignore_epoch)
    for chip in chips:
        comparison.validate_budget(chip)
    with ExitStack() as stack:
        stack.enter_context(lock_folder(out, on_message))
        for seed in dict.fromkeys(seeds):
            own = settings.model_copy(update={"seed": seed})
            stack.enter_context(open_folder(own, recordings, out / f"seed-{seed}", on_message))
        if trained is not None:
            seed = _find_seed(trained, settings, recordings, seeds)
            take_stages(trained, out / f"seed-{seed}", ("delays", "pruned"))
            on_message(f"seed {seed}: the network in software is that of {trained}")
        map_cases(
            comparison.train_in_software,
            [(seed,) for seed in seeds],
            workers,
            lambda seed: f"seed {seed}: the network in software",
            on_message,
        )
        points = map_cases(
            comparison.deploy,
            [(seed, chip, method) for seed in seeds for chip in chips for method in methods],
            workers,
            lambda seed, chip, method: f"seed {seed}, {chip.name}, {method}",
            on_message,
        )
        cases = [(seed, chip) for seed in seeds for chip in volunteers]
        return (*points, *comparison.deploy_volunteers(cases, methods, workers, on_message, on_left_out))


def _find_seed(run: Path, settings: Settings, recordings: Recordings, seeds: Sequence[int]) -> int:
    """Return the seed of the run in a folder.  Raises `SettingsError` if it is none of this comparison."""
    for seed in seeds:
        if is_same_run(settings.model_copy(update={"seed": seed}), recordings, run):
            return seed
    raise SettingsError.at(
        run,
        f"holds no run with these settings and data and one of the seeds {', '.join(map(str, seeds))}",
        "give the configuration and the data of that run, or leave it out to train the network again",
    )


@dataclass(frozen=True)
class _Found:
    """A point, and the digest of what it was measured on; see `Trainer.identify`."""

    identity: str
    point: Point


class _Comparison:
    """The work of one comparison, in parts that any process can do."""

    def __init__(
        self, settings: Settings, recordings: Recordings, out: Path, on_epoch: EpochCallback
    ) -> None:
        self.settings, self.recordings, self.out, self.on_epoch = settings, recordings, out, on_epoch
        self._predictions: dict[int, NDArray[np.int64]] = {}  # of the network in software, by seed

    def validate_budget(self, chip: ChipSetting) -> None:
        """Raise `SettingsError` for a budget that no training can keep; what the chip refuses will be a
        point.
        """
        settings = chip.adapt_delays(chip.adapt_budget(self.settings))
        if settings.budget is not None:
            trainer = self._make_trainer(settings, settings.seed)
            with suppress(DoesNotFit):
                trainer.require_room(trainer.build_untrained(), chip.chip)

    def train_in_software(self, seed: int) -> None:
        """Train the network that PTQ and QAT fine-tuning start from."""
        _train_and_prune(self._make_trainer(self.settings, seed))

    def deploy(self, seed: int, setting: ChipSetting, method: Method) -> Point:
        """Bring a network onto a chip by one method, or read what an earlier run found."""
        stage, test = Stage(f"{setting.name}_{method}", setting.name), self.recordings.test
        trainer = self._make_trainer(self.settings, seed)
        path, identity = trainer.out / "reports" / f"{stage.name}.json", trainer.identify(stage)
        if path.exists():
            remedy = "remove it to measure the point again, or give another --out"
            found = load_value(path, "point", _Found, remedy)
            if found.identity != identity:
                message = "belongs to another setting, or to a run with other settings or data"
                raise FileError.at(path, message, remedy)
            return found.point
        pruned = _train_and_prune(trainer)
        if seed not in self._predictions:
            self._predictions[seed] = engine.simulate(pruned.graph, test.spikes).predictions
        software = self._predictions[seed]
        point = Point(
            target=setting.target,
            setting=setting.name,
            method=method,
            seed=seed,
            samples=len(test.labels),
            software=float((software == test.labels).mean()),
        )
        try:
            trained = self._train(pruned, seed, setting, method, stage)
            point = self._measure(point, setting, trained, software)
        except DoesNotFit as refusal:
            point = replace(point, note=refusal.report.verdict)
        except (BackendError, FileError):  # no refusal of the chip
            raise
        except DelaycoreError as refusal:
            point = replace(point, note=" ".join(str(refusal).split()))
        if point.accuracy is not None:  # what a chip refuses today, another version of its backend may take
            save_value(path, "point", _Found(identity, point))
        return point

    def deploy_volunteers(
        self,
        cases: Sequence[tuple[int, ChipSetting]],
        methods: Sequence[Method],
        workers: int,
        on_message: MessageCallback,
        on_left_out: MessageCallback,
    ) -> Iterator[Point]:
        """Yield the points of each seed and setting of ``cases``, each computed in a process of its own, as
        far as the chip did not fail in one before.
        """
        apart = _Comparison(self.settings, self.recordings, self.out.resolve(), tell_epoch)
        failed: set[str] = set()

        def ask(case: tuple[int, ChipSetting]) -> tuple[Point, ...] | BackendError | None:
            (seed, setting), target = case, case[1].target
            if target in failed:
                return None
            on_message(f"seed {seed}, {setting.name}, {', '.join(methods)}")
            try:
                call, on_told = apart.deploy_all, follow_epochs(self.on_epoch)
                return call_apart(
                    target, call, seed, setting, methods, answer=tuple[Point, ...], on_told=on_told
                )
            except BackendError as error:
                failed.add(target)
                return error

        left_out: set[str] = set()
        for (_, setting), found in zip(cases, map_apart(ask, cases, workers), strict=True):
            if setting.target in left_out or found is None:
                continue
            if isinstance(found, BackendError):
                left_out.add(setting.target)
                on_left_out(f"left out from {setting.name} on: {found}")
            else:
                yield from found

    def deploy_all(self, seed: int, setting: ChipSetting, methods: Sequence[Method]) -> tuple[Point, ...]:
        """Bring a network onto a chip by each of ``methods``."""
        return tuple(self.deploy(seed, setting, method) for method in methods)

    def _measure(
        self, point: Point, setting: ChipSetting, trained: TrainedNetwork, software: NDArray[np.int64]
    ) -> Point:
        """Deploy ``trained`` and complete ``point`` with its results."""
        evaluation = evaluate_on_chip(
            setting.target, trained, self.recordings.test, software, **setting.chip.options
        )
        row, result = evaluation.row, evaluation.result
        budget = setting.adapt_budget(self.settings).budget
        limits = () if budget is None or result is None else check_limits(budget, result)
        return replace(
            point,
            accuracy=row.accuracy,
            by_speaker=row.by_speaker,
            same=row.same,
            energy=row.energy,
            latency=row.latency,
            note=row.note,
            losses=trained.losses + (Losses() if result is None else result.program.losses),
            budget={limit.amount: limit.taken / limit.limit for limit in limits},
        )

    def _make_trainer(self, settings: Settings, seed: int) -> Trainer:
        settings = settings.model_copy(update={"seed": seed})
        return Trainer(settings, self.recordings, self.out / f"seed-{seed}", self.on_epoch)

    def _train(
        self, pruned: TrainedNetwork, seed: int, setting: ChipSetting, method: Method, stage: Stage
    ) -> TrainedNetwork:
        """Train by one method what is deployed.

        pruned: the network in software.
        """
        settings = setting.adapt_budget(self.settings)
        if method == "qat":
            trainer = self._make_trainer(setting.adapt_delays(settings), seed)
            full = trainer.train_delays(Stage(f"{stage.name}_delays", stage.title), setting.chip)
            # delay levels lie on the stride already, positions may not
            coarse = _coarsen(full, setting)
            start = trainer.prune_and_finetune(
                Stage(f"{stage.name}_pruned", stage.title), coarse, setting.chip
            )
        else:
            trainer = self._make_trainer(settings, seed)
            start = _coarsen(replace(pruned, stage=stage), setting)
            if method == "ptq":
                return start
        finetuned = trainer.finetune_for_chip(stage, start, setting.chip)
        return replace(finetuned, losses=start.losses + finetuned.losses)


def _train_and_prune(trainer: Trainer) -> TrainedNetwork:
    return trainer.prune_and_finetune(
        Stage("pruned", "pruned"), trainer.train_delays(Stage("delays", "all delays"))
    )


def _coarsen(trained: TrainedNetwork, setting: ChipSetting) -> TrainedNetwork:
    """Move the delays of ``trained`` onto the stride of ``setting``."""
    graph, losses = setting.coarsen_delays(trained.graph)
    return replace(trained, graph=graph, losses=trained.losses + losses)
