"""Findings in the words of the chip's author, and in the singular where there is one."""

from __future__ import annotations

from dataclasses import replace

import pytest

import delaycore as dc
from delaycore._wording import match_unit
from delaycore.hardware import (
    Constant,
    HardwareSpec,
    Reason,
    find_core_violations,
    find_delay_violations,
    find_overuse,
    find_unsupported,
)

SPEC = HardwareSpec(
    name="chip",
    title="Chip",
    populations=frozenset({"input", "lif"}),
    max_delay=15,
    limits={
        "neuron.fan_in": Constant(512, "synapses", "sheet 1"),
        "chip.cores": Constant(1, "cores", "sheet 2"),
        "refractory.range": Constant(1, "steps", "sheet 3"),
    },
    costs={},
)


def build(*delays: int, refractory: int = 0, reset: str = "zero") -> dc.Graph:
    n = len(delays)
    neurons = dc.LIF(n, 0.5, 1.0, refractory=refractory, reset=reset)
    way = dc.Projection("in", "h", [0] * n, range(n), [1.0] * n, delays)
    return dc.Graph(1e-3, {"in": dc.Input(1), "h": neurons}, [way])


def test_a_limit_of_the_chip_s_own_is_named_with_what_is_needed_and_available() -> None:
    (found,) = find_overuse({"populations['h1']": {"neuron.fan_in": 3000}}, SPEC)
    assert "populations['h1']: exceeds the limit neuron.fan_in (needed 3000, available 512 synapses)" in str(
        found
    )


@pytest.mark.parametrize(
    "code", ["neuron.fan_in", "chip.cores", "refractory.range", "delay.range", "population.reset"]
)
def test_every_finding_of_the_core_takes_the_chip_s_own_words(code: str) -> None:
    own = replace(SPEC, reasons={code: Reason(message="is too much for it", remedy="take less")})
    graph = build(40, refractory=2, reset="subtract")
    found = [
        *find_overuse({"core 0": {"neuron.fan_in": 513}}, own),
        *find_core_violations(2, own),
        *find_unsupported(graph, own),
        *find_delay_violations(graph, own),
    ]
    (mine,) = (f for f in found if f.code == code)
    assert (mine.message, mine.remedy) == ("is too much for it", "take less")
    assert sum(f.message == "is too much for it" for f in found) == 1


def test_one_thing_is_named_in_the_singular() -> None:
    (cores,) = find_core_violations(2, SPEC)
    assert "available 1 core)" in str(cores)
    (late,) = find_delay_violations(build(40), SPEC)
    assert late.message == "a delay of 40 steps does not fit the chip"
    (both,) = find_delay_violations(build(1, 40), SPEC)
    assert both.message == "delays of 1 to 40 steps do not fit the chip"
    (long,) = find_unsupported(build(1, refractory=2), SPEC)
    assert long.remedy == "use at most 1 step"


@pytest.mark.parametrize(
    ("number", "unit", "said"),
    [
        (1, "cores", "core"),
        (2, "cores", "cores"),
        (1, "entries", "entry"),
        (1, "units of 64", "unit of 64"),
        (1, "s", "s"),
        (1, "ms", "ms"),
        (1, "bit", "bit"),
        (0, "steps", "steps"),
        (1, "accesses of memory", "access of memory"),
        (1, "", ""),
    ],
)
def test_units_follow_their_number(number: float, unit: str, said: str) -> None:
    assert match_unit(number, unit) == said
