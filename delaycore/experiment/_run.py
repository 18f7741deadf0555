"""The main job: train networks with and without delays, deploy the pruned one on chips, compare.

Everything is written to one folder; see `delaycore.experiment._folder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from delaycore import engine
from delaycore._files import write_text
from delaycore.activity import Activity
from delaycore.datasets import Samples
from delaycore.deploy import Chip
from delaycore.experiment._baselines import train_baselines
from delaycore.experiment._documents import save_value
from delaycore.experiment._evaluation import Evaluation, evaluate_on_chip
from delaycore.experiment._limits import LimitCheck, check_limits
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._spike_count_baseline import spike_count_baseline
from delaycore.experiment._stage import (
    EpochCallback,
    MessageCallback,
    Stage,
    TrainedNetwork,
    ignore_epoch,
    ignore_message,
)
from delaycore.experiment._train_model import begin, train_and_prune
from delaycore.experiment._trainer import Trainer
from delaycore.graph import Graph
from delaycore.hardware import DoesNotFit, Result
from delaycore.registry import load_backend
from delaycore.report import Row, describe_differences, explain_interval, make_row, to_markdown
from delaycore.settings import Settings
from delaycore.training import measure_agreement

__all__ = ["Outcome", "run"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Results of a run.

    out:     the folder with everything.
    rows:    of the table.
    remarks: for the reader of the table.
    results: of the simulation of each chip that the network fits.
    limits:  of the budget.
    """

    out: Path
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]
    results: Mapping[str, Result] = field(default_factory=dict)
    limits: tuple[LimitCheck, ...] = ()

    @property
    def within_budget(self) -> bool:
        """Whether every limit is met, if there are any."""
        return all(limit.met for limit in self.limits)


def run(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    *,
    on_epoch: EpochCallback = ignore_epoch,
    on_message: MessageCallback = ignore_message,
) -> Outcome:
    """Do the main job of ``settings`` on ``recordings`` and write it to ``out``.

    Run again with the same settings and data after an interruption, it goes on where it was and ends the
    same.

    on_epoch:   called after every epoch.
    on_message: called with what the run is doing.

    Raises `SettingsError` for a folder that holds another run, `FileError` for one that cannot be written to,
    in which another process works, or whose files were changed, and `UnknownTarget` before the training.
    """
    titles = {target: load_backend(target).spec.title for target in settings.chips}
    trainer = Trainer(settings, recordings, out, on_epoch)
    with begin(trainer, on_message):
        return _train_and_deploy(trainer, titles, on_message)


def _train_and_deploy(trainer: Trainer, titles: Mapping[str, str], on_message: MessageCallback) -> Outcome:
    """Do the main job in a folder that is open.

    titles: of the chips.
    """
    settings, recordings, out = trainer.settings, trainer.recordings, trainer.out
    full, pruned = train_and_prune(trainer, on_message)
    baselines = tuple(train_baselines(trainer, pruned.graph.synapses))
    finetuned = {
        target: _finetune_or_keep(trainer, Stage(f"on_{target}", titles[target]), pruned, chip)
        for target, chip in settings.chips.items()
    }

    on_message("reading the test samples, once")
    test = recordings.test
    counts = spike_count_baseline(recordings.train, recordings.valid, test, settings.seed)
    rows = [make_row("counts", "linear, spike counts only", counts, test.labels, speakers=test.speakers)]
    predictions: dict[str, NDArray[np.int64]] = {}
    for network in (*baselines, full, pruned):
        activity = engine.simulate(network.graph, test.spikes)
        predictions[network.stage.name] = activity.predictions
        rows.append(_make_software_row(network, activity, test))
    remarks = [
        f"data: {recordings.name}; {len(test)} test samples",
        explain_interval(rows[0].by_speaker),
        *recordings.notes,
        *map(str, recordings.losses()),
        *filter(None, (network.describe_overfitting() for network in (*baselines, full, pruned))),
        *map(str, pruned.losses),
        str(measure_agreement(trainer.load_network(pruned.graph), pruned.graph, test)),
    ]
    evaluations: dict[str, Evaluation] = {}
    limits: tuple[LimitCheck, ...] = ()
    for target, network in finetuned.items():
        on_message(f"simulating {target}")
        options = settings.chips[target].options
        evaluation = evaluate_on_chip(target, network, test, predictions[pruned.stage.name], **options)
        evaluation.save(out)
        evaluations[target] = evaluation
        remarks += evaluation.remarks
        remarks += [f"{network.stage.title}, in training: {loss}" for loss in network.losses]
        budget = settings.budget
        if evaluation.result is not None and budget is not None and target == budget.target:
            limits = check_limits(budget, evaluation.result)
            remarks += [f"{network.stage.title}: {limit}" for limit in limits]
    rows += [evaluation.row for evaluation in evaluations.values()]
    remarks += describe_differences(rows, pruned.stage.name)
    results = {target: e.result for target, e in evaluations.items() if e.result is not None}
    outcome = Outcome(out, tuple(rows), tuple(remarks), results, limits)
    on_message("drawing")
    _write(outcome, recordings)
    _draw(outcome, recordings, full.graph, pruned.graph)
    return outcome


def _finetune_or_keep(trainer: Trainer, stage: Stage, pruned: TrainedNetwork, chip: Chip) -> TrainedNetwork:
    """Fine-tune ``pruned`` on the grid of a chip; keep it as it is for a chip that has no grid for it, which
    `check` will then explain.
    """
    try:
        return trainer.finetune_for_chip(stage, pruned, chip)
    except DoesNotFit:
        return TrainedNetwork(stage, pruned.graph)


def _make_software_row(network: TrainedNetwork, activity: Activity, test: Samples) -> Row:
    return make_row(
        network.stage.name,
        network.stage.title,
        activity.predictions,
        test.labels,
        speakers=test.speakers,
        graph=network.graph,
        activity=activity,
    )


def _write(outcome: Outcome, recordings: Recordings) -> None:
    """Write the table, as Markdown and as JSON, and the losses of the data."""
    title = _title(recordings)
    write_text(outcome.out / "table.md", to_markdown(outcome.rows, title, outcome.remarks))
    save_value(outcome.out / "table.json", "table", {"rows": outcome.rows, "remarks": outcome.remarks})
    save_value(outcome.out / "reports" / "data.json", "losses", recordings.losses())


def _draw(outcome: Outcome, recordings: Recordings, full: Graph, pruned: Graph) -> None:
    """Draw spikes of one test sample, delays before and after pruning, accuracies, and costs."""
    from delaycore.report import draw_accuracies, draw_costs, draw_delays, draw_raster

    columns = {"software": engine.simulate(pruned, recordings.test.spikes[:1]).spikes} | {
        target: {name: spikes[:1] for name, spikes in result.spikes.items()}
        for target, result in outcome.results.items()
    }
    label = recordings.classes[int(recordings.test.labels[0])]
    draw_raster(outcome.out / "raster.png", columns, 0, recordings.step, f"one test sample, {label!r}")
    draw_delays(outcome.out / "delays.png", full, pruned)
    draw_accuracies(outcome.out / "accuracy.png", outcome.rows, _title(recordings))
    if outcome.results:
        draw_costs(outcome.out / "costs.png", {t: r.cost for t, r in outcome.results.items()})


def _title(recordings: Recordings) -> str:
    return f"delaycore on {recordings.name}"
