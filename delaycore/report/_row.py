"""One row of a run's table: a network, what it answers, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from delaycore._shown import show_line
from delaycore.activity import Activity
from delaycore.errors import DataError
from delaycore.graph import Graph
from delaycore.hardware import Cost
from delaycore.report._answers import require_answers
from delaycore.report._speakers import SpeakerScore, compute_interval, score_speakers

__all__ = ["Row", "make_row", "pool_rows"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Measurements of a network on the test samples; None for what does not apply.

    name, title: of files, and for readers.
    correct, samples: right answers, and all answers.
    accuracy, interval: fraction of right answers with its 95 % interval: over speakers where they are known,
                 None if these are too few, over samples where they are not.
    by_speaker:  right answers of each speaker; empty if they are not known.
    same:        fraction of samples with the same prediction as the software network that it was made from.
    synapses:    each with a weight and a delay.
    spikes:      per sample, by population that fires, inputs included.
    latency, energy, memory: seconds and joules per sample, and bits; None for software.
    delay_memory: fraction of the memory that holds spikes until they are due.
    note:        what a reader should know, such as why a network does not fit.
    """

    name: str
    title: str
    correct: int | None = None
    samples: int | None = None
    accuracy: float | None = None
    interval: tuple[float, float] | None = None
    by_speaker: tuple[SpeakerScore, ...] = ()
    same: float | None = None
    synapses: int | None = None
    spikes: Mapping[str, float] = field(default_factory=dict)
    latency: float | None = None
    energy: float | None = None
    memory: float | None = None
    delay_memory: float | None = None
    note: str = ""

    __repr__ = show_line


def make_row(
    name: str,
    title: str,
    predictions: NDArray[np.int64],
    labels: NDArray[np.int64],
    *,
    speakers: NDArray[np.int64] | None = None,
    graph: Graph | None = None,
    activity: Activity | None = None,
    cost: Cost | None = None,
    software: NDArray[np.int64] | None = None,
    note: str = "",
) -> Row:
    """Make the row of a network from its ``predictions`` and the ``labels``, both [samples].

    speakers: of the samples, [samples]; None if they are not known.
    software: predictions [samples] of the network from which this one was made.

    Raises `DataError` for arrays that are not one whole number per sample, of at least one sample.
    """
    answers = {"labels": labels, "predictions": predictions, "software": software}
    require_answers({name: given for name, given in answers.items() if given is not None})
    if not (samples := len(labels)):
        raise DataError.at("labels", "have no sample", "give the answers to at least one")
    right = np.asarray(predictions) == np.asarray(labels)
    correct, by_speaker = int(right.sum()), score_speakers(right, speakers)
    firing = [n for n, p in graph.populations.items() if p.spikes] if graph is not None else []
    return Row(
        name=name,
        title=title,
        correct=correct,
        samples=samples,
        accuracy=correct / samples,
        interval=compute_interval(correct, samples, by_speaker),
        by_speaker=by_speaker,
        same=None if software is None else float((np.asarray(predictions) == np.asarray(software)).mean()),
        synapses=None if graph is None else graph.synapses,
        spikes={} if activity is None else {n: float(activity.spikes[n].sum()) / samples for n in firing},
        latency=None if cost is None else cost.latency.mean,
        energy=None if cost is None else cost.energy.mean,
        memory=None if cost is None else cost.memory_total,
        delay_memory=None if cost is None else cost.delay_memory_share,
        note=note,
    )


def pool_rows(rows: Sequence[Row]) -> Row:
    """Make one row of those of a network that was trained and tested once per fold, each on other samples.

    Answers are counted together, and costs and counts are means over samples.  If a chip refused the network
    of a fold there is no accuracy, and the note says why.
    """
    first = rows[0]
    refused = [row for row in rows if row.accuracy is None]
    if refused:
        return Row(name=first.name, title=first.title, note=refused[0].note)
    weights = [row.samples or 0 for row in rows]
    correct, samples = sum(row.correct or 0 for row in rows), sum(weights)
    by_speaker = tuple(score for row in rows for score in row.by_speaker)

    def average(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return float(np.average(known, weights=weights)) if len(known) == len(rows) else None

    synapses = average([row.synapses for row in rows])
    return Row(
        name=first.name,
        title=first.title,
        correct=correct,
        samples=samples,
        accuracy=correct / samples,
        interval=compute_interval(correct, samples, by_speaker),
        by_speaker=by_speaker,
        same=average([row.same for row in rows]),
        synapses=None if synapses is None else round(synapses),
        spikes={name: average([row.spikes.get(name) for row in rows]) or 0.0 for name in first.spikes},
        latency=average([row.latency for row in rows]),
        energy=average([row.energy for row in rows]),
        memory=average([row.memory for row in rows]),
        delay_memory=average([row.delay_memory for row in rows]),
    )
