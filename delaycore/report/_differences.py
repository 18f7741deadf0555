"""Differences in accuracy of networks that were tested on the same speakers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from delaycore._wording import pluralize
from delaycore.report._row import Row
from delaycore.report._speakers import FEWEST
from delaycore.report._statistics import compute_mean, format_mean

__all__ = ["describe_differences"]


def describe_differences(rows: Sequence[Row], name: str) -> Iterator[str]:
    """Yield a sentence for each other row: by how many points the row ``name`` is more accurate, in the mean
    over speakers with its 95 % interval (Student's t over the differences of each speaker).

    Speakers differ from each other far more than networks do, so that intervals of two accuracies overlap
    though one network is better for every speaker.  There is none below `FEWEST` speakers.
    """
    own = next((row for row in rows if row.name == name), None)
    if own is None or len(own.by_speaker) < FEWEST:
        return
    for other in rows:
        if other is own or len(other.by_speaker) != len(own.by_speaker):
            continue
        mean, half = compute_mean(
            [a.accuracy - b.accuracy for a, b in zip(own.by_speaker, other.by_speaker, strict=True)]
        )
        points = format_mean((100 * mean, 100 * half), 1, "+")
        over = pluralize(len(own.by_speaker), "speaker")
        yield f"{own.title}, less {other.title}: {points} points of accuracy, paired over {over}"
