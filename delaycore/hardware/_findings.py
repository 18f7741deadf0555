"""Whether a network fits a chip: every violation at once, each one something that can be acted on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from delaycore._shown import one_line, show_line
from delaycore._wording import match_unit, pluralize
from delaycore.errors import DelaycoreError, Problem
from delaycore.hardware._checked_fields import require_choice, require_text, take_amount, take_tuple
from delaycore.hardware._plain import NoOtherFields, from_plain, to_plain
from delaycore.hardware._spec import Constant

__all__ = ["DoesNotFit", "Finding", "FitReport"]


SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing about a network that a chip cannot hold (``error``), or that deserves a look (``warning``,
    ``note``).

    code:      what kind of thing, stable and machine readable, such as ``delay.range``.
    place:     where in the graph, such as ``projections['h1->h2']`` or ``core 3``.
    needed, available: in ``unit``; None where there is no number to give.
    source:    where the limit comes from.
    remedy:    what to do about it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = NoOtherFields

    code: str
    severity: Literal["error", "warning", "note"] = "error"
    place: str
    message: str
    needed: float | None = None
    available: float | None = None
    unit: str = ""
    source: str = ""
    remedy: str

    __repr__ = show_line

    def __post_init__(self) -> None:
        require_choice("Finding.severity", self.severity, SEVERITIES)
        for name in ("code", "place", "message", "unit", "source", "remedy"):
            require_text(f"Finding.{name}", getattr(self, name))
        for name in ("needed", "available"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, take_amount(f"Finding.{name}", value))

    @classmethod
    def over(
        cls,
        code: str,
        place: str,
        message: str,
        needed: float,
        limit: Constant,
        remedy: str,
        severity: Literal["error", "warning", "note"] = "error",
    ) -> Finding:
        """The finding that ``needed`` exceeds a limit of the chip, an error unless said otherwise."""
        return cls(
            code=code,
            severity=severity,
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
        unit = match_unit(self.available or 0.0, self.unit)
        amounts = f"needed {self.needed:g}, available {self.available:g} {unit}".rstrip() if both else ""
        numbers = f" ({amounts})" if both else ""
        source = f" [{self.source}]" if self.source else ""
        return (
            f"{self.severity} {self.code} at {self.place}: {self.message}{numbers}{source}. Remedy: "
            f"{self.remedy}"
        )


@dataclass(frozen=True)
class FitReport:
    """All that was found when a graph was held against a chip."""

    target: str
    findings: tuple[Finding, ...] = ()
    __pydantic_config__: ClassVar[ConfigDict] = NoOtherFields

    def __post_init__(self) -> None:
        require_text("FitReport.target", self.target)
        object.__setattr__(self, "findings", take_tuple("FitReport.findings", self.findings, Finding))

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
        return tuple(sorted(self.findings, key=lambda f: SEVERITIES.index(f.severity)))

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
        return replace(self, findings=tuple(dict.fromkeys((*self.findings, *more))))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> FitReport:
        """The report of `to_dict`.  Raises ValueError, in words, for anything else."""
        return from_plain(cls, plain)

    @one_line
    def __repr__(self) -> str:
        number: Counter[str] = Counter(f.severity for f in self.findings)
        others = "".join(f", {pluralize(number[s], s)}" for s in SEVERITIES[1:] if number[s])
        return f"<FitReport {self.target}: {self.verdict}{others}>"

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
