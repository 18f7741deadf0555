"""Whatever is wrong with settings is said in one pass: wrong types, unknown names, and relations between
entries that are right themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import combinations
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from delaycore.errors import SettingsError
from delaycore.pricing import WorkloadFile
from delaycore.settings import (
    Budget,
    ContinuousDelays,
    ConvolutionLayer,
    LevelDelays,
    NetworkSettings,
    RandomDelays,
    Settings,
)

Path = tuple[str, ...]
Table = dict[str, Any]

DELAYS, CONVOLUTION = ("network", "delays"), ("network", "convolutions", "0")
TABLES: list[tuple[Path, type[BaseModel], Table]] = [
    ((), Settings, {}),
    (DELAYS, LevelDelays, {"mode": "levels"}),
    (DELAYS, RandomDelays, {"mode": "random"}),
    (DELAYS, ContinuousDelays, {"mode": "continuous_axon"}),
    (CONVOLUTION, ConvolutionLayer, {"maps": 2, "kernel": 3}),
    (("budget",), Budget, {"target": "loihi"}),
    *(
        ((name,), f.annotation, {})
        for name, f in Settings.model_fields.items()
        if isinstance(f.annotation, type) and issubclass(f.annotation, BaseModel)
    ),
]
"""Every class of settings, with the place of its table and what the table needs in any case."""

REFUSED: dict[Any, list[Any]] = {
    int: ["16", "1e3", True, 3.0, np.float64(3), [1], {}],
    float: ["16", "1e3", True, [1.0], {}],
    bool: ["true", 1, 0, 1.0, np.int64(1)],
    str: [3, True, 1.0, [], {}],
    tuple: ["16", 3, True, {3, 4}, {}],
    dict: ["16", 3, True, []],
}
"""Values that are not of a type, whatever they could be read as."""


@dataclass(frozen=True, eq=False)
class Fault:
    """Something wrong in settings, a text of the problem that it is, and the entries that it is about."""

    values: Table
    said: str
    about: frozenset[Path]


def put(path: Path, table: Table) -> Table:
    """``table`` at its place in settings; the name 0 is the first item of a list."""
    value: Any = table
    for name in reversed(path):
        value = [value] if name == "0" else {name: value}
    return dict(value)


def list_refused(hint: Any) -> list[Any]:
    """Values that no alternative of a type takes."""
    if get_origin(hint) is Annotated:
        return list_refused(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        lists = [list_refused(part) for part in get_args(hint) if part is not NoneType]
        return [v for v in lists[0] if all(repr(v) in map(repr, others) for others in lists)]
    if get_origin(hint) is Literal:
        return REFUSED[str]
    if get_origin(hint) is tuple:
        item, *others = get_args(hint)
        return REFUSED[tuple] + ([[value] for value in list_refused(item)] if others == [...] else [])
    return REFUSED[dict if get_origin(hint) is Mapping else hint]


def find_tables(hint: Any) -> Iterator[Any]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in get_args(hint):
        yield from find_tables(part)


FIELDS = [
    (path, needed, name, info.annotation)
    for path, model, needed in TABLES
    for name, info in model.model_fields.items()
    if not any(find_tables(info.annotation))
]


def find_problems(values: Mapping[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(values, "s")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("path", "needed", "name", "hint"), FIELDS, ids=[".".join((*path, name)) for path, _, name, _ in FIELDS]
)
def test_a_value_of_another_type_is_refused_whatever_it_could_be_read_as(
    path: Path, needed: Table, name: str, hint: Any
) -> None:
    refused = list_refused(hint)
    assert len(refused) >= 2
    for value in refused:
        problems = find_problems(put(path, needed | {name: value}))
        assert len(problems) == 1 and ".".join((*path, name)) in problems[0], (value, problems)
        assert "must be" in problems[0] and "Remedy" in problems[0], (value, problems)


def test_a_number_of_numpy_is_the_number_that_it_equals() -> None:
    numbers: Any = {"hidden": [np.int64(7), np.uint8(3)], "threshold": np.float32(0.5), "gain": 1}
    assert NetworkSettings(**numbers) == NetworkSettings(hidden=(7, 3), threshold=0.5, gain=1.0)


WRONG = [
    Fault(
        put(path, needed | {name: None}),
        f"s: {'.'.join((*path, name))}: must be",
        frozenset({(*path, name)}),
    )
    for path, needed, name, hint in FIELDS
    if NoneType not in get_args(hint)
]
UNKNOWN = [
    Fault(put(path, needed | {"xyzzy": 1}), f"s: {'.'.join((*path, 'xyzzy'))}: is no entry", frozenset())
    for path, _, needed in TABLES
]
_RELATIONS: list[tuple[Path, Table, str, set[Path]]] = [
    (("framing",), {"step": 1e-7}, "less than a microsecond", set()),
    (("network",), {"hidden": []}, "needs at least one layer", {("network", "convolutions")}),
    (("network",), {"time_constants": [2, 1]}, "(shortest, longest)", set()),
    (DELAYS, {"mode": "random", "levels": 1, "synapses_per_pair": 2}, "cannot be drawn", set()),
    (DELAYS, {"mode": "continuous_axon", "width": [1, 2]}, "it shrinks during training", set()),
    (CONVOLUTION, {"maps": 1, "kernel": 1, "padding": 1}, "nothing but padding", set()),
    (("pruning",), {"rounds": 9, "epochs": 8}, "without fine-tuning", set()),
    (("pruning",), {"regrow": True, "rounds": 1}, "between two rounds", set()),
    (
        ("pruning",),
        {"keep": 31},
        "is more than network.delays.levels = 30",
        {(*DELAYS, "levels"), DELAYS},
    ),
    (
        ("framing",),
        {"steps": 58},
        "does not fit a sample of framing.steps = 58",
        {(*DELAYS, "levels"), DELAYS},
    ),
]
RELATIONS = [
    Fault(put(path, table), said, frozenset((*path, name) for name in table) | reads)
    for path, table, said, reads in _RELATIONS
]
CHIPS = [
    Fault({"targets": ["lohi"]}, "s: targets.0, target 'lohi': is not installed", frozenset({("targets",)})),
    Fault(
        {"budget": {"target": "loihi", "options": {"weight_bitz": 4}}},
        "s: budget, option 'weight_bitz' of loihi: is no option",
        frozenset({("budget", "target"), ("budget", "options")}),
    ),
    Fault(
        {"budget": {"target": "seneca", "options": {"weight_bits": 4, "weights": "bfloat16"}}},
        "s: budget, options of seneca: weight_bits must be left out",
        frozenset({("budget", "target"), ("budget", "options")}),
    ),
]


def merge(a: Any, b: Any) -> Any:
    """Both values in one; raises ValueError where they disagree."""
    if isinstance(a, dict) and isinstance(b, dict):
        shared = {name: merge(a[name], b[name]) for name in a.keys() & b.keys()}
        return deepcopy(a | b | shared)
    if isinstance(a, list) and isinstance(b, list):
        return [merge(x, y) for x, y in zip(a, b, strict=True)]
    if a != b:
        raise ValueError("disagree")
    return a


def are_independent(a: Fault, b: Fault) -> bool:
    """Whether neither is about an entry of the other, and both can be there at once."""
    if any(x[: len(y)] == y for p, q in ((a, b), (b, a)) for x in p.about for y in q.about):
        return False
    try:
        return bool(merge(a.values, b.values))
    except ValueError:
        return False


def pair_up(faults: list[Fault]) -> list[tuple[Fault, Fault]]:
    """All pairs that can be there at once, apart from two of chips: nothing but chips is left to later steps,
    since settings are also read where a chip is not installed.
    """
    pairs = combinations(faults, 2)
    return [pair for pair in pairs if are_independent(*pair) and not all(f in CHIPS for f in pair)]


def require_both(pair: tuple[Fault, Fault]) -> None:
    problems = find_problems(merge(pair[0].values, pair[1].values))
    for fault in pair:
        assert any(fault.said in problem for problem in problems), (fault.said, problems)


@given(st.sampled_from(pair_up([*WRONG, *UNKNOWN, *RELATIONS, *CHIPS])))
def test_two_independent_faults_are_both_reported(pair: tuple[Fault, Fault]) -> None:
    require_both(pair)


def test_any_two_relations_that_do_not_hold_are_both_reported() -> None:
    pairs = pair_up([*RELATIONS, *CHIPS])
    assert len(pairs) > 40
    for pair in pairs:
        require_both(pair)


def test_what_a_misspelt_entry_was_meant_to_say_is_not_judged_by_its_default() -> None:
    """40 levels are meant, not 30, of which pruning can keep 31."""
    (problem,) = find_problems({"network": {"delays": {"levls": 40}}, "pruning": {"keep": 31}})
    assert "did you mean 'levels'" in problem


@pytest.mark.parametrize("section", ["pruning", "network", "framing", "budget"])
@pytest.mark.parametrize("value", [[24], [], [{}], 3, "x", [[1]]])
def test_what_is_no_table_where_one_belongs_is_named(section: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"settings: {section}: must be a table, not"):
        Settings.parse({section: value, "seed": 3})


def test_an_item_of_a_list_that_is_wrong_leaves_the_others_to_be_judged() -> None:
    layers = [
        {"name": "in", "size": 2, "spikes": 99},
        {"name": "h", "size": "3", "spikes": 1},
        {"name": "out", "size": 1, "spikes": 50},
    ]
    projections = [{"source": "out", "target": "hh"}, {"source": 3, "target": "h"}]
    with pytest.raises(SettingsError) as caught:
        WorkloadFile.parse({"steps": 4, "layers": layers, "projections": projections}, "w")
    said = str(caught.value)
    for part in (
        "layers.0.spikes: 99 do not fit 2 neurons",
        "layers.1.size: must be a whole number, not '3'",
        "layers.2.spikes: 50 do not fit 1 neurons",
        "projections.0: there is no layer 'hh', only in, h, out; did you mean 'h'?",
        "projections.1.source: must be text, not 3",
    ):
        assert part in said, said


def test_a_section_made_in_python_is_refused_as_one_of_a_file_is() -> None:
    wrong: Any = {"hiden": [3], "threshold": "1", "time_constants": (2, 1), "surrogate": "gausian"}
    with pytest.raises(SettingsError) as caught:
        NetworkSettings(**wrong)
    assert [problem.place for problem in caught.value.problems] == [
        "NetworkSettings.threshold",
        "NetworkSettings.surrogate",
        "NetworkSettings.hiden",
        "NetworkSettings",
    ]
    assert "did you mean 'gaussian'?" in str(caught.value)
