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
from delaycore._shown import show_line
from delaycore.activity import Activity
from delaycore.datasets import Samples
from delaycore.deploy import require_chips
from delaycore.experiment._baselines import train_baselines
from delaycore.experiment._documents import save_value
from delaycore.experiment._evaluation import Deployed, evaluate_on_chip
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
from delaycore.experiment._volunteers import Volunteers, deploy_apart, finetune_or_keep
from delaycore.graph import Graph
from delaycore.hardware import Result
from delaycore.registry import BackendError
from delaycore.report import (
    Row,
    describe_delay_bounds,
    describe_differences,
    explain_interval,
    make_row,
    to_markdown,
)
from delaycore.settings import Settings
from delaycore.training import measure_agreement

__all__ = ["Outcome", "run"]

NOBODY = Volunteers()
"""No chips but those of the settings."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """Results of a run.

    out:     the folder with everything.
    rows:    of the table.
    remarks: for the reader of the table.
    results: of the simulation of each chip of the settings that the network fits.
    limits:  of the budget.
    dropped: the line about each volunteer that failed, by target.
    """

    out: Path
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]
    results: Mapping[str, Result] = field(default_factory=dict)
    limits: tuple[LimitCheck, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)

    __repr__ = show_line

    def __str__(self) -> str:
        return to_markdown(self.rows, str(self.out), self.remarks)

    @property
    def within_budget(self) -> bool:
        """Whether every limit is met, if there are any."""
        return all(limit.met for limit in self.limits)


def run(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    *,
    volunteers: Volunteers = NOBODY,
    on_epoch: EpochCallback = ignore_epoch,
    on_message: MessageCallback = ignore_message,
) -> Outcome:
    """Do the main job of ``settings`` on ``recordings`` and write it to ``out``.

    Run again with the same settings and data after an interruption, it goes on where it was and ends the
    same.  The chips may be others then.

    volunteers: chips beside those of the settings, from `choose_targets`.  Each works in a process of its
                own, and one that fails drops out with a remark; one of the settings ends the run with its
                error.

    on_epoch:   called after every epoch.
    on_message: called with what the run is doing.

    Raises `SettingsError` for a folder that holds another run, `FileError` for one that cannot be written to,
    in which another process works, or whose files were changed, and what `require_chips` raises before the
    training.
    """
    require_chips(settings.chips.values())
    titles = {target: chip.backend.spec.title for target, chip in settings.chips.items()}
    trainer = Trainer(settings, recordings, out, on_epoch)
    with begin(trainer, on_message):
        return _train_and_deploy(trainer, titles, volunteers, on_message)


def _train_and_deploy(
    trainer: Trainer, titles: Mapping[str, str], volunteers: Volunteers, on_message: MessageCallback
) -> Outcome:
    """Do the main job in a folder that is open.

    titles: of the chips of the settings.
    """
    settings, recordings, out = trainer.settings, trainer.recordings, trainer.out
    full, pruned = train_and_prune(trainer, on_message)
    baselines = tuple(train_baselines(trainer, pruned.graph.synapses))
    finetuned = {
        target: finetune_or_keep(trainer, Stage(f"on_{target}", titles[target]), pruned, chip)
        for target, chip in settings.chips.items()
    }

    volunteering, dropped = _deploy_volunteers(trainer, volunteers, pruned, on_message)

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
        *describe_delay_bounds(pruned.graph, settings.network.delays.longest),
        str(measure_agreement(trainer.load_network(pruned.graph), pruned.graph, test)),
    ]
    results: dict[str, Result] = {}
    deployed: dict[str, Deployed] = {}
    limits: tuple[LimitCheck, ...] = ()
    for target, network in finetuned.items():
        on_message(f"simulating {target}")
        options = settings.chips[target].options
        evaluation = evaluate_on_chip(target, network, test, predictions[pruned.stage.name], **options)
        evaluation.save(out)
        remarks += evaluation.remarks
        remarks += [f"{network.stage.title}, in training: {loss}" for loss in network.losses]
        deployed[target] = evaluation.deployed
        if evaluation.result is not None:
            results[target] = evaluation.result
            if settings.budget is not None and target == settings.budget.target:
                limits = check_limits(settings.budget, evaluation.result)
                remarks += [f"{network.stage.title}: {limit}" for limit in limits]
    for one in volunteering.values():
        remarks += one.remarks
    deployed |= volunteering
    rows += [one.row for one in deployed.values()]
    remarks += [*describe_differences(rows, pruned.stage.name), *volunteers.left_out, *dropped.values()]
    outcome = Outcome(out, tuple(rows), tuple(remarks), results, limits, dropped)
    on_message("drawing")
    _write(outcome, recordings)
    _draw(outcome, deployed, recordings, full.graph, pruned.graph)
    return outcome


def _deploy_volunteers(
    trainer: Trainer, volunteers: Volunteers, pruned: TrainedNetwork, on_message: MessageCallback
) -> tuple[dict[str, Deployed], dict[str, str]]:
    """Return what each volunteer makes of ``pruned``, and the line about each that fails."""
    deployed, dropped = {}, {}
    for target in volunteers.targets:
        on_message(f"training for and simulating {target}")
        try:
            deployed[target] = deploy_apart(trainer, pruned, target)
        except BackendError as error:
            dropped[target] = f"left out: {error}"
            on_message(dropped[target])
    return deployed, dropped


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


def _draw(
    outcome: Outcome, deployed: Mapping[str, Deployed], recordings: Recordings, full: Graph, pruned: Graph
) -> None:
    """Draw spikes of one test sample, delays before and after pruning, accuracies, and costs."""
    from delaycore.report import draw_accuracies, draw_costs, draw_delays, draw_raster

    shown = {target: one for target, one in deployed.items() if one.sample}
    columns = {"software": engine.simulate(pruned, recordings.test.spikes[:1]).spikes} | {
        target: one.first_spikes for target, one in shown.items()
    }
    label = recordings.classes[int(recordings.test.labels[0])]
    draw_raster(outcome.out / "raster.png", columns, 0, recordings.step, f"one test sample, {label!r}")
    draw_delays(outcome.out / "delays.png", full, pruned)
    draw_accuracies(outcome.out / "accuracy.png", outcome.rows, _title(recordings))
    if shown:
        draw_costs(outcome.out / "costs.png", {target: one.mean_cost for target, one in shown.items()})


def _title(recordings: Recordings) -> str:
    return f"delaycore on {recordings.name}"
