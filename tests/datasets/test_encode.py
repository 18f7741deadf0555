"""A folder of WAV files becomes a data set."""

import shutil

import numpy as np
import pytest
from scipy.io import wavfile

from delaycore import DataError, FileError
from delaycore.datasets import InnerEar, _name_groups, encode_folder, load_splits, read_events
from delaycore.datasets._speaker_splits import deal_speakers
from delaycore.datasets._wav import read_wav

PATTERN = r"^([^_]+)_"


def problems_of(*arguments, **named):
    with pytest.raises(DataError) as caught:
        encode_folder(*arguments, **named)
    assert all(problem.remedy for problem in caught.value.problems)
    return "\n".join(map(str, caught.value.problems))


def test_a_folder_becomes_three_files_without_a_shared_speaker(wav_folder, tmp_path):
    report = encode_folder(wav_folder, PATTERN, tmp_path / "tones", InnerEar(channels=16))
    splits = load_splits(tmp_path / "tones")
    parts = {"train": splits.train, "valid": splits.valid, "test": splits.test}
    assert splits.train.classes == ("high", "low") == report.classes
    assert splits.notes == ()
    assert splits.train.channel_count == 16
    assert (
        report.samples
        == {split: len(part) for split, part in parts.items()}
        == {"train": 16, "valid": 4, "test": 4}
    )
    assert sorted(name for names in report.speakers.values() for name in names) == list("abcdef")
    assert report.spikes == sum(len(part.times) for part in parts.values())
    assert str(tmp_path / "tones_valid.h5") in str(report)


def test_high_tones_fire_in_high_channels(wav_folder, tmp_path):
    encode_folder(wav_folder, PATTERN, tmp_path / "tones", InnerEar(channels=16))
    train = load_splits(tmp_path / "tones").train
    means = [np.mean([events["x"].mean() for events, label in train if label == wanted]) for wanted in (0, 1)]
    assert means[0] > means[1] + 4


def test_the_files_get_the_name_of_the_folder_if_only_a_folder_is_given(wav_folder, tmp_path):
    (tmp_path / "out").mkdir()
    report = encode_folder(wav_folder, PATTERN, tmp_path / "out", InnerEar(channels=4))
    assert report.files["test"] == tmp_path / "out" / "words_test.h5"


def test_the_same_seed_gives_the_same_splits(wav_folder, tmp_path):
    ear = InnerEar(channels=4)
    reports = [
        encode_folder(wav_folder, PATTERN, tmp_path / f"t{i}", ear, seed=seed)
        for i, seed in enumerate((1, 1, 2))
    ]
    assert reports[0].speakers == reports[1].speakers != reports[2].speakers


def test_who_is_tested_can_be_chosen(wav_folder, tmp_path):
    ear = InnerEar(channels=4)
    report = encode_folder(wav_folder, PATTERN, tmp_path / "t", ear, test_speakers=("e", "b", "c"))
    assert report.speakers["test"] == ("b", "c", "e")
    assert sorted(report.speakers["train"] + report.speakers["valid"]) == ["a", "d", "f"]
    assert "too few for an interval" not in str(report)
    splits = load_splits(tmp_path / "t")
    assert splits.test.speakers.tolist() == [1, 1, 2, 2, 4, 4] * 2 and splits.notes == ()
    both = encode_folder(
        wav_folder, PATTERN, tmp_path / "both", ear, test_speakers=("a",), valid_speakers=("f", "d")
    )
    assert both.speakers == {"train": ("b", "c", "e"), "valid": ("d", "f"), "test": ("a",)}
    assert "1 speaker for testing: too few for an interval" in str(both) and "--folds" in str(both)


@pytest.mark.parametrize(
    ("test", "valid", "message"),
    [
        (("anna", "a"), (), "speakers for test: there is no speaker 'anna'"),
        (("a",), ("a", "b"), "are for testing and for validation"),
        (tuple("abcde"), (), "are 5 of 6, which leaves too few for the other splits"),
        (tuple("abcdef"), (), "are 6 of 6"),
        (tuple("abc"), tuple("def"), "are 6 of 6"),
    ],
)
def test_a_choice_of_speakers_that_cannot_be_is_told(wav_folder, tmp_path, test, valid, message):
    text = problems_of(wav_folder, PATTERN, tmp_path / "t", test_speakers=test, valid_speakers=valid)
    assert message in text


def test_progress_is_told(wav_folder, tmp_path):
    seen = []
    ear = InnerEar(channels=4)
    encode_folder(wav_folder, PATTERN, tmp_path / "t", ear, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(i + 1, 24) for i in range(24)]


def test_a_silent_recording_is_reported(wav_folder, tmp_path):
    wavfile.write(wav_folder / "low" / "a_9.wav", 8_000, np.zeros(800, np.int16))
    report = encode_folder(wav_folder, PATTERN, tmp_path / "t", InnerEar(channels=4))
    assert report.silent == (wav_folder / "low" / "a_9.wav",)
    assert "no spike in" in str(report)


