"""NIR graphs whose ways branch and join: their number is known before any way is followed."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import pytest

from delaycore import memory
from delaycore.errors import ForeignError
from delaycore.interop import from_nir

ONE = np.ones(1)


def branch(times: int, channels: int = 1, weight: Any = None) -> Any:
    """An input that branches in two and joins again, so many times, before a population."""
    full = np.ones(channels)
    nodes: dict[str, Any] = {"in": nir.Input({"input": np.array([channels])})}
    edges, last = [], "in"
    for i in range(times):
        for name in (f"a{i}", f"b{i}"):
            nodes[name] = nir.Scale(full)
            edges += [(last, name), (name, f"join{i}")]
        nodes[f"join{i}"] = nir.Scale(full)
        last = f"join{i}"
    if weight is not None:
        nodes["weight"] = nir.Linear(weight)
        edges.append((last, "weight"))
        last, full = "weight", np.ones(len(weight))
    nodes["lif"] = nir.LIF(0.01 * full, full, 0 * full, full)
    return nir.NIRGraph(nodes, [*edges, (last, "lif")], type_check=False)


@pytest.mark.parametrize("channels", [1, 3])
def test_few_ways_are_followed(channels: int) -> None:
    graph, _ = from_nir(branch(4, channels), step=1e-3)
    assert graph.synapses == 2**4 * channels
    graph, _ = from_nir(branch(4, channels, np.ones((2, channels))), step=1e-3)
    assert graph.synapses == 2**4 * channels * 2


@pytest.mark.parametrize(
    ("times", "number"), [(17, "131,072"), (40, "1,099,511,627,776"), (500, "at least 1,000,000,000,000,000")]
)
def test_very_many_are_counted_and_refused(times: int, number: str) -> None:
    with pytest.raises(ForeignError, match=rf"nodes\['lif'\]: {number}.* ways lead to it"):
        from_nir(branch(times), step=1e-3)


def test_more_synapses_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = branch(6, 3, np.ones((2, 3)))
    monkeypatch.setenv(memory.VARIABLE, str((32 * 2**6 * 6 - 1) / 2**30))
    with pytest.raises(ForeignError, match=r"64 ways lead to it, of 384 synapses, which take 12 KiB"):
        from_nir(many, step=1e-3)
    monkeypatch.setenv(memory.VARIABLE, str(32 * 2**6 * 6 / 2**30))
    assert from_nir(many, step=1e-3)[0].synapses == 384


def test_a_wide_way_without_weights_is_no_matrix() -> None:
    wide = nir.NIRGraph(
        {
            "in": nir.Input({"input": np.array([200_000])}),
            "lif": nir.Threshold(np.ones(200_000)),
        },
        [("in", "lif")],
        type_check=False,
    )
    assert from_nir(wide, step=1e-3)[0].synapses == 200_000
