"""The script that builds the data of SpokenDigits still makes what the package ships."""

import numpy as np

from delaycore.datasets import SpokenDigits
from scripts import build_spoken_digits as script
from scripts.digit_voices import SPLITS, voices


def test_a_voice_built_anew_gives_the_spikes_in_the_file(monkeypatch):
    monkeypatch.setattr(script, "RENDITIONS", 1)
    built = script.speaker_spikes("test", 0)
    shipped = SpokenDigits.events("test")
    assert len(built) == 20
    for sample, (times, channels) in enumerate(built):
        events, label = shipped[sample]
        assert label == sample
        ours = set(zip(times.tolist(), channels.tolist(), strict=True))
        theirs = set(zip(events["t"].tolist(), events["x"].tolist(), strict=True))
        # Other versions of numpy and scipy may round a spike into the next half millisecond.
        assert len(ours & theirs) >= 0.95 * len(theirs)


def test_voices_of_a_split_differ_from_each_other_and_stay_the_same():
    speakers = voices("train")
    assert speakers == voices("train")
    assert len({voice.variant for split in SPLITS for voice in voices(split)}) == 80
    assert np.std([voice.speed for voice in speakers]) > 10