def test_wav_files_in_other_places_are_named(wav_folder, tmp_path):
    recordings = tmp_path / "recordings"
    shutil.copytree(wav_folder, recordings)
    beside, deeper, hidden = (
        recordings / "a_0.wav",
        recordings / "low" / "more" / "b_0.WAV",
        recordings / "low" / ".cache" / "c_0.wav",
    )
    for path in (beside, deeper, hidden):
        path.parent.mkdir(exist_ok=True)
        shutil.copy(next((recordings / "low").glob("*.wav")), path)
    report = encode_folder(recordings, PATTERN, tmp_path / "t", InnerEar(channels=4))
    assert report.left_out == (beside, deeper)
    assert "2 WAV files left out" in str(report) and str(deeper) in str(report)
    assert not encode_folder(wav_folder, PATTERN, tmp_path / "whole", InnerEar(channels=4)).left_out


def test_files_that_are_no_sound_are_all_named_and_nothing_is_written(wav_folder, tmp_path):
    (wav_folder / "low" / "a_3.wav").write_bytes(b"garbage" * 99)
    (wav_folder / "low" / "b_3.wav").write_bytes(b"")
    whole = (wav_folder / "high" / "c_1.wav").read_bytes()
    (wav_folder / "high" / "c_1.wav").write_bytes(whole[: len(whole) // 2])
    wavfile.write(wav_folder / "high" / "d_3.wav", 8_000, np.array([0, np.nan], np.float32))
    wavfile.write(wav_folder / "high" / "e_3.wav", 8_000, np.zeros(0, np.int16))
    text = problems_of(wav_folder, PATTERN, tmp_path / "t")
    for name in ("a_3.wav", "b_3.wav", "c_1.wav", "d_3.wav", "e_3.wav"):
        assert f"{name}: it " in text
    assert not list(tmp_path.glob("*.h5"))


def test_a_missing_folder_is_told(tmp_path):
    assert "nowhere: there is no such folder" in problems_of(tmp_path / "nowhere", PATTERN, tmp_path / "t")


def test_a_place_for_the_files_that_is_none_is_told_before_encoding(wav_folder, tmp_path):
    assert "nowhere (out): there is no such folder" in problems_of(
        wav_folder, PATTERN, tmp_path / "nowhere" / "t"
    )


def test_a_folder_without_classes_is_told(tmp_path):
    assert "there are no folders of classes in it" in problems_of(tmp_path, PATTERN, tmp_path / "t")


def test_empty_classes_and_unmatched_names_are_told_together(wav_folder, tmp_path):
    (wav_folder / "middle").mkdir()
    (wav_folder / "middle" / "readme.txt").touch()
    (wav_folder / ".hidden").mkdir()
    for take in range(7):
        shutil.copy(wav_folder / "low" / "a_1.wav", wav_folder / "low" / f"nobody{take}.wav")
    text = problems_of(wav_folder, PATTERN, tmp_path / "t")
    assert "middle: this class has no WAV file" in text
    assert (
        "finds no speaker in nobody0.wav, nobody1.wav, nobody2.wav, nobody3.wav, nobody4.wav and 2 more"
        in text
    )
    assert ".hidden" not in text


def test_a_pattern_that_takes_for_ever_is_ended(monkeypatch):
    monkeypatch.setattr(_name_groups, "_SECONDS", 1.0)
    with pytest.raises(DataError, match=r"'\(a\+\)\+\$' takes longer than 1 s to look for in 1 names"):
        _name_groups.find_groups("(a+)+$", ["a" * 60 + "b.wav"], "speaker")


def test_names_that_are_no_text_are_matched():
    assert _name_groups.find_groups("^(?P<x>.)(?P<speaker>.)", ["\udcffé", "a"], "speaker") == ["é", None]


@pytest.mark.parametrize(("pattern", "message"), [("(", "is no regular expression"), ("^a", "has no group")])
def test_a_pattern_that_is_none_is_told(wav_folder, tmp_path, pattern, message):
    assert message in problems_of(wav_folder, pattern, tmp_path / "t")


def test_fewer_than_three_speakers_are_told(wav_folder, tmp_path):
    text = problems_of(wav_folder, r"_([12])", tmp_path / "t")
    assert "there are only 2 speakers (1, 2)" in text


def test_a_group_called_speaker_is_the_speaker(wav_folder, tmp_path):
    report = encode_folder(wav_folder, r"(?P<speaker>.)(_)", tmp_path / "t", InnerEar(channels=4))
    assert len(report.speakers["train"]) == 4


def test_a_class_that_nobody_says_in_training_is_told(wav_folder, tmp_path):
    (wav_folder / "rare").mkdir()
    shutil.copy(wav_folder / "low" / "a_1.wav", wav_folder / "rare" / "a_1.wav")
    speakers = {seed: deal_speakers(6, (0.7, 0.15, 0.15), seed)["train"] for seed in range(20)}
    without = next(seed for seed, drawn in speakers.items() if 0 not in drawn)
    text = problems_of(wav_folder, PATTERN, tmp_path / "t", seed=without)
    assert "class 'rare': none of the speakers drawn for training says it" in text


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.7, 0.3, 0), (0.7, 0.2, 0.2)])
def test_fractions_that_make_no_sense_are_told(wav_folder, tmp_path, fractions):
    text = problems_of(wav_folder, PATTERN, tmp_path / "t", fractions=fractions)
    assert "three numbers above 0 that sum to 1" in text


