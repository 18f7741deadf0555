"""Numbers of foreign networks are real numbers that float64 and a count of steps hold, or are refused."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
import pytest
import torch
from DCLS.construct import modules
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import delaycore as dc
from delaycore.interop import ForeignError, from_dcls, from_lava_dl, from_snntorch, from_spikingjelly
from delaycore.interop._modules import read_number, to_array
from delaycore.interop._times import LONGEST, check_steps
from tests.interop.slayer_files import make_layer, write_network

WIDE = st.one_of(*(arrays.arrays(kind, 3) for kind in ("f4", "f8", "i4", "i8", "u8", "?", "c16", "U2")))


@given(WIDE)
def test_an_array_is_held_exactly_or_refused(values):
    try:
        held = to_array("weight", values)
    except ForeignError as error:
        (problem,) = error.problems
        assert problem.place == "weight" and problem.remedy
        beyond = values.dtype.kind in "iu" and max(abs(int(v)) for v in values) > 2**53
        assert beyond or values.dtype.kind in "cU"
    else:
        same = zip(held.tolist(), values.tolist(), strict=True)  # Python compares whole numbers exactly
        assert all(a == b or (a != a and b != b) for a, b in same)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.ones(2, dtype=torch.complex64),
        torch.ones(2, dtype=torch.complex64).conj(),
        torch.tensor([2**53 + 1]),
        torch.eye(2).to_sparse(),
    ],
)
def test_tensors_that_no_array_of_float64_holds_are_refused(tensor):
    with pytest.raises(ForeignError, match=r"layers\[0\]\.weight"):
        to_array("layers[0].weight", tensor)


def test_trained_tensors_of_any_float_are_read():
    for kind in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        assert to_array("w", torch.tensor([0.5, 2.0], dtype=kind, requires_grad=True)).tolist() == [0.5, 2.0]


def test_a_number_is_one():
    assert read_number("tau", torch.tensor([2.0])) == 2.0
    with pytest.raises(ForeignError, match="tau: holds 2 values"):
        read_number("tau", [1.0, 2.0])


@given(st.one_of(st.integers(), st.floats()))
def test_steps_are_whole_numbers_in_range_or_refused(steps):
    if 0 <= steps <= LONGEST and steps == int(steps):
        assert check_steps("delay", steps) == steps
    else:
        with pytest.raises(ForeignError, match="delay: "):
            check_steps("delay", steps)


def test_complex_weights_of_a_layer_of_torch_are_refused():
    with pytest.raises(ForeignError, match=r"layers\[0\]\.weight: holds complex64"):
        from_snntorch([torch.nn.Linear(2, 2, bias=False, dtype=torch.complex64)])


@pytest.mark.parametrize("steps", [-1, 0.5, 10**30, None, 1j])
def test_a_delay_layer_has_whole_steps(steps):
    delay = type("Delay", (), {"__module__": "spikingjelly.activation_based.layer.delay"})()
    delay.delay_steps = steps
    with pytest.raises(ForeignError, match=r"layers\[0\]\.delay_steps"):
        from_spikingjelly([delay, torch.nn.Linear(2, 2)])


@pytest.mark.parametrize("padding", [-1, 0.5, 10**30, 1j])
def test_zeros_before_a_delay_layer_are_whole_steps(padding):
    layer = modules.Dcls1d(2, 2, 1, dilated_kernel_size=3, bias=False)
    with pytest.raises(ForeignError, match="left_padding"):
        from_dcls([layer], left_padding=padding)


def test_lists_of_layers_within_themselves_or_too_deep_are_refused():
    around: list[Any] = []
    around.append(around)
    with pytest.raises(ForeignError, match=r"layers\[0\]: lies within itself"):
        from_snntorch(around)
    deep: Any = torch.nn.Linear(2, 2)
    for _ in range(1500):
        deep = [deep]
    with pytest.raises(ForeignError, match="200 networks deep"):
        from_snntorch(deep)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", np.array([], "S5")),
        ("type", np.array([b"dense", b"conv"])),
        ("neuron/type", np.array([], "S5")),
        ("neuron/type", np.array([])),
        ("weight", np.ones((3, 2)) + 1j),
        ("weight", np.full((3, 2), 2**53 + 1)),
        ("weight", np.full((3, 2), 1e300)),
        ("weight", np.full((3, 2), 2**63, np.uint64)),
        ("weight", np.full((3, 2), b"x")),
        ("bias", np.ones(3) * 1j),
        ("bias", np.full(3, -(2.0**53))),
        ("neuron/vThMant", 2**53 + 1),
        ("neuron/vThMant", 2**60),
        ("neuron/vThMant", 1j),
        ("neuron/iDecay", "abc"),
        ("neuron/refDelay", 1j),
        ("delay", np.full(3, 1e300)),
        ("delay", np.full(3, 2.0**52 + 1)),
        ("delay", np.full(3, 2**63 - 1)),
    ],
)
def test_a_field_of_a_file_that_is_not_what_it_should_be_is_named_once(tmp_path, field, value):
    rng = np.random.default_rng(0)
    layers = [make_layer(rng, 3, 2), make_layer(rng, 2, 3)]
    path = write_network(tmp_path / "right.net", layers)
    from_lava_dl(path)
    with h5py.File(path, "r+") as file:
        if field in file["layer/0"]:
            del file[f"layer/0/{field}"]
        file[f"layer/0/{field}"] = value
    with pytest.raises(ForeignError) as error:
        from_lava_dl(path)
    assert [problem.place for problem in error.value.problems] == [f"layer/0/{field}"]


@pytest.mark.parametrize("hop", [-1, 0.5, 2**63, None, "1"])
def test_a_hop_delay_is_a_whole_number_of_steps(tmp_path, hop):
    rng = np.random.default_rng(0)
    path = write_network(tmp_path / "right.net", [make_layer(rng, 3, 2), make_layer(rng, 2, 3)])
    with pytest.raises(ForeignError, match="hop_delay"):
        from_lava_dl(path, hop_delay=hop)
    graph, _ = from_lava_dl(path, hop_delay=1)
    assert isinstance(graph, dc.Graph) and graph.largest_delay == 1
