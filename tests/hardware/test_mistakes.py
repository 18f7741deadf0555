"""Slips of a backend's author are named with their remedy."""

from __future__ import annotations

from typing import Any

import pytest

from delaycore import Backend, HardwareSpec, hardware
from delaycore.errors import HardwareError
from delaycore.hardware import Constant, find_core_violations, find_overuse


class Options(hardware.Options):
    neurons_per_core: int = 8


class Mapping(hardware.ChipMapping):
    pass


def test_a_class_that_forgets_to_name_its_options_or_mapping_is_no_backend() -> None:
    with pytest.raises(HardwareError) as error:

        class Forgetful(Backend[Options, Mapping]):
            pass

    assert (
        "Forgetful.options: is Options of delaycore.hardware._options, not the Options of Backend[...]"
        in str(error.value)
    )
    assert "write in the class: options = Options" in str(error.value)
    assert "write in the class: mapping = Mapping" in str(error.value)


def test_a_class_that_names_them_is_one_and_so_is_a_class_derived_from_it() -> None:
    class Complete(Backend[Options, Mapping]):
        options = Options
        mapping = Mapping

    class Derived(Complete):
        pass

    class Plain(Backend):
        pass

    assert Derived.options is Options and Plain.options is hardware.Options


def test_an_option_that_the_class_of_options_lacks_is_named_with_the_likely_cause() -> None:
    options: Any = hardware.Options()
    with pytest.raises(AttributeError, match=r"no option 'neurons_per_core' .*options = Options"):
        _ = options.neurons_per_core


def test_a_limit_that_the_spec_lacks_is_named_with_the_nearest() -> None:
    limits = {"neuron.fan_in": Constant(512, "synapses", "sheet 1")}
    spec = HardwareSpec("chip", "Chip", frozenset({"input"}), 15, limits, {})
    with pytest.raises(HardwareError, match=r"limit 'neuron.fanin': .* did you mean 'neuron.fan_in'"):
        list(find_overuse({"core 0": {"neuron.fanin": 1}}, spec))
    with pytest.raises(HardwareError, match=r"limit 'chip.cores': is not in the spec of Chip"):
        list(find_core_violations(1, spec))
