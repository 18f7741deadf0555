"""Every number of a configuration has bounds: no entry makes a loop without an end or a raw exception."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from delaycore.errors import SettingsError
from delaycore.settings import (
    Budget,
    ContinuousDelays,
    ConvolutionLayer,
    LevelDelays,
    RandomDelays,
    Settings,
)

EXTREMES = (-1, 10**6, 2**31, 2**63, 10**20, 10**400, -1e308, float("nan"), float("inf"))


def list_numbers(part: type[BaseModel]) -> Iterator[tuple[str, bool]]:
    """Yield the entries of a table that hold one number, and whether it is a whole one."""
    for name, field in part.model_fields.items():
        kinds = {field.annotation, *get_args(field.annotation)} if field.annotation else set()
        if kinds & {int, float}:
            yield name, float not in kinds


def list_entries() -> Iterator[tuple[list[str | int], bool]]:
    """Yield the way to each number of `Settings`, and whether it is a whole one."""
    delays: dict[str, type[BaseModel]] = {
        "levels": LevelDelays,
        "random": RandomDelays,
        "continuous_axon": ContinuousDelays,
    }
    for section, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            for name, whole in list_numbers(field.annotation):
                yield [section, name], whole
    for mode, table in delays.items():
        for name, whole in list_numbers(table):
            yield ["network", "delays", mode, name], whole
    for name, whole in list_numbers(ConvolutionLayer):
        yield ["network", "convolutions", name], whole
    for name, whole in list_numbers(Budget):
        yield ["budget", name], whole


ENTRIES = list(list_entries())


def make(way: list[Any], value: Any) -> dict[str, Any]:
    match way:
        case ["network", "delays", mode, name]:
            return {"network": {"delays": {"mode": mode, name: value}}}
        case ["network", "convolutions", name]:
            return {"network": {"convolutions": [{"maps": 1, "kernel": 1, name: value}]}}
        case ["budget", name]:
            return {"budget": {"target": "loihi", name: value}}
    return {way[0]: {way[1]: value}}


def test_the_numbers_of_all_sections_are_found() -> None:
    assert len(ENTRIES) > 40
    assert ["network", "delays", "levels", "levels"] in [way for way, _ in ENTRIES]


@pytest.mark.parametrize(("way", "whole"), ENTRIES, ids=lambda x: ".".join(x) if isinstance(x, list) else "")
def test_a_number_that_is_out_of_all_proportion_is_refused_at_its_place(way: list[Any], whole: bool) -> None:
    for value in EXTREMES:
        large = value >= 2**32 if way[-1].endswith("seed") else whole
        absurd = large or value in (-1, 10**400, -1e308) or not -1e308 < value < 1e308
        try:
            settings = Settings.parse(make(way, value))
        except SettingsError as error:
            assert way[-1] in str(error), value
        else:
            assert not absurd, value
            assert len(settings.network.delays.steps) < 10**6


def test_sizes_in_lists_have_bounds_too() -> None:
    for values in (
        {"network": {"hidden": [10**20]}},
        {"framing": {"sensor": [10**20, 1, 1]}},
        {"network": {"convolutions": [{"maps": 1, "kernel": [1, 10**20]}]}},
        {"network": {"convolutions": [{"maps": 1, "kernel": 2, "padding": 10**20}]}},
        {"seed": 2**64},
        {"budget": {"target": "loihi", "operations": 2**53 + 1}},
    ):
        with pytest.raises(SettingsError):
            Settings.parse(values)
