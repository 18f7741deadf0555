"""Whether a deployed network keeps its budget, and by how much it does or does not."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from delaycore._files import write_text
from delaycore.hardware import Losses, Result, Workload
from delaycore.settings import Budget
from delaycore.training.chips.amounts import AMOUNTS, UNITS

__all__ = ["Kept", "kept", "told", "write"]


class Kept(BaseModel):
    """One limit of a budget, held against the simulated chip: both per sample, the amount taken in the mean
    of samples.
    """

    model_config = ConfigDict(frozen=True)

    amount: str
    limit: float
    taken: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the limit is kept."""
        return self.taken <= self.limit

    def __str__(self) -> str:
        said = (
            f"budget of {self.limit:.4g} {self.unit}"
            if self.amount in self.unit
            else f"budget of {self.limit:.4g} {self.unit} {self.amount}"
        )
        how = f"{abs(self.taken / self.limit - 1):.1%} {'below' if self.met else 'above'} it"
        return f"{said}: {'met' if self.met else 'NOT met'}, {self.taken:.4g} {self.unit} taken, {how}"


def kept(budget: Budget, result: Result) -> tuple[Kept, ...]:
    """Every limit of ``budget`` against what a run on the chip took."""
    graph = result.program.graph
    work = Workload(graph, {name: result.spikes[name] for name, p in graph.populations.items() if p.spikes})
    measured = {"energy": lambda: result.cost.energy.mean, "latency": lambda: result.cost.latency.mean}
    return tuple(
        Kept(
            amount=name,
            limit=limit,
            taken=measured[name]() if name in measured else float(AMOUNTS[name](budget.chip, work).mean()),
            unit=UNITS[name],
        )
        for name, limit in budget.limits.items()
    )


def write(out: Path, budget: Budget, losses: Losses, result: Result) -> None:
    """Keep in the run's folder what went to fit the budget, and whether ``result`` keeps it."""
    said = {
        "losses": losses.to_dict(),
        "limits": [k.model_dump() | {"met": k.met} for k in kept(budget, result)],
    }
    write_text(_path(out, budget), json.dumps(said, indent=2) + "\n")


def told(out: Path, budget: Budget) -> tuple[Kept, ...]:
    """What `write` kept of each limit."""
    limits = json.loads(_path(out, budget).read_text(encoding="utf-8"))["limits"]
    return tuple(
        Kept.model_validate({name: value for name, value in limit.items() if name != "met"})
        for limit in limits
    )


def _path(out: Path, budget: Budget) -> Path:
    return out / "reports" / f"budget_{budget.target}.json"
