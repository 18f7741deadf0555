"""Which classes were taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore.errors import DataError
from delaycore.report import count_confusion, make_row


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_every_answer_is_counted_once_and_every_class_described_once(pairs: list[tuple[int, int]]) -> None:
    labels = np.array([label for label, _ in pairs], dtype=np.int64)
    answers = np.array([answer for _, answer in pairs], dtype=np.int64)
    confusion = count_confusion(labels, answers, ["a", "b", "c", "d"])
    for i in range(4):
        for j in range(4):
            assert confusion.counts[i][j] == pairs.count((i, j))
    wrong = {label for label, answer in pairs if label != answer}
    lines = list(confusion.describe())
    assert {line[0] for line in lines if " right; " in line} == {"abcd"[i] for i in wrong}
    whole = sorted("abcd"[i] for i in set(labels.tolist()) - wrong)
    assert lines[len(wrong) :] == ([f"all right: {', '.join(whole)}"] if whole else [])


def test_a_class_has_its_right_answers_and_its_most_frequent_mistakes() -> None:
    labels, answers = np.array([0] * 6 + [1] * 2 + [2]), np.array([0, 1, 1, 1, 2, 2, 1, 0, 2])
    confusion = count_confusion(labels, answers, ["yes", "no", "stop"])
    assert str(confusion).splitlines() == [
        "yes: 1 of 6 right; 3 as no, 2 as stop",
        "no: 1 of 2 right; 1 as yes",
        "all right: stop",
    ]
    assert repr(confusion) == "<Confusion: 3 of 9 answers right, 3 classes>"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (np.array([1]), r"differ in number: 2 of labels, .*1 of (predictions|software)"),
        (np.int64(1), r"must be \[samples\]"),
        (np.array([[0, 1]]), r"must be \[samples\]"),
        (np.array([0.0, 1.0]), "has the type float64"),
        (np.array(["a", "b"]), "not real numbers"),
        (np.array([None, {}], dtype=object), "not real numbers"),
    ],
)
def test_answers_that_are_not_one_class_per_sample_are_counted_by_nobody(answers: Any, says: str) -> None:
    labels = np.array([0, 1])
    for count in (
        lambda: count_confusion(labels, answers, ["yes", "no"]),
        lambda: make_row("net", "a network", answers, labels),
        lambda: make_row("net", "a network", labels, labels, software=answers),
    ):
        with pytest.raises(DataError, match=says):
            count()


@pytest.mark.parametrize("answer", [-1, 2])
def test_an_answer_without_a_class_is_not_counted_as_another(answer: int) -> None:
    with pytest.raises(DataError, match=f"{answer} of sample 1 is none of 2 classes"):
        count_confusion(np.array([0, 1]), np.array([0, answer]), ["yes", "no"])


def test_a_row_without_samples_is_refused() -> None:
    none = np.zeros(0, np.int64)
    with pytest.raises(DataError, match="no sample"):
        make_row("net", "a network", none, none)