@pytest.mark.parametrize("chosen", [{"test": [2]}, {"valid": [0]}, {"test": [1], "valid": [0]}])
@pytest.mark.parametrize("count", [3, 4, 17])
def test_chosen_speakers_are_not_drawn_and_the_others_still_are(count, chosen):
    dealt = deal_speakers(count, (0.1, 0.1, 0.8), 3, chosen)
    assert all(dealt[split].tolist() == numbers for split, numbers in chosen.items())
    assert all(len(speakers) for speakers in dealt.values())
    assert sorted(np.concatenate(list(dealt.values()))) == list(range(count))


@pytest.mark.parametrize("count", [3, 4, 5, 17, 100])
@pytest.mark.parametrize("fractions", [(0.7, 0.15, 0.15), (0.1, 0.1, 0.8), (0.02, 0.49, 0.49)])
def test_every_split_gets_a_speaker_and_every_speaker_a_split(count, fractions):
    dealt = deal_speakers(count, fractions, seed=3)
    assert all(len(speakers) for speakers in dealt.values())
    assert sorted(np.concatenate(list(dealt.values()))) == list(range(count))


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.float32])
def test_any_kind_of_wav_is_read_and_stereo_is_mixed(tmp_path, kind):
    wave = np.sin(np.arange(400) / 9)
    both = np.stack([wave, 0 * wave], axis=1)
    stored = (both * 100 + (128 if kind is np.uint8 else 0)).astype(kind)
    wavfile.write(tmp_path / "sound.wav", 11_025, stored)
    audio, rate = read_wav(tmp_path / "sound.wav")
    assert rate == 11_025
    assert audio == pytest.approx(50 * wave, abs=0.6)


def test_sizes_that_a_file_cannot_hold_are_refused_before_room_is_made_for_them(tmp_path):
    path = tmp_path / "large.wav"
    wavfile.write(path, 8_000, np.ones(100, np.int16))
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + (2**31).to_bytes(4, "little") + whole[44:])
    with pytest.raises(FileError, match=r"'data' has 2,147,483,648 bytes, and the file only 200 more"):
        read_wav(path)


@pytest.mark.parametrize("tracks", [(np.inf, -np.inf), (1e308, 1e308, 1e308), (np.nan, 0.0)])
def test_tracks_that_do_not_mix_to_finite_numbers_are_refused_without_a_warning(tmp_path, tracks):
    path = tmp_path / "loud.wav"
    wavfile.write(path, 8_000, np.full((100, len(tracks)), tracks))
    with pytest.raises(FileError, match="holds samples that are no finite numbers"):
        read_wav(path)


def test_what_others_append_to_a_sound_is_passed_over(tmp_path):
    path = tmp_path / "tagged.wav"
    wavfile.write(path, 8_000, np.ones(100, np.int16))
    path.write_bytes(path.read_bytes() + b"TAG" + b"\xff" * 125)
    assert len(read_wav(path)[0]) == 100


@pytest.mark.parametrize("rate", [1, 999, 1_000_001, 2**31 - 1])
def test_rates_that_no_sound_has_are_refused(tmp_path, rate):
    path = tmp_path / "odd.wav"
    wavfile.write(path, rate, np.ones(100, np.int16))
    with pytest.raises(FileError, match=f"has {rate} samples a second"):
        read_wav(path)


def test_a_flat_folder_gives_the_same_files_as_folders_of_classes(wav_folder, tmp_path):
    flat = tmp_path / "flat" / "deep"
    flat.mkdir(parents=True)
    for path in wav_folder.rglob("*.wav"):
        shutil.copy(path, flat / f"{path.parent.name}_{path.name}")
    ear = InnerEar(channels=4)
    folders = encode_folder(wav_folder, PATTERN, tmp_path / "words", ear)
    found = encode_folder(
        tmp_path / "flat", r"^[^_]+_([^_]+)_", tmp_path / "flat_words", ear, class_pattern="^(?P<class>[^_]+)"
    )
    assert found.classes == folders.classes and found.speakers == folders.speakers and not found.left_out
    for split, path in folders.files.items():
        assert read_events(path) == read_events(found.files[split])


def test_class_patterns_are_refused_beside_speaker_patterns(wav_folder, tmp_path):
    text = problems_of(wav_folder, "^a", tmp_path / "t", class_pattern="(x{9})")
    assert "speaker pattern: '^a' has no group" in text and "finds no class in" in text
    assert "there is only one class, 'wav'" in problems_of(
        wav_folder, PATTERN, tmp_path / "t", class_pattern=r"\.(wav)$"
    )
    (tmp_path / "empty").mkdir()
    assert "there are no WAV files" in problems_of(
        tmp_path / "empty", PATTERN, tmp_path / "t", class_pattern="(.)"
    )
