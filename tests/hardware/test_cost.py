"""Cost: parts that add up, per sample."""

import json
from typing import Any

import numpy as np
import pytest

from delaycore.hardware import Cost, Quantity


def test_the_total_is_the_sum_of_the_parts_of_each_sample():
    q = Quantity("J", {"synapses": np.array([1.0, 2.0]), "neurons": np.array([3.0, 2.0])})
    assert q.total.tolist() == [4.0, 4.0]
    assert q.mean == 4.0
    assert q.share("synapses") == 3 / 8
    assert q.to_dict() == {"unit": "J", "mean": 4.0, "parts": {"synapses": 1.5, "neurons": 2.5}}


def test_nothing_costs_nothing():
    for q in (Quantity("s", {}), Quantity("s", {"a": np.zeros(0)})):
        assert q.mean == 0.0
    assert Quantity("s", {"a": np.zeros(3)}).share("a") == 0.0
    assert Quantity("s", {"a": np.zeros(0)}).to_dict()["parts"] == {"a": 0.0}


def test_a_quantity_cannot_be_changed():
    mine = np.ones(2)
    q = Quantity("J", {"a": mine})
    mine[0] = 9.0
    assert q.total.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        q.parts["a"][0] = 2.0
    with pytest.raises(TypeError):
        parts: Any = q.parts
        parts["b"] = mine


def test_the_delay_memory_s_share_is_that_of_its_parts():
    cost = Cost(
        Quantity("J", {"a": np.array([1.0])}),
        Quantity("s", {"a": np.array([1e-3])}),
        memory={"weights": 600.0, "queue": 300.0, "counters": 100.0},
        delay_memory=("queue", "counters"),
        counts={"events": np.array([2, 4])},
        model="measured",
        not_modelled=("leakage",),
    )
    assert (cost.memory_total, cost.delay_memory_share) == (1000.0, 0.4)
    told = json.loads(json.dumps(cost.to_dict()))
    assert told["counts"] == {"events": 3.0}
    assert told["memory"]["delay_memory"] == ["queue", "counters"]
    assert told["not_modelled"] == ["leakage"]


def test_no_memory_has_no_share():
    assert Cost(Quantity("J", {}), Quantity("s", {}), memory={}).delay_memory_share == 0.0
