"""Labels follow the names of classes, whatever their order."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore import DataError, Readout
from delaycore.datasets import EventSet, Samples, Splits

NAMES = st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=8, unique=True)


@st.composite
def lists_of_classes(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """A list of names, and another that has all of them, in any order, among others."""
    own = draw(NAMES)
    more = [name for name in draw(NAMES) if name not in own]
    return own, draw(st.permutations(own + more))


@given(lists_of_classes(), st.data())
def test_every_sample_keeps_the_name_of_its_class(lists, data):
    own, wanted = lists
    labels = np.array(data.draw(st.lists(st.integers(0, len(own) - 1))), np.int64)
    samples = Samples(np.zeros((len(labels), 1, 1), np.bool_), labels, classes=tuple(own))
    matched = samples.match(Readout("out", classes=tuple(wanted)), len(wanted))
    assert [wanted[i] for i in matched.labels] == [own[i] for i in labels]
    assert matched.classes == tuple(wanted)


@given(...)
def test_an_event_set_goes_to_another_list_and_back(events: EventSet):
    turned = events.with_classes(events.classes[::-1])
    assert [turned.classes[i] for i in turned.labels] == [events.classes[i] for i in events.labels]
    assert turned.with_classes(events.classes) == events


def samples_of(labels, classes=()):
    return Samples(np.zeros((len(labels), 1, 1), np.bool_), np.array(labels), classes=classes)


def test_samples_of_unknown_classes_are_counted_and_named():
    with pytest.raises(DataError, match=r"2 of 3 samples .*: 'c'; the classes are 'a', 'b'"):
        samples_of([0, 2, 2], ("a", "b", "c")).match(Readout("out", classes=("a", "b")), 2)


def test_a_class_without_samples_need_not_be_known():
    matched = samples_of([0, 1], ("a", "b", "c")).match(Readout("out", classes=("b", "a")), 2)
    assert matched.labels.tolist() == [1, 0]


def test_without_names_only_the_number_of_classes_can_be_held_against_the_neurons():
    assert samples_of([0, 1], ("a", "b")).match(Readout("out"), 2).labels.tolist() == [0, 1]
    with pytest.raises(DataError, match="has 2 classes, but 'out' has 3 neurons"):
        samples_of([0, 1], ("a", "b")).match(Readout("out"), 3)


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_that_is_no_neuron_is_refused(label):
    with pytest.raises(DataError, match=rf"1 of 3 labels .* the first is {label} of sample 1"):
        samples_of([0, label, 2]).match(Readout("out", classes=("a", "b", "c")), 3)


def test_splits_bring_their_parts_into_one_order(make_events):
    train = make_events(classes=("a", "b", "c"))
    turned = train.with_classes(("c", "a", "b"))
    splits = Splits.of(train, turned, turned)
    assert splits.test == splits.valid == train


def test_splits_of_other_classes_are_refused(make_events):
    train = make_events(classes=("a", "b", "c"))
    with pytest.raises(DataError, match="has the classes a, b, d"):
        Splits.of(train, replace(train, classes=("a", "b", "d")), train)


@pytest.mark.parametrize("label", [-1, 3, 2**40])
def test_a_label_that_is_no_index_of_the_names_is_refused(label):
    with pytest.raises(DataError, match=rf"1 of 3 labels .* the first is {label} of sample 1"):
        samples_of([0, label, 2], ("a", "b", "c")).match(Readout("out", classes=("a", "b", "c")), 3)


def test_names_are_the_same_whatever_code_points_spell_them(make_events):
    composed, decomposed = "f\u00fcnf", "fu\u0308nf"
    matched = samples_of([1, 0], ("eins", decomposed)).match(Readout("out", classes=(composed, "eins")), 2)
    assert matched.labels.tolist() == [0, 1]
    train = make_events(classes=("eins", composed))
    assert Splits.of(train, make_events(classes=(decomposed, "eins")), train).test.classes == train.classes


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0], ("a", "b"), "Samples.labels: are int64 \\[1\\] for 2 samples"),
        ([0.0, 1.0], (), "Samples.labels: has the type float64"),
        ([0, 1], ("a", "a"), "Samples.classes: hold a name more than once"),
        ([0, 1], (0, 1), "Samples.classes: are \\(0, 1\\)"),
    ],
)
def test_samples_that_make_no_sense_are_refused(labels, classes, message):
    with pytest.raises(DataError, match=message):
        Samples(np.zeros((2, 1, 1), np.bool_), np.array(labels), classes=classes)


def test_samples_take_names_of_numpy():
    names: Any = np.array(["a"])
    assert Samples(np.zeros((1, 1, 1), np.bool_), np.array([0]), classes=names).classes == ("a",)


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        (np.full((1, 2, 3), 0.5), "hold values other than 0 and 1"),
        (np.full((1, 2, 3), 2), "hold values other than 0 and 1"),
        (np.zeros((1, 2)), r"have shape \(1, 2\)"),
        ([["a"]], "holds <U1"),
        (None, "holds object"),
    ],
)
def test_spikes_that_make_no_sense_are_refused(spikes: Any, message: str) -> None:
    with pytest.raises(DataError, match=f"Samples.spikes: {message}"):
        Samples(spikes, np.array([0]))


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.int64, np.bool_])
def test_spikes_of_0_and_1_are_taken_in_any_type(kind: Any) -> None:
    given = np.array([[[0, 1], [1, 1]]], kind)
    samples = Samples(given, np.array([0], np.uint8))
    assert samples.spikes.dtype == np.bool_
    assert samples.labels.dtype == np.int64
    assert (samples.spikes == (given != 0)).all()
