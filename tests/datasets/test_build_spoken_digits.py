"""The script that builds the data of SpokenDigits still makes what the package ships."""

from pathlib import Path

import numpy as np
import pytest

from delaycore.datasets import SpokenDigits

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def script(monkeypatch):
    pytest.importorskip(
        "espeakng_loader", reason="the speech synthesiser is needed only to build the data anew"
    )
    if not SCRIPTS.is_dir():
        pytest.skip("the scripts are not part of an installed package")
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import build_spoken_digits

    return build_spoken_digits


def test_a_voice_built_anew_gives_the_spikes_in_the_file(script, monkeypatch):
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


def test_voices_of_a_split_differ_from_each_other_and_stay_the_same(script):
    voices = script.voices("train")
    assert voices == script.voices("train")
    assert len({voice.variant for split in script.SPLITS for voice in script.voices(split)}) == 80
    assert np.std([voice.speed for voice in voices]) > 10
