"""Finding the files of a data set, and dividing it."""

import numpy as np
import pytest

from delaycore import DataError
from delaycore.datasets import Splits, find_splits, load_splits, read_splits, write_events


def touch(folder, *names):
    for name in names:
        (folder / name).touch()


def test_the_files_of_a_folder_are_found(tmp_path):
    touch(tmp_path, "shd_train.h5", "shd_valid.h5", "shd_test.h5", "notes.txt", "other.h5")
    assert {split: path.name for split, path in find_splits(tmp_path).items()} == {
        "train": "shd_train.h5",
        "valid": "shd_valid.h5",
        "test": "shd_test.h5",
    }


def test_a_name_chooses_among_several_data_sets(tmp_path):
    touch(tmp_path, "shd_train.h5", "shd_test.h5", "my_words_train.h5", "my_words_test.h5")
    assert set(find_splits(tmp_path / "my_words")) == {"train", "test"}
    with pytest.raises(DataError, match=r"several names: my_words_test.h5, .*--train"):
        find_splits(tmp_path)


def test_a_missing_file_is_told_with_what_was_found(tmp_path):
    touch(tmp_path, "shd_train.h5", "shd_valid.h5")
    with pytest.raises(DataError, match=r"no file \*_test.h5, only shd_train.h5, shd_valid.h5.*--test"):
        find_splits(tmp_path)


@pytest.mark.parametrize("place", ["empty", "nowhere/shd", "shd"])
def test_a_place_without_files_is_told(tmp_path, place):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="there are no files"):
        find_splits(tmp_path / place)


def test_splits_are_loaded_from_a_folder(tmp_path, make_events):
    for split, speakers in (("train", range(8)), ("valid", (8, 9)), ("test", (10, 11))):
        write_events(tmp_path / f"words_{split}.h5", make_events(speakers))
    splits = load_splits(tmp_path)
    assert [len(splits.train), len(splits.valid), len(splits.test)] == [8, 2, 2]
    assert splits.notes == ()


def test_without_a_validation_split_whole_speakers_are_held_out(tmp_path, make_events):
    train = make_events(np.repeat(np.arange(20), 6))
    splits = Splits.of(train, make_events((30, 31)))
    held = set(splits.valid.speakers.tolist())
    assert len(held) == 3
    assert held.isdisjoint(splits.train.speakers.tolist())
    assert len(splits.train) + len(splits.valid) == len(train)
    assert Splits.of(train, make_events((30, 31))).valid == splits.valid
    assert "held out" in splits.notes[0]


def test_at_least_two_speakers_are_held_out(make_events):
    assert len(set(Splits.of(make_events(range(4)), make_events()).valid.speakers.tolist())) == 2


def test_too_few_speakers_to_hold_out_are_told(make_events):
    with pytest.raises(DataError, match="small: has 2 speakers: too few"):
        Splits.of(make_events((0, 1, 0, 1)), make_events())


def test_speakers_that_test_shares_with_train_are_noted(make_events):
    splits = Splits.of(make_events((0, 1, 2)), make_events((2, 7)), make_events((5, 6)))
    assert splits.notes == ("test shares speakers with train, so it says less about new ones: 2",)


def test_files_that_do_not_belong_together_are_refused(tmp_path, make_events):
    write_events(tmp_path / "a_train.h5", make_events(range(4)))
    write_events(tmp_path / "b_test.h5", make_events(range(4), classes=("no", "never"), channels=20))
    with pytest.raises(DataError) as caught:
        read_splits(tmp_path / "a_train.h5", tmp_path / "b_test.h5")
    assert len(caught.value.problems) == 2
    assert "classes no, never, but train has yes, no" in str(caught.value)
    assert "20 channels, but train has 10" in str(caught.value)
