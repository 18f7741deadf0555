"""Samples keep their timing, and the number of their spikes says nothing any more."""

import numpy as np
import pytest

from delaycore import DataError
from delaycore.datasets import Samples, SpokenDigits, choose_spike_counts, equalize_spikes, frame_events
from delaycore.experiment import Recordings
from delaycore.experiment._spike_count_baseline import spike_count_baseline
from delaycore.settings import FramingSettings


@pytest.fixture(scope="module")
def data():
    """Recordings of some digits as they are, and equalized."""
    events = SpokenDigits.events("valid")
    events = events.select(events.labels < 4).with_classes(SpokenDigits.classes[:4])
    parts = [events.select(events.speakers % 3 == part) for part in range(3)]
    settings = (FramingSettings(group=8), FramingSettings(group=8, equalize=0.1))
    return [Recordings.of(*parts, one, "some digits") for one in settings]


def test_counts_are_the_largest_that_all_but_a_share_of_the_samples_reach():
    spikes = np.zeros((4, 5, 3), bool)
    for sample, (first, second) in enumerate([(1, 0), (3, 2), (4, 2), (5, 4)]):
        spikes[sample, :first, 0] = spikes[sample, :second, 1] = True
    samples = Samples(spikes, np.zeros(4, int))
    assert choose_spike_counts(samples).tolist() == [1, 0, 0]
    assert choose_spike_counts(samples, 0.25).tolist() == [3, 2, 0]
    assert choose_spike_counts(samples, 0.74).tolist() == [4, 2, 0]


def test_every_input_has_the_same_count_and_the_losses_say_what_was_dropped_and_added():
    spikes = np.zeros((2, 4, 3), bool)
    spikes[0, :, 0] = spikes[1, 2, 0] = spikes[1, :2, 2] = True
    equal, losses = equalize_spikes(Samples(spikes, np.zeros(2, int)), np.array([2, 1, 0]))
    assert (equal.spikes.sum(axis=1) == [2, 1, 0]).all()
    assert equal.spikes[1, 2, 0]  # what was there stays while there is room
    assert {loss.change: (loss.count, loss.of) for loss in losses} == {"dropped": (4, 7), "added": (3, 6)}


def test_samples_with_enough_spikes_keep_a_part_of_their_own():
    spikes = np.random.default_rng(0).random((20, 30, 4)) < 0.5
    samples = Samples(spikes, np.zeros(20, int))
    equal, losses = equalize_spikes(samples, choose_spike_counts(samples))
    assert not (equal.spikes & ~spikes).any()
    assert [loss.change for loss in losses] == ["dropped"]


def test_spikes_of_all_steps_are_kept_equally_often():
    spikes = np.random.default_rng(1).random((400, 20, 8)) < 0.5
    equal, _ = equalize_spikes(Samples(spikes, np.zeros(400, int)), np.full(8, 2))
    shares = equal.spikes.mean(axis=(0, 2))
    assert np.abs(shares - 2 / 20).max() < 0.02


def test_a_sample_becomes_the_same_wherever_it_stands_and_another_with_another_seed():
    spikes = np.random.default_rng(2).random((6, 20, 3)) < 0.5
    counts = np.array([2, 3, 4])
    samples = Samples(spikes, np.zeros(6, int))
    whole = equalize_spikes(samples, counts)[0].spikes
    part = equalize_spikes(samples.select(slice(3, 5)), counts)[0].spikes
    assert (whole[3:5] == part).all()
    assert (equalize_spikes(samples, counts, seed=1)[0].spikes != whole).any()


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, 2], "3 whole numbers within 0..5"),
        ([6, 0, 0], "0..5"),
        ([-1, 0, 0], "0..5"),
        ([0.5, 1, 1], "float64"),
    ],
)
def test_counts_that_no_sample_can_have_are_refused(counts, message):
    with pytest.raises(DataError, match=message) as caught:
        equalize_spikes(Samples(np.zeros((1, 5, 3)), np.zeros(1, int)), np.array(counts))
    assert caught.value.problems[0].remedy


@pytest.mark.parametrize("short", [-0.1, 1, float("nan")])
def test_shares_out_of_range_and_silent_data_are_refused(short):
    silent = Samples(np.zeros((2, 5, 3)), np.zeros(2, int))
    with pytest.raises(DataError, match="short"):
        choose_spike_counts(silent, short)
    with pytest.raises(DataError, match="no input has a spike"):
        choose_spike_counts(silent)
    with pytest.raises(DataError, match="there are none"):
        choose_spike_counts(silent.select(slice(0, 0)))


def test_a_run_equalizes_all_splits_by_the_training_samples(data):
    plain, equal = data
    counts = choose_spike_counts(plain.train, 0.1)
    assert counts.any()
    for split in ("train", "valid", "test"):
        assert (getattr(equal, split).spikes.sum(axis=1) == counts).all()
    assert {"dropped", "added"} <= {loss.change for loss in equal.losses("test")}
    assert any("framing.equalize" in note for note in equal.notes)
    assert equal.fingerprint != plain.fingerprint
    raw, _ = frame_events(plain.splits["test"], plain.framing)
    assert (plain.test.spikes == raw.spikes).all()


def test_counts_tell_classes_apart_before_and_not_after(data):
    correct = [
        np.mean(spike_count_baseline(one.train, one.valid, one.test, 0) == one.test.labels) for one in data
    ]
    assert correct[0] > 0.6
    assert correct[1] == 1 / 4  # one class for all
