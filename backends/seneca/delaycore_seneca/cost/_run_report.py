"""What a run showed of the delay queues: findings, what was expected beside what came, and counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Expectation, Finding, Program
from delaycore_seneca.machine import Traffic
from delaycore_seneca.mapping import SenecaMapping, count_words
from delaycore_seneca.options import Options
from delaycore_seneca.tables import LIMITS

__all__ = ["compare_occupancy", "describe_queues", "find_full_queues"]


def find_full_queues(program: Program[Options, SenecaMapping], work: Sequence[Traffic]) -> Iterator[Finding]:
    """The queues that were full: senders that waited (a warning), or that would have waited for ever or were
    not to wait (errors).

    A note says where two memories, one for each FIFO, would have been too small, but words that both share
    and use again were enough.
    """
    refuse = program.options.overflow == "error"
    for w in work:
        waited, stuck = w.stalls > 0, w.stalls < 0
        remedy = (
            "lower the activity of its sources, shorten their longest delays, or prune whole (source, "
            "delay) axons"
        )
        if stuck.any():
            why = (
                "and a full queue is an error"
                if refuse
                else "and must all stay, so that waiting for room would never end"
            )
            message = f"more events were to be held than there are words in {_name_steps(stuck)}, {why}"
            yield Finding.over(
                "queue.capacity",
                w.layer.place,
                message,
                float(w.needed[stuck].max()),
                LIMITS["queue.words"],
                remedy,
            )
        elif waited.any():
            message = f"the delay queue was full in {_name_steps(waited)}, and kept senders waiting"
            yield Finding(
                code="queue.stalls",
                severity="warning",
                place=w.layer.place,
                message=f"{message} for {int(w.stalls[waited].sum())} cycles, which the latency has",
                needed=float(w.needed[waited].max()),
                available=float(LIMITS["queue.words"]),
                unit="events",
                source=LIMITS["queue.words"].source,
                remedy=remedy,
            )
        elif (shared := w.needed > 0).any():
            limit = LIMITS["queue.words"]
            message = (
                f"both FIFOs of the core's queues together had more events to hold in {_name_steps(shared)}; "
                "sharing their words, they took fewer"
            )
            yield Finding(
                code="queue.shared",
                severity="note",
                place=w.layer.place,
                message=message,
                needed=float(w.needed.max()),
                available=limit.value,
                unit="events",
                source=limit.source,
                remedy="none is needed in a memory that both FIFOs share, which is assumed",
            )


def _name_steps(steps: NDArray[np.bool_]) -> str:
    return f"{int(steps.sum())} steps of {int(steps.any(axis=1).sum())} samples"


def compare_occupancy(
    program: Program[Options, SenecaMapping], work: Sequence[Traffic]
) -> Iterator[Expectation]:
    """Compare the peak and mean words of the queues of each core with what `map` predicted."""
    software = program.options.delays == "software"
    queued: dict[int | None, list[NDArray[np.int64]]] = {}
    for w in work:
        if w.layer.pruning is not None:
            queued.setdefault(w.layer.slice.core, []).append(count_words(w.queue, software))
    for core, use in program.mapping.cores.items():
        here = queued.get(core, [])
        words = np.asarray(sum(here))
        if not here or not words.size:
            continue
        for what, expected, observed in (
            ("peak", use.expected_peak_words, float(words.max())),
            ("mean", use.expected_mean_words, float(words.mean())),
        ):
            if expected is not None:
                yield Expectation(
                    place=f"core {core}",
                    what=f"{what} words of the delay queue",
                    unit="events",
                    expected=expected,
                    seen=observed,
                    source=program.mapping.activity,
                )


def describe_queues(work: Sequence[Traffic]) -> dict[str, Any]:
    """Per delay queue: exits and events queued again per sample, words at most and in the mean, what was left
    over, and cycles of waiting.
    """
    return {
        "delay queues": {
            w.layer.place: {
                "exits": w.queue.exits.sum(axis=1),
                "queued again": w.queue.queued_again.sum(axis=1),
                "left over": w.queue.left_over,
                "held": w.queue.held,
                "peak words": w.queue.peak,
                "mean words": float(w.queue.words.mean()) if w.queue.words.size else 0.0,
                "stall cycles": np.maximum(w.stalls, 0).sum(axis=1),
            }
            for w in work
            if w.layer.pruning is not None
        }
    }
