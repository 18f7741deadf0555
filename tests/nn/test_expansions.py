"""Convolutions stand for very many synapses: their number is known before they are made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore import memory
from delaycore.errors import GraphError, SettingsError
from delaycore.nn import Convolution, DelayedConv, DelayedLinear, FixedDelayLinear, Grid
from delaycore.settings import NetworkSettings
from delaycore.training import build

pair = st.tuples(st.integers(1, 4), st.integers(1, 4))


@given(st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 2)), pair, pair, pair)
def test_what_windows_see_is_counted_as_if_they_were_laid_out(
    sizes: tuple[int, int, int], kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> None:
    less = tuple(min(p - 1, k - 1) for p, k in zip(padding, kernel, strict=True))
    c = Convolution(Grid(*sizes), 2, kernel, stride, (less[0], less[1]))
    if c.target.size:
        assert c.copies.tolist() == (c.windows >= 0).sum(axis=0).tolist()
        assert c.unreached[0] == c.source.size - len(np.unique(c.windows[c.windows >= 0]))


def test_a_layer_of_more_synapses_than_memory_holds_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layer = DelayedConv(Grid(8, 8, 1), 2, kernel_size=3, delays=(0, 1))
    synapses = len(layer.to_projection("in", "out"))
    assert synapses == 6 * 6 * 9 * 2 * 2
    monkeypatch.setenv(memory.VARIABLE, str((32 * synapses - 1) / 2**30))
    with pytest.raises(GraphError, match=r"projections\['in->out'\]: stands for 1,296 synapses"):
        layer.to_projection("in", "out")


BEYOND: dict[str, Callable[[], object]] = {
    "DelayedLinear": lambda: DelayedLinear(10**6, 10**6, delays=range(1000)),
    "DelayedConv": lambda: DelayedConv(Grid(10**6, 10**6, 1), 1, kernel_size=10**6),
    "FixedDelayLinear": lambda: FixedDelayLinear(10**6, 10**6),
}


@pytest.mark.parametrize("layer", BEYOND)
def test_weights_that_no_memory_holds_are_refused_before_they_are_drawn(layer: str) -> None:
    with pytest.raises(GraphError, match=rf"{layer}: has .* (weights|synapses), which take .*iB of memory"):
        BEYOND[layer]()


@pytest.mark.parametrize("delays", [2**31, 2**62, 10**400, [0, 2**31], range(10**12), True, -1])
def test_delays_of_a_layer_are_few_and_counted_in_32_bits(delays: int) -> None:
    with pytest.raises(GraphError, match=r"DelayedLinear.delays: must be whole numbers of steps from 0 to"):
        DelayedLinear(1, 1, delays=delays)


def test_networks_that_no_memory_holds_are_refused_before_they_are_built() -> None:
    with pytest.raises(SettingsError, match=r"network: has .* weights, which take .*iB"):
        build(NetworkSettings(hidden=(999_999, 999_999)), 10, 2, 1e-3)
    convolution = {"maps": 999_999, "kernel": 3, "padding": 1}
    with pytest.raises(SettingsError, match=r"network: has .* neurons, more than"):
        build(NetworkSettings.model_validate({"convolutions": [convolution]}), (99_999, 9, 1), 2, 1e-3)


@pytest.mark.parametrize("seed", [-1, 2**32, 2**64, 10**30, 1.5, True, None])
def test_seeds_are_those_that_every_generator_takes(seed: int) -> None:
    with pytest.raises(SettingsError, match="seed: must be a whole number from 0 to 4294967295"):
        build(NetworkSettings(hidden=(2,)), 2, 2, 1e-3, seed=seed)
