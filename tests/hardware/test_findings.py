"""Findings and the report of all of them."""

import json
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from delaycore import DelaycoreError, DoesNotFit, Finding, FitReport, HardwareError
from delaycore.hardware import Constant

LIMIT = Constant(value=63, unit="steps", source="some paper, table 2")
ERROR = Finding.over(
    "delay.range", "projections['a->b']", "a delay is too long", 80, LIMIT, "train with shorter delays"
)
NOTE = Finding(code="rate.high", severity="note", place="h", message="fires often", remedy="none needed")


def test_an_exceeded_limit_brings_number_unit_source_and_remedy():
    assert (ERROR.needed, ERROR.available, ERROR.unit, ERROR.source, ERROR.severity) == (
        80.0,
        63.0,
        "steps",
        "some paper, table 2",
        "error",
    )
    assert str(ERROR) == (
        "error delay.range at projections['a->b']: a delay is too long (needed 80, available 63 "
        "steps) [some paper, table 2]. "
        "Remedy: train with shorter delays"
    )


def test_only_errors_keep_a_graph_off_the_chip():
    assert FitReport(target="t", findings=(NOTE,)).ok
    report = FitReport(target="t", findings=(NOTE, ERROR))
    assert not report.ok
    assert report.errors == (ERROR,)
    assert report.codes() == {"rate.high", "delay.range"}


def test_joined_reports_hold_each_finding_once():
    report = FitReport(target="t", findings=(ERROR,))
    assert report.joined([NOTE, ERROR]).findings == (ERROR, NOTE)
    assert report.findings == (ERROR,)


def test_the_report_reads_as_a_verdict_and_its_reasons():
    assert str(FitReport(target="t")) == "t: fits"
    lines = str(FitReport(target="t", findings=(NOTE, ERROR))).splitlines()
    assert lines[0] == "t: does not fit: 1 violation"
    assert len(lines) == 3


def test_errors_stand_before_warnings_before_notes_each_in_the_order_they_were_found():
    warning = replace(NOTE, severity="warning")
    findings = [replace(f, place=f"p{i}") for i, f in enumerate((NOTE, warning, ERROR, NOTE, ERROR))]
    lines = str(FitReport(target="t", findings=tuple(findings))).splitlines()[1:]
    assert [line.split(":")[0].strip(" -") for line in lines] == [
        "error delay.range at p2",
        "error delay.range at p4",
        "warning rate.high at p1",
        "note rate.high at p0",
        "note rate.high at p3",
    ]


def test_the_error_of_mapping_carries_the_report():
    error = DoesNotFit(FitReport(target="t", findings=(NOTE, ERROR)))
    assert isinstance(error, DelaycoreError)
    assert error.report.errors == (ERROR,)
    assert [p.place for p in error.problems] == ["projections['a->b']"]
    assert "delay.range" in str(error)


def test_a_report_comes_back_from_json():
    report = FitReport(target="t", findings=(NOTE, ERROR))
    assert FitReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_a_constant_needs_a_source():
    with pytest.raises(HardwareError, match="must say where the number comes from"):
        Constant(value=1, unit="J", source="")
    assert (int(LIMIT), float(LIMIT)) == (63, 63.0)


def test_values_are_frozen():
    with pytest.raises(FrozenInstanceError):
        error: Any = ERROR
        error.needed = 3
