"""Whether a network fits a chip: every violation at once, each one something that can be acted on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from delaycore._wording import pluralize
from delaycore.errors import DelaycoreError, Problem
from delaycore.hardware._spec import Constant

__all__ = ["DoesNotFit", "Finding", "FitReport"]


class Finding(BaseModel):
    """One thing about a network that a chip cannot hold (``error``), or that deserves a look (``warning``,
    ``note``).

    code:      what kind of thing, stable and machine readable, such as ``delay.range``.
    place:     where in the graph, such as ``projections['h1->h2']`` or ``core 3``.
    needed, available: in ``unit``; None where there is no number to give.
    source:    where the limit comes from.
    remedy:    what to do about it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    severity: Literal["error", "warning", "note"] = "error"
    place: str
    message: str
    needed: float | None = None
    available: float | None = None
    unit: str = ""
    source: str = ""
    remedy: str

    @classmethod
    def over(
        cls, code: str, place: str, message: str, needed: float, limit: Constant, remedy: str
    ) -> Finding:
        """The error that ``needed`` exceeds a limit of the chip."""
        return cls(
            code=code,
            place=place,
            message=message,
            needed=float(needed),
            available=limit.value,
            unit=limit.unit,
            source=limit.source,
            remedy=remedy,
        )

    def __str__(self) -> str:
        both = self.needed is not None and self.available is not None
        numbers = f" (needed {self.needed:g}, available {self.available:g} {self.unit})" if both else ""
        source = f" [{self.source}]" if self.source else ""
        return (
            f"{self.severity} {self.code} at {self.place}: {self.message}{numbers}{source}. Remedy: "
            f"{self.remedy}"
        )


class FitReport(BaseModel):
    """All that was found when a graph was held against a chip."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the graph can be mapped: no finding is an error."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the graph off the chip."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def by_severity(self) -> tuple[Finding, ...]:
        """The findings, errors first and notes last."""
        return tuple(sorted(self.findings, key=lambda f: ("error", "warning", "note").index(f.severity)))

    @property
    def verdict(self) -> str:
        """In a few words: that the graph fits, or the codes of what keeps it off the chip."""
        return "fits" if self.ok else f"does not fit: {', '.join(sorted({f.code for f in self.errors}))}"

    def require(self) -> None:
        """Raise `DoesNotFit` with all findings if the graph cannot be mapped."""
        if not self.ok:
            raise DoesNotFit(self)

    def codes(self) -> set[str]:
        """The codes of all findings."""
        return {f.code for f in self.findings}

    def joined(self, more: Iterable[Finding]) -> FitReport:
        """This report with more findings; repeated ones stand once."""
        return self.model_copy(update={"findings": tuple(dict.fromkeys((*self.findings, *more)))})

    def __str__(self) -> str:
        verdict = "fits" if self.ok else f"does not fit: {pluralize(len(self.errors), 'violation')}"
        return "\n  - ".join([f"{self.target}: {verdict}", *map(str, self.by_severity)])


class DoesNotFit(DelaycoreError):  # noqa: N818  # reads as the sentence it is
    """A graph that was to be mapped violates limits of the chip; ``report`` has all of them."""

    def __init__(self, report: FitReport) -> None:
        self.report = report
        super().__init__(*(Problem(f.place, f"{f.code}: {f}", "") for f in report.errors))

    def _text(self) -> str:
        return str(self.report)
