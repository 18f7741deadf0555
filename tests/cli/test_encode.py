"""The command ``encode``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from tests.cli.commands import call


def test_speakers_for_testing_and_validation_can_be_named(tmp_path: Path) -> None:
    seconds = np.arange(800) / 8_000
    for word, hertz in (("high", 2_000), ("low", 300)):
        (tmp_path / "words" / word).mkdir(parents=True)
        for speaker in ("anna", "ben", "clara", "dora", "emil"):
            tone = np.sin(2 * np.pi * hertz * seconds).astype(np.float32)
            wavfile.write(tmp_path / "words" / word / f"{speaker}_1.wav", 8_000, tone)
    encode = ("encode", tmp_path / "words", "--speaker", "^([^_]+)_", "--out", tmp_path / "tones")
    chosen = ("--test-speaker", "dora", "--test-speaker", "ben", "--valid-speaker", "emil")
    made = json.loads(call(*encode, *chosen, "--json"))
    assert made["speakers"] == {"train": ["anna", "clara"], "valid": ["emil"], "test": ["ben", "dora"]}
    assert "2 speakers for testing: too few for an interval" in call(*encode, *chosen, "--overwrite")
    said = " ".join(call(*encode, *chosen, code=2).split())
    assert "3 problems" in said and "tones_train.h5 (out): is there already" in said and "--overwrite" in said
    said = " ".join(call(*encode, "--test-speaker", "dorra", code=2).split())
    assert "there is no speaker 'dorra'" in said and "did you mean 'dora'?" in said
