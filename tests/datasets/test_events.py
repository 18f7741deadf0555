"""EventSet: what it takes, what it refuses, and how it looks to tonic."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore import DataError
from delaycore.datasets import EventSet


def test_a_sample_is_events_in_tonics_form_and_a_label(make_events):
    events, label = make_events()[1]
    assert events.dtype == [("t", int), ("x", int), ("p", int)]
    assert events.tolist() == [(1_000, 3, 1), (2_500, 9, 1)]
    assert label == 1


def test_it_is_as_long_as_its_samples_and_ends_there(make_events):
    events = make_events()
    assert len(events) == 4 == len(list(events))
    assert events[-1][1] == events[3][1]
    with pytest.raises(IndexError, match="no sample 4"):
        events[4]


def test_the_sensor_is_one_row_of_channels(make_events):
    assert make_events().sensor_size == (10, 1, 1)
    assert make_events().ordering == ("t", "x", "p")


def test_a_sensor_with_pixels_has_as_many_channels(make_events):
    assert (
        make_events(sensor=(1, 5, 2)).sensor == (1, 5, 2) == make_events(sensor=(1, 5, 2)).select([1]).sensor
    )
    for sensor in ((5, 5, 2), (10, 1), (-1, -5, 2)):
        with pytest.raises(DataError, match=r"sensor: is \(.*height, width and polarities"):
            make_events(sensor=sensor)


def test_nobody_can_write_to_it(make_events):
    times = np.array([1, 2])
    events = make_events(speakers=(0,), times=times)
    times[0] = 99
    assert events.times.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        events.times[0] = 5


@given(events=..., data=st.data())
def test_a_selection_has_the_chosen_samples_in_the_chosen_order(events: EventSet, data):
    indices = data.draw(st.lists(st.integers(0, len(events) - 1), max_size=6)) if len(events) else []
    selected = events.select(indices)
    assert len(selected) == len(indices)
    for position, index in enumerate(indices):
        assert selected[position][0].tolist() == events[index][0].tolist()
        assert selected[position][1] == events[index][1]
        assert selected.speakers[position] == events.speakers[index]


def test_a_selection_may_be_a_mask(make_events):
    events = make_events()
    assert events.select(events.speakers > 1) == events.select([2, 3])
    assert len(events.select(np.zeros(4, bool))) == 0


@given(events=...)
def test_equal_content_is_equal_whatever_the_name(events: EventSet):
    same = events.select(np.arange(len(events)))
    assert same == events
    assert (events == events.select([])) is (len(events) == 0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"units": [3, 9, 3, 10, 3, 9, 11, 9]},
            r"small: channels: channel 10 in sample 1 is not within 0..9 \(2 such",
        ),
        ({"units": [-1, 9, 3, 9, 3, 9, 3, 9]}, "channel -1 in sample 0"),
        ({"times": [0, 1, 0, 1, 0, 1, -4, 1]}, "-4 microseconds in sample 3"),
        ({"times": [0, 1, 0, 1, 5, 2, 0, 1]}, "small: times: 2 comes after 5 in sample 2"),
        ({"times": np.zeros(8)}, "has the type float64"),
        ({"times": np.zeros((2, 4), int)}, r"has the shape \(2, 4\)"),
        (
            {"times": np.full(8, 2**64 - 5, np.uint64)},
            "small: times: holds 18446744073709551611, which is beyond",
        ),
        ({"speakers": np.full(4, 2**64 - 1, np.uint64)}, "small: speakers: holds 18446744073709551615"),
        ({"times": [[1], [2, 3]]}, "small: times: "),
        ({"times": [0, 1]}, "8 entries for 2 times"),
        ({"labels": [0, 1, 2, 0]}, "label 2 of sample 2 has no name"),
        ({"labels": [0, 1, 0]}, "4 entries for 3 labels"),
        ({"offsets": [0, 2, 4, 8]}, "4 entries for 4 labels"),
        ({"offsets": [0, 2, 4, 6, 7]}, "runs from 0 to 7, but there are 8 events"),
        ({"offsets": [0, 6, 4, 6, 8]}, "falls after sample 1"),
        ({"channels": 0}, "channel_count: is 0"),
        ({"channels": 2.5}, "channel_count: is 2.5"),
        ({"classes": ("yes", "yes")}, "'yes' more than once"),
        ({"classes": ("yes", "")}, r"classes\[1\]: is ''"),
        ({"classes": "yes"}, "single string"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(make_events, changed, message):
    ragged = {"times": [[1], [2, 3]]}
    arrays = {n: np.array(v) if isinstance(v, list) and changed != ragged else v for n, v in changed.items()}
    with pytest.raises(DataError, match=message) as caught:
        make_events(**arrays)
    assert all(problem.remedy for problem in caught.value.problems)


def test_all_that_is_wrong_is_told_at_once(make_events):
    with pytest.raises(DataError) as caught:
        make_events(channels=5, times=np.array([5, 1] * 4), labels=np.array([0, 1, 0, 7]))
    places = [problem.place for problem in caught.value.problems]
    assert places == ["small: channels", "small: times", "small: labels"]


@given(events=..., data=st.data())
def test_one_channel_out_of_range_is_always_found(events: EventSet, data):
    if not len(events.times):
        return
    broken = data.draw(st.integers(0, len(events.times) - 1))
    channels = events.channels.copy()
    channels[broken] = events.channel_count
    sample = np.searchsorted(events.offsets, broken, side="right") - 1
    with pytest.raises(DataError, match=f"channel {events.channel_count} in sample {sample} "):
        replace(events, channels=channels)


def test_a_class_without_samples_is_named_before_training(make_events):
    make_events().require_every_class()
    with pytest.raises(DataError, match=r"no sample of class 'maybe'.*Remedy"):
        make_events(classes=("yes", "no", "maybe"), labels=np.array([0, 1, 0, 1])).require_every_class()


def test_speakers_are_known_unless_a_sample_says_that_nobody_is(make_events):
    assert make_events(speakers=(3, 0, 3, 7)).known_speakers.tolist() == [0, 3, 7]
    assert make_events(speakers=(3, -1, 3, 7)).known_speakers.tolist() == []
    with pytest.raises(DataError, match=r"small: speakers: -2 in sample 1 \(2 such"):
        make_events(speakers=(0, -2, 0, -3))


@given(st.lists(st.from_type(EventSet), min_size=1, max_size=3))
def test_joined_sets_have_the_samples_of_all_in_their_order(sets):
    sets = [replace(s, classes=("a", "b", "c", "d"), channel_count=70_000) for s in sets]
    joined = sets[0].join(*sets[1:], name="all")
    assert joined.name == "all" and len(joined) == sum(map(len, sets))
    start = 0
    for part in sets:
        assert joined.select(range(start, start + len(part))) == part
        start += len(part)


@given(st.lists(st.permutations(["a", "b", "c"]), min_size=2, max_size=3), st.data())
def test_labels_of_joined_sets_follow_the_names_of_classes(orders, data):
    said = [data.draw(st.lists(st.sampled_from(order), max_size=4)) for order in orders]
    sets = []
    for order, names in zip(orders, said, strict=True):
        labels = np.array([order.index(name) for name in names], np.int64)
        channels = np.zeros(0, np.int32)
        sets.append(
            EventSet(labels[:0], channels, np.zeros(len(names) + 1, int), labels, labels, tuple(order), 4)
        )
    joined = sets[0].join(*sets[1:], name="all")
    assert joined.classes == tuple(orders[0])
    assert [joined.classes[label] for label in joined.labels] == [name for names in said for name in names]


def test_sets_of_other_classes_channels_and_sensors_do_not_join(make_events):
    events = make_events(sensor=(1, 5, 2))
    with pytest.raises(
        DataError, match="other: 2 of 4 samples are of classes that are not known here: 'maybe'"
    ):
        events.join(make_events(sensor=(1, 5, 2), classes=("yes", "maybe"), name="other"), name="all")
    for changed, says in (
        ({"channels": 20}, "other: has 20 channels, but small has 10.*other: has the sensor None"),
        ({"sensor": (5, 1, 2)}, r"other: has the sensor \(5, 1, 2\), but small has \(1, 5, 2\)"),
        ({}, "other: has the sensor None, but small has"),
    ):
        with pytest.raises(DataError, match=f"(?s){says}"):
            events.join(events, make_events(name="other", **changed), name="all")


def test_times_of_a_joined_set_are_as_uncertain_as_the_worst(make_events):
    joined = make_events(time_error=2).join(make_events(time_error=244.1), make_events(), name="all")
    assert joined.time_error == joined.select([0]).time_error == 244.1
    assert make_events(time_error=2) == make_events()
    for wrong in (-1, np.nan, "much"):
        with pytest.raises(DataError, match="small: time_error: is "):
            make_events(time_error=wrong)


def test_an_event_set_may_be_empty():
    nothing = np.zeros(0, np.int64)
    empty = EventSet(nothing, nothing.astype(np.int32), np.zeros(1, np.int64), nothing, nothing, (), 1)
    assert len(empty) == 0
    assert list(empty) == []
