"""A trained network on a chip: checked, mapped, simulated, and compared with its quantized reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import deploy, engine
from delaycore._wording import pluralize
from delaycore.activity import Activity
from delaycore.datasets import Samples
from delaycore.experiment._documents import save_value
from delaycore.experiment._stage import TrainedNetwork
from delaycore.hardware import DoesNotFit, FitReport, Result
from delaycore.report import Row, make_row

__all__ = ["Evaluation", "evaluate_on_chip"]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Results of a network on a chip.

    report:  whether it fits.
    row:     of the table.
    remarks: what a reader should know.
    result:  of the simulation; None for a network that does not fit.
    same_predictions: samples with the prediction of the quantized reference.
    same_spikes: whether all spikes are those of the quantized reference, too.
    """

    target: str
    report: FitReport
    row: Row
    remarks: tuple[str, ...]
    result: Result | None = None
    same_predictions: int = 0
    same_spikes: bool = False

    def save(self, out: Path) -> None:
        """Write the fit, the program and all figures into the run's folder."""
        save_value(out / "reports" / f"{self.target}_fit.json", "fit report", self.report)
        if self.result is not None:
            self.result.program.save(out / "programs" / f"{self.target}.safetensors")
            figures = self._gather_figures(self.result)
            save_value(out / "reports" / f"{self.target}.json", "chip report", figures)

    def _gather_figures(self, result: Result) -> dict[str, Any]:
        return {
            "classes": result.program.graph.readout.classes if result.program.graph.readout else (),
            "losses": result.program.losses,
            "cost": result.cost.to_dict(),
            "findings": result.findings,
            "expectations": result.expectations,
            "options": result.program.options,
            "mapping": result.program.mapping,
            "overflow": {k: int(v.sum()) for k, v in result.activity.overflow.items()},
            "late": {k: int(v.sum()) for k, v in result.activity.late.items()},
            "predictions_as_reference": self.same_predictions,
            "spikes_as_reference": self.same_spikes,
        }


def evaluate_on_chip(
    target: str, trained: TrainedNetwork, test: Samples, software: NDArray[np.int64], **options: Any
) -> Evaluation:
    """Put ``trained`` on a chip, run it on ``test``, and compare its spikes with the quantized reference.

    software: predictions [samples] of the network in float from which it was made.
    options:  of the chip's backend.
    """
    report, title = deploy.check(trained.graph, target, **options), trained.stage.title
    try:
        program = deploy.map(trained.graph, target, **options)
    except DoesNotFit as refusal:
        row = Row(name=target, title=title, note=refusal.report.verdict)
        errors = tuple(f"{title}: {finding}" for finding in refusal.report.errors)
        return Evaluation(target, refusal.report, row, errors)
    result = deploy.simulate(program, test.spikes)
    reference = engine.simulate(program.graph, test.spikes)
    same_predictions = int((reference.predictions == result.predictions).sum())
    same_spikes = _have_same_spikes(reference, result.activity)
    row = make_row(
        target,
        title,
        result.predictions,
        test.labels,
        speakers=test.speakers,
        graph=program.graph,
        activity=result.activity,
        cost=result.cost,
        software=software,
    )
    comparison = (
        f"same prediction as its quantized reference on {same_predictions} of {len(test)} samples, "
        f"spikes {'equal' if same_spikes else 'NOT equal'} in every step"
    )
    remarks = (f"{title}: {comparison}", *_list_remarks(title, result))
    return Evaluation(target, report, row, remarks, result, same_predictions, same_spikes)


def _list_remarks(title: str, result: Result) -> Iterator[str]:
    """Yield what a reader should know of the placement, of what was altered, and of the model of the chip."""
    program = result.program
    yield f"{title}: {pluralize(len(program.placement.cores), 'core')}"
    for remark in (*program.losses, *program.report.findings, *result.findings, *result.expectations):
        yield f"{title}: {remark}"
    for line in result.cost.not_modelled:
        yield f"{title}, not modelled: {line}"


def _have_same_spikes(a: Activity, b: Activity) -> bool:
    return all(np.array_equal(a.spikes[name], b.spikes[name]) for name in a.spikes)
