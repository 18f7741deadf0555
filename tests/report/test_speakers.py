"""Accuracy by speaker: which interval there is, over what, and why there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from delaycore.report import (
    Point,
    Row,
    SpeakerScore,
    describe_differences,
    draw_accuracies,
    explain_interval,
    make_row,
    pool_rows,
    tabulate_methods,
    to_markdown,
    to_terminal,
)


def make(right: list[tuple[int, bool]] | list[tuple[None, bool]]) -> Row:
    """The row of a network with a speaker and whether the answer is right, for every sample."""
    speakers = None if right[0][0] is None else np.array([speaker for speaker, _ in right])
    predictions = np.array([int(hit) for _, hit in right])
    return make_row("net", "a network", predictions, np.ones(len(right), np.int64), speakers=speakers)


def spread(*counts: tuple[int, int]) -> list[tuple[int, bool]]:
    """``(right, all)`` of the samples of speakers 0, 1, ..."""
    return [(s, k < right) for s, (right, samples) in enumerate(counts) for k in range(samples)]


@given(
    st.lists(
        st.integers(1, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=3, max_size=9
    )
)
def test_from_three_speakers_on_the_interval_is_students_over_their_means(
    counts: list[tuple[int, int]],
) -> None:
    row = make(spread(*counts))
    means = [right / samples for right, samples in counts]
    assert [s.accuracy for s in row.by_speaker] == means
    assert row.interval is not None
    if np.std(means) > 0:
        low, high = stats.t.interval(0.95, len(means) - 1, np.mean(means), stats.sem(means))
        assert row.interval == pytest.approx((max(0.0, low), min(1.0, high)))
    assert f"{len(counts)} speakers)" in to_markdown([row], "a run")


def test_samples_of_one_voice_do_not_narrow_the_interval() -> None:
    few, many = (make(spread((n // 2, n), (n, n), (n // 4, n))) for n in (4, 400))
    assert few.interval == pytest.approx(many.interval)


@pytest.mark.parametrize(("counts", "cell"), [([(3, 4)], "1 speaker"), ([(3, 4), (1, 4)], "2 speakers")])
def test_below_three_speakers_there_is_none_and_it_is_said_why(
    counts: list[tuple[int, int]], cell: str, tmp_path: Path
) -> None:
    row = make(spread(*counts))
    assert row.interval is None and row.accuracy is not None
    assert f"{row.accuracy:.1%} (no interval: {cell})" in to_markdown([row], "a run")
    reason = explain_interval(row.by_speaker)
    assert "samples of one speaker are alike" in reason and "at least 3" in reason and "--folds" in reason
    assert to_terminal([row], "a run", 80).row_count == 1
    draw_accuracies(tmp_path / "accuracy.png", [row], "a run")
    assert (tmp_path / "accuracy.png").read_bytes().startswith(b"\x89PNG")


def test_where_nobody_is_known_the_interval_is_over_samples_and_says_so() -> None:
    row = make([(None, k < 90) for k in range(100)])
    wilson = stats.binomtest(90, 100).proportion_ci(0.95, "wilson")
    assert row.interval == pytest.approx((wilson.low, wilson.high))
    assert "100 samples)" in to_markdown([row], "a run")
    assert "do not say who speaks" in explain_interval(row.by_speaker)


def test_rows_of_folds_are_pooled_over_all_speakers() -> None:
    one = replace(make(spread((3, 4), (2, 4))), synapses=10, energy=1.0, spikes={"h1": 2.0})
    other = replace(
        make([(7, True), (8, True), (8, False), (8, False)]), synapses=13, energy=4.0, spikes={"h1": 5.0}
    )
    both = pool_rows([one, other])
    assert (both.correct, both.samples) == (7, 12) and both.accuracy == pytest.approx(7 / 12)
    assert [s.speaker for s in both.by_speaker] == [0, 1, 7, 8] and both.interval is not None
    assert (both.synapses, both.energy, both.spikes) == (11, 2.0, {"h1": 3.0})
    assert both.latency is None
    refused = pool_rows([one, Row(name="net", title="a network", note="does not fit: chip.cores")])
    assert refused.accuracy is None and "chip.cores" in refused.note


def test_networks_are_compared_speaker_by_speaker() -> None:
    worse = replace(make(spread((2, 10), (5, 10), (9, 10))), name="worse", title="the worse")
    better = replace(make(spread((3, 10), (6, 10), (10, 10))), name="better", title="the better")
    (said,) = describe_differences([worse, better], "better")
    assert said == "the better, less the worse: +10.0 +- 0.0 points of accuracy, paired over 3 speakers"
    uneven = replace(make(spread((2, 10), (8, 10), (9, 10))), name="uneven", title="the uneven")
    (said,) = describe_differences([uneven, worse], "worse")
    half = 100 * stats.t.ppf(0.975, 2) * stats.sem([0.0, -0.3, 0.0])
    assert f": -10.0 +- {half:.1f} points" in said
    assert not list(describe_differences([worse, better], "neither"))
    assert not list(describe_differences([make(spread((2, 10), (5, 10)))] * 2, "net"))
    assert not list(describe_differences([make([(None, True)])] * 2, "net"))


def compared(seed: int, *counts: tuple[int, int]) -> Point:
    scores = tuple(SpeakerScore(s, right, samples) for s, (right, samples) in enumerate(counts))
    correct, samples = np.sum(counts, axis=0).tolist()
    fixed: dict[str, Any] = {"target": "chip", "setting": "chip", "method": "ptq", "software": 0.9}
    return Point(**fixed, seed=seed, accuracy=correct / samples, samples=samples, by_speaker=scores)


def test_a_comparison_with_one_seed_has_an_interval_over_speakers_or_none() -> None:
    page = tabulate_methods([compared(0, (2, 4), (3, 4), (4, 4))], "PTQ against QAT")
    half = 100 * stats.t.ppf(0.975, 2) * stats.sem([0.5, 0.75, 1.0])
    assert f"75.0 +- {half:.1f}" in page and "over the means of 3 test speakers" in page
    page = tabulate_methods([compared(0, (2, 4), (4, 4))], "PTQ against QAT")
    assert "| 75.0 |" in page and "One seed; no 95 % intervals" in page and "2 test speakers" in page
    page = tabulate_methods([compared(s, (2, 4), (4, 4)) for s in (0, 1)], "PTQ against QAT")
    assert "2 seeds" in page and "over seeds, all on the same 2 test speakers" in page
