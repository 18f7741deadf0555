"""Comparison of a deployed network with its budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from delaycore._shown import show_line
from delaycore.experiment._documents import load_value, save_value
from delaycore.hardware import Losses, Result, Workload
from delaycore.settings import Budget
from delaycore.training import AMOUNTS, UNITS

__all__ = ["LimitCheck", "check_limits", "load_limits", "save_limits"]

_KIND = "budget report"


@dataclass(frozen=True)
class LimitCheck:
    """One limit of a budget against what the simulated chip took.

    amount: such as ``energy``; unit: of both figures.
    limit, taken: per sample; what was taken is the mean over samples.
    """

    amount: str
    limit: float
    taken: float
    unit: str

    __repr__ = show_line

    @property
    def met(self) -> bool:
        """Whether the limit is kept."""
        return self.taken <= self.limit

    def to_dict(self) -> dict[str, Any]:
        """Return all figures and whether the limit is kept, as plain values."""
        return asdict(self) | {"met": self.met}

    def __str__(self) -> str:
        amount = "" if self.amount in self.unit else f" {self.amount}"
        verdict = "met" if self.met else "NOT met"
        difference = f"{abs(self.taken / self.limit - 1):.1%} {'below' if self.met else 'above'} it"
        return (
            f"budget of {self.limit:.4g} {self.unit}{amount}: {verdict}, {self.taken:.4g} {self.unit} taken, "
            f"{difference}"
        )


@dataclass(frozen=True)
class _Saved:
    """What is read of the file again."""

    limits: tuple[LimitCheck, ...]


def check_limits(budget: Budget, result: Result) -> tuple[LimitCheck, ...]:
    """Check every limit of ``budget`` against what a run on the chip took."""
    graph = result.program.graph
    work = Workload(graph, {name: result.spikes[name] for name, p in graph.populations.items() if p.spikes})
    measured: dict[str, Callable[[], float]] = {
        "energy": lambda: result.cost.energy.mean,
        "latency": lambda: result.cost.latency.mean,
    }
    return tuple(
        LimitCheck(
            amount=name,
            limit=limit,
            taken=measured[name]() if name in measured else float(AMOUNTS[name](budget.chip, work).mean()),
            unit=UNITS[name],
        )
        for name, limit in budget.limits.items()
    )


def save_limits(out: Path, budget: Budget, losses: Losses, limits: tuple[LimitCheck, ...]) -> None:
    """Write into the run's folder what was removed to fit the budget, and whether its limits are kept."""
    value = {"losses": losses, "limits": [limit.to_dict() for limit in limits]}
    save_value(_path(out, budget), _KIND, value)


def load_limits(out: Path, budget: Budget) -> tuple[LimitCheck, ...]:
    """Read the limits that `save_limits` wrote.  Raises `FileError` if the file was changed since."""
    return load_value(_path(out, budget), _KIND, _Saved, "train again into another --out").limits


def _path(out: Path, budget: Budget) -> Path:
    return out / "reports" / f"budget_{budget.target}.json"
