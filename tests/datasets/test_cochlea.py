"""InnerEar: sound becomes spikes where and when it should."""

import numpy as np
import pytest

from delaycore import DataError, SettingsError
from delaycore.datasets import InnerEar

RATE = 16_000


def tone(hertz, seconds=0.2, rate=RATE):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("hertz", [150, 500, 1_500, 4_000])
@pytest.mark.parametrize("rate", [RATE, 22_050])
def test_a_tone_fires_most_at_its_own_place(hertz, rate):
    ear = InnerEar()
    _, channels = ear.encode(tone(hertz, rate=rate), rate)
    counts = np.bincount(channels, minlength=80)
    places = np.flatnonzero(counts == counts.max())
    assert ear.centres[places].min() * 0.9 < hertz < ear.centres[places].max() * 1.1


def test_centres_rise_evenly_on_the_erb_rate_scale():
    centres = InnerEar(channels=5, low=100, high=7_000).centres
    erb_rate = 21.4 * np.log10(1 + 0.00437 * centres)
    assert centres[[0, -1]] == pytest.approx([100, 7_000])
    assert np.diff(erb_rate) == pytest.approx(np.full(4, np.diff(erb_rate)[0]))


def test_spikes_come_when_the_sound_does():
    times, _ = InnerEar().encode(np.concatenate([np.zeros(RATE // 10), tone(500)]), RATE)
    assert 100_000 <= times[0] < 115_000
    assert times[-1] < 340_000
    assert np.all(np.diff(times) >= 0)


def test_loudness_does_not_matter():
    word = tone(500) * np.hanning(RATE // 5)
    quiet, loud = InnerEar().encode(0.25 * word, RATE), InnerEar().encode(1_024 * word, RATE)
    assert np.array_equal(quiet, loud)


def test_the_same_sound_gives_the_same_spikes():
    noise = np.random.default_rng(0).standard_normal(4_000)
    assert np.array_equal(InnerEar().encode(noise, RATE), InnerEar().encode(noise.copy(), RATE))


def test_no_cell_fires_within_its_refractory_time():
    times, channels = InnerEar(refractory=5).encode(np.random.default_rng(0).standard_normal(8_000), RATE)
    order = np.lexsort((times, channels))
    gaps = np.diff(times[order])[np.diff(channels[order]) == 0]
    assert gaps.min() > 5_000


def test_adaptation_thins_out_a_lasting_tone():
    def late_share(adaptation):
        times, _ = InnerEar(adaptation=adaptation).encode(tone(500, seconds=0.4), RATE)
        return np.mean(times > 200_000)

    assert late_share(1.0) < late_share(0.0)


@pytest.mark.parametrize("audio", [np.zeros(1_000), np.zeros(0)])
def test_silence_gives_no_spikes(audio):
    times, channels = InnerEar().encode(audio, RATE)
    assert len(times) == len(channels) == 0


@pytest.mark.parametrize(
    ("audio", "rate", "message"),
    [
        (np.zeros((10, 2)), RATE, r"audio: has the shape \(10, 2\)"),
        ([0.0, np.nan, np.inf], RATE, "audio: sample 1 is nan"),
        ([0.0], 0, "rate: is 0"),
        ([0.0], 16_000.5, "rate: is 16000.5"),
    ],
)
def test_sound_that_is_none_is_refused(audio, rate, message):
    with pytest.raises(DataError, match=message):
        InnerEar().encode(audio, rate)


def test_all_settings_out_of_range_are_told_at_once():
    with pytest.raises(SettingsError) as caught:
        InnerEar(channels=0, low=500, high=9_000, floor=1, gain=0, adaptation=-1)
    places = [problem.place.removeprefix("InnerEar.") for problem in caught.value.problems]
    assert places == ["channels", "low and .high", "floor", "gain", "adaptation"]


def test_a_setting_that_is_no_number_is_told():
    with pytest.raises(SettingsError, match=r"InnerEar.gain: is nan"):
        InnerEar(gain=float("nan"))
