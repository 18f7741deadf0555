"""The main job: train networks with and without delays, deploy the pruned one on chips, compare.

Everything lands in one folder:

    settings.json              what was asked for, and a digest of the data
    graphs/NAME.safetensors    every trained network
    checkpoints/               from which an interrupted run goes on
    programs/TARGET.safetensors
    reports/                   fit, losses, costs and counts of each target as JSON; the data's losses
    table.md, table.json       the comparison
    *.png                      plots
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import deploy, engine
from delaycore._files import write_text
from delaycore.activity import Activity
from delaycore.deploy import Chip
from delaycore.errors import FileError, SettingsError
from delaycore.experiment import _budget_report as budget_report
from delaycore.experiment._deployment import deploy_on
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._spike_count_baseline import spike_count_baseline
from delaycore.experiment._stages import Stage, Trained, Trainer, Watch, equal_synapses
from delaycore.graph import Graph
from delaycore.hardware import DoesNotFit, Result
from delaycore.registry import load_backend
from delaycore.report._rows import Row, row
from delaycore.report._table import markdown
from delaycore.settings import Settings
from delaycore.training.chips.agreement import agreement

__all__ = ["Outcome", "open_folder", "run", "train_model"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run came to: its rows, remarks for the reader, each chip's result, its budget's limits, and the
    folder that has it all.
    """

    out: Path
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]
    results: Mapping[str, Result] = field(default_factory=dict)
    limits: tuple[budget_report.Kept, ...] = ()

    @property
    def within_budget(self) -> bool:
        """Whether every limit is met, if there are any."""
        return all(limit.met for limit in self.limits)


