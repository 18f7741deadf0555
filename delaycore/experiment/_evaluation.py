"""A trained network on a chip: checked, mapped, simulated, and compared with its quantized reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import deploy, engine
from delaycore._shown import show_line
from delaycore._wording import pluralize
from delaycore.activity import Activity
from delaycore.datasets import Samples
from delaycore.experiment._documents import save_value
from delaycore.experiment._stage import TrainedNetwork
from delaycore.hardware import Cost, DoesNotFit, FitReport, Quantity, Result
from delaycore.report import Row, make_row

__all__ = ["Deployed", "Evaluation", "evaluate_on_chip"]


@dataclass(frozen=True)
class Deployed:
    """What a run shows of a network on a chip, in values that JSON can hold.

    row:     of the table.
    remarks: what a reader should know.
    sample:  spikes of the first sample by population, [steps][neurons]; empty for a network that does not
             fit, as are all that follow.
    energy:  joules per sample by part, in the mean over samples.
    memory:  bits by part; delay_memory: the parts that hold spikes until they are due.
    """

    row: Row
    remarks: tuple[str, ...]
    sample: Mapping[str, tuple[tuple[bool, ...], ...]] = field(default_factory=dict)
    energy: Mapping[str, float] = field(default_factory=dict)
    memory: Mapping[str, float] = field(default_factory=dict)
    delay_memory: tuple[str, ...] = ()

    @property
    def first_spikes(self) -> dict[str, NDArray[np.bool_]]:
        """Spikes of the first sample by population, bool [1, steps, neurons]."""
        return {name: np.array([spikes], dtype=np.bool_) for name, spikes in self.sample.items()}

    @property
    def mean_cost(self) -> Cost:
        """Energy and memory as the cost of one sample, the mean one."""
        energy = Quantity("J", {part: np.array([joules]) for part, joules in self.energy.items()})
        return Cost(energy, Quantity("s", {}), self.memory, self.delay_memory)


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

    __repr__ = show_line

    @property
    def deployed(self) -> Deployed:
        """What of it a run shows."""
        if self.result is None:
            return Deployed(self.row, self.remarks)
        cost = self.result.cost
        return Deployed(
            row=self.row,
            remarks=self.remarks,
            sample={n: tuple(map(tuple, s[0].tolist())) for n, s in self.result.spikes.items()},
            energy={part: float(v.mean()) for part, v in cost.energy.parts.items()},
            memory=dict(cost.memory),
            delay_memory=cost.delay_memory,
        )

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
