"""One network on one chip: checked, quantized, mapped, simulated, and held against its quantized
reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import deploy, engine
from delaycore._files import write_text
from delaycore._wording import pluralize
from delaycore.activity import Activity
from delaycore.datasets import Samples
from delaycore.experiment._stages import Trained
from delaycore.hardware import DoesNotFit, FitReport, Result
from delaycore.report._rows import Row, row

__all__ = ["Deployment", "deploy_on"]


@dataclass(frozen=True, eq=False)
class Deployment:
    """What a chip made of a network.

    report: the fit; result: of the simulation, None for a network that does not fit; row: of the table;
            remarks: what a reader should know.
    same_predictions: samples with the prediction of the quantized graph; same_spikes: whether all spikes are
                      its, too.
    """

    target: str
    report: FitReport
    row: Row
    remarks: tuple[str, ...]
    result: Result | None = None
    same_predictions: int = 0
    same_spikes: bool = False

    def save(self, out: Path) -> None:
        """Write the fit, the program and the figures into the run's folder."""
        write_text(out / "reports" / f"{self.target}_fit.json", self.report.model_dump_json(indent=2) + "\n")
        if self.result is not None:
            self.result.program.save(out / "programs" / f"{self.target}.safetensors")
            write_text(
                out / "reports" / f"{self.target}.json",
                json.dumps(self._figures(self.result), indent=2) + "\n",
            )

    def _figures(self, result: Result) -> dict[str, Any]:
        return {
            "losses": result.program.losses.model_dump(mode="json"),
            "cost": result.cost.to_dict(),
            "findings": [f.model_dump(mode="json") for f in result.findings],
            "expectations": [e.model_dump(mode="json") for e in result.expectations],
            "facts": dict(result.program.facts),
            "overflow": {k: int(v.sum()) for k, v in result.activity.overflow.items()},
            "late": {k: int(v.sum()) for k, v in result.activity.late.items()},
            "predictions_as_reference": self.same_predictions,
            "spikes_as_reference": self.same_spikes,
        }


def deploy_on(
    target: str, trained: Trained, test: Samples, software: NDArray[np.int64], **options: Any
) -> Deployment:
    """Put ``trained`` on a chip and run it on ``test``; ``software`` are the predictions [samples] of the
    network it was made from.
    """
    report, title = deploy.check(trained.graph, target, **options), trained.stage.title
    try:
        program = deploy.map(trained.graph, target, **options)
    except DoesNotFit as refused:
        nothing = Row(name=target, title=title, note=refused.report.verdict)
        return Deployment(
            target, refused.report, nothing, tuple(f"{title}: {f}" for f in refused.report.errors)
        )
    result = deploy.simulate(program, test.spikes)
    truth = engine.simulate(program.graph, test.spikes)
    equal = int((truth.predictions == result.predictions).sum())
    same = _same_spikes(truth, result.activity)
    how = "equal" if same else "NOT equal"
    remarks = (
        (
            f"{title}: same prediction as its quantized reference on {equal} of {len(test)} samples, "
            f"spikes {how} in every step"
        ),
        f"{title}: {pluralize(len(program.placement.cores), 'core')}",
        *(f"{title}: {loss}" for loss in program.losses),
        *(f"{title}: {finding}" for finding in (*program.report.findings, *result.findings)),
        *(f"{title}: {expectation}" for expectation in result.expectations),
        *(f"{title}, not modelled: {line}" for line in result.cost.not_modelled),
    )
    made = row(
        target,
        title,
        result.predictions,
        test.labels,
        graph=program.graph,
        activity=result.activity,
        cost=result.cost,
        software=software,
    )
    return Deployment(target, report, made, remarks, result, equal, same)


def _same_spikes(a: Activity, b: Activity) -> bool:
    return all(np.array_equal(a.spikes[name], b.spikes[name]) for name in a.spikes)