def run(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    *,
    watch: Watch = lambda stage, epochs, epoch: None,
    say: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Do the main job of ``settings`` on ``recordings`` and write it to ``out``.

    Run again with the same settings and data after an interruption, it goes on where it was and ends the
    same. Raises `SettingsError` for a folder that holds another run, `FileError` for one that cannot be
    written to.
    """
    backends = {
        target: load_backend(target) for target in settings.chips
    }  # an unknown target shows before the training
    trainer = Trainer(settings, recordings, out, watch)
    full, pruned = _trained(trainer, say)
    hidden = settings.network.hidden
    width = equal_synapses(
        recordings.framing.inputs, len(hidden), len(recordings.classes), pruned.graph.synapses
    )
    controls = [
        trainer.no_delays(Stage("no_delays", "no delays, same neurons"), hidden),
        trainer.no_delays(
            Stage("no_delays_wide", f"no delays, same synapses ({width} wide)"), (width,) * len(hidden)
        ),
        trainer.random_delays(Stage("random_delays", "fixed random delays")),
    ]
    tuned = {
        target: _tuned(trainer, Stage(f"on_{target}", backends[target].spec.title), pruned, chip)
        for target, chip in settings.chips.items()
    }

    say("reading the test samples, once")
    test = recordings.test
    linear = spike_count_baseline(recordings.train, recordings.valid, test, settings.seed)
    rows = [row("counts", "linear, spike counts only", linear, test.labels)]
    software: dict[str, NDArray[np.int64]] = {}
    for trained in (*controls, full, pruned):
        activity = engine.simulate(trained.graph, test.spikes)
        software[trained.stage.name] = activity.predictions
        rows.append(
            row(
                trained.stage.name,
                trained.stage.title,
                activity.predictions,
                test.labels,
                graph=trained.graph,
                activity=activity,
            )
        )

    remarks = [
        f"data: {recordings.name}; {len(test)} test samples",
        *recordings.notes,
        *(str(loss) for loss in recordings.losses()),
    ]
    remarks += [str(loss) for loss in pruned.losses]
    remarks.append(str(agreement(trainer.loaded(pruned.graph), pruned.graph, test)))
    results: dict[str, Result] = {}
    limits: tuple[budget_report.Kept, ...] = ()
    for target, trained in tuned.items():
        say(f"simulating {target}")
        deployed = deploy_on(target, trained, test, software["pruned"], **settings.chips[target].options)
        deployed.save(out)
        rows.append(deployed.row)
        remarks += deployed.remarks
        remarks += [f"{trained.stage.title}, in training: {loss}" for loss in trained.losses]
        if deployed.result is not None and settings.budget is not None and target == settings.budget.target:
            limits = budget_report.kept(settings.budget, deployed.result)
            remarks += [f"{trained.stage.title}: {limit}" for limit in limits]
        if deployed.result is not None:
            results[target] = deployed.result
    outcome = Outcome(out, tuple(rows), tuple(remarks), results, limits)
    _write(outcome, recordings, full.graph, pruned.graph, test.spikes, say)
    return outcome


def _trained(trainer: Trainer, say: Callable[[str], None]) -> tuple[Trained, Trained]:
    """The network with all its delays and the pruned one, once chips have been asked and the run has its
    folder.
    """
    _foresee(trainer, say)
    open_folder(trainer.settings, trainer.recordings, trainer.out)
    full = trainer.delays(Stage("delays", "all delays, trained"))
    return full, trainer.pruned(Stage("pruned", "pruned, then tuned"), full)


def _foresee(trainer: Trainer, say: Callable[[str], None]) -> None:
    """Tell, before hours of training, what chips have to say against a network of this size and with these
    delays.

    Raises `DoesNotFit` for a budget whose chip no pruning would make room on, `SettingsError` for limits that
    no training can keep.
    """
    budget, chips = trainer.settings.budget, trainer.settings.chips.values()
    untrained = trainer.untrained()
    for chip in chips:
        try:
            trainer.require_room(untrained, chip)
        except DoesNotFit as refused:
            if budget is not None and budget.chip == chip:
                raise
            say(
                "before the training, of an untrained network with the synapses that pruning will "
                f"keep: {refused.report}"
            )


def _tuned(trainer: Trainer, stage: Stage, pruned: Trained, chip: Chip) -> Trained:
    """``pruned`` on the grid of a chip; as it is for a chip that has no grid for it, which `check` will then
    explain.
    """
    try:
        return trainer.on_grid(stage, pruned, chip)
    except DoesNotFit:
        return Trained(stage, pruned.graph)


def train_model(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    *,
    watch: Watch = lambda stage, epochs, epoch: None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Path]:
    """Train, prune and fine-tune one network, and fine-tune it on the grid of each target; the model files by
    name.

    The test samples are not read.  Interrupted, it goes on where it was and ends the same.
    say: is told beforehand what a target would refuse in a network of this size and with these delays.
    """
    trainer = Trainer(settings, recordings, out, watch)
    _, pruned = _trained(trainer, say)
    made = {"model": pruned} | {
        f"model_{t}": trainer.on_grid(Stage(f"on_{t}", t), pruned, chip) for t, chip in settings.chips.items()
    }
    for name, trained in made.items():
        trained.graph.save(out / f"{name}.safetensors")
    write_text(out / "reports" / "pruning.json", json.dumps(pruned.losses.to_dict(), indent=2) + "\n")
    if settings.budget is not None:
        budgeted = made[f"model_{settings.budget.target}"]
        program = deploy.map(budgeted.graph, settings.budget.target, **settings.budget.options)
        budget_report.write(
            out, settings.budget, budgeted.losses, deploy.simulate(program, recordings.valid.spikes)
        )
    return {name: out / f"{name}.safetensors" for name in made}


def open_folder(settings: Settings, recordings: Recordings, out: Path) -> None:
    """Make the run's folder, or find it as the same run left it."""
    asked = {"settings": settings.model_dump(mode="json"), "data": recordings.fingerprint}
    try:
        for folder in (out, out / "graphs", out / "checkpoints", out / "programs", out / "reports"):
            folder.mkdir(parents=True, exist_ok=True)
        known = out / "settings.json"
        if known.exists() and json.loads(known.read_text(encoding="utf-8")) != json.loads(json.dumps(asked)):
            raise SettingsError.at(
                out, "holds a run with other settings or data", "give another --out, or remove the folder"
            )
        if not known.exists() and any((out / "graphs").glob("*.safetensors")):
            raise SettingsError.at(
                out,
                "holds graphs, but no settings.json that says of what",
                "give another --out, or remove the folder",
            )
    except OSError as error:
        raise FileError.at(
            out, f"cannot be written to ({error.strerror})", "give a folder that you may write to with --out"
        ) from error
    except ValueError as error:
        raise FileError.at(
            out / "settings.json", f"is damaged ({error})", "remove the folder, or give another --out"
        ) from error
    write_text(known, json.dumps(asked, indent=2) + "\n")


def _write(
    outcome: Outcome,
    recordings: Recordings,
    full: Graph,
    pruned: Graph,
    spikes: NDArray[np.bool_],
    say: Callable[[str], None],
) -> None:
    from delaycore.report import _plots as plots

    out, title = outcome.out, f"delaycore on {recordings.name}"
    say("drawing")
    write_text(out / "table.md", markdown(outcome.rows, title, outcome.remarks))
    table: dict[str, Any] = {
        "rows": [r.model_dump(mode="json") for r in outcome.rows],
        "remarks": outcome.remarks,
    }
    write_text(out / "table.json", json.dumps(table, indent=2) + "\n")
    write_text(out / "reports" / "data.json", json.dumps(recordings.losses().to_dict(), indent=2) + "\n")
    one = spikes[:1]
    software: Activity = engine.simulate(pruned, one)
    columns = {"software": software.spikes} | {
        t: {n: s[:1] for n, s in r.spikes.items()} for t, r in outcome.results.items()
    }
    label = recordings.classes[int(recordings.test.labels[0])]
    plots.raster(out / "raster.png", columns, 0, recordings.step, f"one test sample, {label!r}")
    plots.delays(out / "delays.png", full, pruned)
    plots.accuracies(out / "accuracy.png", outcome.rows, title)
    if outcome.results:
        plots.costs(out / "costs.png", {t: r.cost for t, r in outcome.results.items()})
