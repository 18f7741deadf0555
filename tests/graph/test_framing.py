"""Events become steps: what merges, comes late or lies outside is counted."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from delaycore import DataError, Framing, GraphError
from delaycore.graph._step_starts import find_step_starts


def frame(framing, *samples):
    """``samples`` are lists of (microseconds, channel)."""
    events = np.array([e for s in samples for e in s], dtype=np.int64).reshape(-1, 2)
    return framing.frame(events[:, 0], events[:, 1], np.cumsum([0, *map(len, samples)]))


def test_an_event_falls_into_the_step_that_holds_its_time():
    framed = frame(Framing(steps=3, step=1e-3, channels=2), [(0, 0), (999, 1), (1000, 0), (2999, 1)])
    assert np.argwhere(framed.spikes).tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 2, 1]]


@pytest.mark.parametrize("microseconds", [1015, 1981, 2030, 700, 1100, 1400])
def test_the_first_time_of_a_step_belongs_to_it_whatever_the_step_s_rounding(microseconds):
    framed = frame(
        Framing(steps=50, step=microseconds * 1e-6, channels=1), [(k * microseconds, 0) for k in range(50)]
    )
    assert (framed.merged, framed.late) == (0, 0)


HOURS = 4 * 3600
"""Seconds of a long recording."""


@pytest.mark.parametrize(
    "step", [1 / 60, 1 / 300, 1e-3 / 3, 1e-3, 0.9e-3, 1 / 16_000, 512 / 44_100, 1 / 7, 0.1, 1.1e-6]
)
@pytest.mark.parametrize("rounded", [np.rint, lambda x: np.floor(x + 0.5), lambda x: np.ceil(x - 0.5)])
def test_an_event_of_every_step_keeps_its_step_to_the_end_of_a_long_recording(step, rounded):
    steps = min(int(HOURS / step), 60_000)
    times = rounded(np.arange(steps) * step * 1e6).astype(np.int64)
    framed = Framing(steps=steps, step=step, channels=1).frame(times, times * 0, np.array([0, steps]))
    assert framed.spikes.all() and (framed.merged, framed.late) == (0, 0)


MEANT = st.one_of(
    st.fractions(min_value=Fraction(1, 500_000), max_value=1, max_denominator=10**6),
    st.integers(2, 10**6).map(lambda microseconds: Fraction(microseconds, 10**6)),
    st.integers(1, 96_000).map(lambda hertz: Fraction(1, hertz)),
    st.floats(2e-6, 1.0).map(Fraction),
)
"""Steps in seconds as somebody means them, before floating point rounds them."""


@given(MEANT, st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
@example(Fraction(1, 60), [2, 863_998, 863_999])
@example(Fraction(1, 16_000), [1, 3, 230_399_999])
def test_a_time_that_was_rounded_to_microseconds_is_of_its_step_hours_into_a_recording(meant, numbers):
    for k in (number % int(HOURS / meant) for number in numbers):
        start, end = find_step_starts(float(meant), [k, k + 1]).tolist()
        exact, computed = k * meant * 10**6, k * float(meant) * 1e6
        for made in (
            round(exact),
            np.rint(computed),
            np.floor(computed + 0.5),
            round(exact + meant * 400_000),
        ):
            assert start <= made < end


@given(MEANT, st.integers(1, 400))
def test_every_microsecond_from_the_start_of_a_step_to_that_of_the_next_is_of_that_step(meant, steps):
    starts = find_step_starts(float(meant), range(steps + 1))
    assert (np.diff(starts) > 0).all()
    framing = Framing(steps=steps, step=float(meant), channels=2)
    times = np.stack([starts[:-1], starts[1:] - 1], axis=1).ravel()
    framed = framing.frame(times, np.tile([0, 1], steps), np.array([0, 2 * steps]))
    assert framed.spikes.all() and framed.late == 0


def test_a_step_below_the_resolution_of_times_and_times_beyond_all_bins_are_refused():
    with pytest.raises(GraphError, match=r"Framing\.step: must be .*at least the microsecond"):
        Framing(steps=1, step=0.9e-6, channels=7)
    with pytest.raises(
        DataError, match=r"too late to be divided into 64 bins.*count from the sample's start"
    ):
        frame(Framing(steps=64, step=None, channels=1), [(2**60, 0)])
    assert frame(Framing(steps=9, step=1e300, channels=1), [(2**62, 0)]).spikes[0, 0, 0]


def test_merged_late_and_outside_events_are_counted():
    framed = frame(
        Framing(steps=2, step=1e-3, channels=4, group=2),
        [(0, 0), (10, 1), (20, 0), (500, 2), (2000, 0), (0, 4), (0, -1), (9999, 9)],
        [],
    )
    assert (framed.events, framed.merged, framed.late, framed.outside) == (8, 2, 1, 3)
    assert framed.spikes.shape == (2, 2, 2)
    assert np.argwhere(framed.spikes).tolist() == [[0, 0, 0], [0, 0, 1]]
    assert str(framed) == "8 events: 2 merged (25.00%), 1 late (12.50%), 3 outside (37.50%)"


def test_bins_per_sample_stretch_with_each_sample_s_duration():
    framed = frame(
        Framing(steps=4, step=None, channels=1), [(0, 0), (99, 0)], [(0, 0), (999_999, 0), (500_000, 0)], []
    )
    assert framed.spikes[:, :, 0].tolist() == [
        [True, False, False, True],
        [True, False, True, True],
        [False] * 4,
    ]
    assert framed.late == 0


def test_neighbouring_channels_are_grouped_and_the_last_group_may_be_smaller():
    framing = Framing(steps=1, step=1e-3, channels=7, group=3)
    assert framing.inputs == 3
    assert frame(framing, [(0, 2), (0, 3), (0, 6)]).spikes[0, 0].tolist() == [True, True, True]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 5000), st.integers(-2, 12)), max_size=30), min_size=1, max_size=4
    ),
    st.sampled_from([None, 1e-3, 7e-4]),
    st.integers(1, 4),
)
def test_every_event_is_a_spike_or_counted_as_lost(samples, step, group):
    framed = frame(Framing(steps=4, step=step, channels=10, group=group), *samples)
    assert framed.events == sum(map(len, samples))
    assert framed.events == int(framed.spikes.sum()) + framed.merged + framed.late + framed.outside


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        (([-1], [0], [0, 1]), "1 events lie before 0, the first is event 0 at -1"),
        (([1, 2], [0], [0, 2]), "channels: has 1 entries for 2 times"),
        (([1, 2], [0, 0], [0, 1]), "offsets: must rise from 0 to the 2 events"),
        (([1, 2], [0, 0], [0, 2, 1, 2]), "offsets: must rise"),
        (([1, 2], [0, 0], []), "offsets: must"),
        (([1.5], [0], [0, 1]), "times: must be whole numbers"),
        (([[1]], [0], [0, 1]), "times: must be whole numbers in one dimension"),
        (([1], [True], [0, 1]), "channels: must be whole numbers in one dimension: has the type bool"),
        (([1], ["a"], [0, 1]), "channels: must be whole numbers"),
        (([1], [0], [0.0, 1.0]), "offsets: must be whole numbers"),
        (
            ([2**64 - 5], [0], [0, 1]),
            "times: .* holds 18446744073709551611, which is beyond 9223372036854775807",
        ),
        (([1], [2**64 - 1], [0, 1]), "channels: .* beyond 9223372036854775807"),
        (([1], [0], np.array([0, 2**64 - 1], np.uint64)), "offsets: .* beyond 9223372036854775807"),
    ],
)
def test_events_that_do_not_belong_together_are_refused(arrays, says):
    with pytest.raises(DataError, match=says):
        Framing(steps=4, step=1e-3, channels=2).frame(*map(np.array, arrays))


def test_ragged_lists_are_refused_and_all_arrays_that_are_wrong_are_named():
    with pytest.raises(DataError) as raised:
        Framing(steps=4, step=1e-3, channels=2).frame([[1], [1, 2]], [1.5], ["0"])
    assert [p.place for p in raised.value.problems] == ["times", "channels", "offsets"]


INTEGERS = [np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)]


@given(
    st.lists(st.tuples(st.integers(0, 127), st.integers(0, 127)), max_size=8),
    st.tuples(*[st.sampled_from(INTEGERS)] * 3),
    st.sampled_from(
        [
            Framing(steps=5, step=None, channels=700, group=300),
            Framing(steps=5, step=2e-5, channels=100),
            Framing(steps=300, step=1e-3, channels=600, group=2, sensor=(2, 300, 1)),
        ]
    ),
)
@example([(100, 100)], (np.dtype(np.uint8),) * 3, Framing(steps=9, step=None, channels=700, group=300))
def test_arrays_of_any_type_of_integers_mean_their_values(events, types, framing):
    arrays = [t for t, _ in events], [c for _, c in events], [0, len(events)]
    typed = [np.array(a, dtype) for a, dtype in zip(arrays, types, strict=True)]
    assert framing.frame(*typed) == framing.frame(*arrays)


@pytest.mark.parametrize("time", [2**63 - 1, 2**63 - 2, 2**62])
def test_the_latest_times_are_in_a_step_or_refused(time):
    assert frame(Framing(steps=9, step=1e300, channels=1), [(time, 0)]).spikes[0, 0, 0]
    assert frame(Framing(steps=9, step=1e-3, channels=1), [(time, 0)]).late == 1
    bins = Framing(steps=1, step=None, channels=1)
    if time == 2**63 - 1:
        with pytest.raises(DataError, match="too late to be divided into 1 bins"):
            frame(bins, [(time, 0)])
    else:
        assert frame(bins, [(0, 0), (time, 0)]).merged == 1


def test_framings_without_a_meaning_are_refused_by_field():
    with pytest.raises(GraphError, match="3 problems") as raised:
        Framing(steps=0, step=-1e-3, channels=0)
    assert [p.place for p in raised.value.problems] == ["Framing.steps", "Framing.step", "Framing.channels"]
    with pytest.raises(GraphError, match="group of 9 channels is wider than the 7 channels"):
        Framing(steps=1, step=1e-3, channels=7, group=9)
    with pytest.raises(GraphError, match=r"Framing\.step"):
        Framing(steps=1, step=float("inf"), channels=7)


def test_blocks_of_pixels_become_inputs_polarity_by_polarity():
    framing = Framing(steps=1, step=1e-3, channels=3 * 5 * 2, group=2, sensor=(3, 5, 2))
    assert framing.sheet == (2, 3, 2) and framing.inputs == 12
    channel = {(y, x, p): (y * 5 + x) * 2 + p for y in range(3) for x in range(5) for p in range(2)}
    for (y, x, p), c in channel.items():
        assert np.argwhere(frame(framing, [(0, c)]).spikes[0, 0].reshape(2, 3, 2)).tolist() == [
            [y // 2, x // 2, p]
        ]


def test_a_row_of_channels_is_one_high():
    assert Framing(steps=1, step=1e-3, channels=7, group=3).sheet == (1, 3, 1)


def test_a_sensor_of_other_channels_is_refused():
    with pytest.raises(GraphError, match=r"height, width and polarities \(3, 5, 2\) has 30 channels, not 31"):
        Framing(steps=1, step=1e-3, channels=31, sensor=(3, 5, 2))


def test_framed_samples_are_equal_by_content():
    framing = Framing(steps=2, step=1e-3, channels=2)
    assert frame(framing, [(0, 0)]) == frame(framing, [(5, 0)])
    assert frame(framing, [(0, 0)]) != frame(framing, [(0, 1)])
