"""Cross-validation over speakers: the main job once per fold, so that every speaker is tested once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from delaycore._files import write_text
from delaycore.errors import DataError, SettingsError
from delaycore.experiment._documents import save_value
from delaycore.experiment._folder_lock import lock_folder
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._run import NOBODY, Outcome, run
from delaycore.experiment._stage import EpochCallback, MessageCallback, ignore_epoch, ignore_message
from delaycore.experiment._volunteers import Volunteers
from delaycore.report import describe_differences, explain_interval, pool_rows, to_markdown
from delaycore.settings import Settings
from delaycore.training import Epoch

__all__ = ["deal_folds", "run_folds"]

FEWEST = 3
"""Folds: one is tested, one chooses the epochs, and the others train."""


def run_folds(
    settings: Settings,
    recordings: Recordings,
    out: Path,
    folds: int,
    *,
    volunteers: Volunteers = NOBODY,
    on_epoch: EpochCallback = ignore_epoch,
    on_message: MessageCallback = ignore_message,
) -> Outcome:
    """Do the main job on each of ``folds`` parts of the speakers and pool what was measured.

    Every fold is a run of its own in a folder of ``out``; a row of the outcome counts the answers of all
    speakers, each given by the network that never heard this speaker.  Other arguments are those of `run`.

    Raises what `deal_folds` and `run` raise, the former before any training.
    """
    parts = list(deal_folds(recordings, folds, settings))
    with lock_folder(out, on_message):
        outcomes: list[Outcome] = []
        left = volunteers
        for number, part in enumerate(parts, 1):
            on_message(f"fold {number} of {folds}: tests {_list_speakers(part, 'test')}")
            outcome = run(
                settings,
                part,
                out / f"fold-{number}",
                volunteers=left,
                on_epoch=partial(_name_fold, on_epoch, number),
                on_message=on_message,
            )
            outcomes.append(outcome)
            left = left.drop(outcome.dropped)
        pooled = _pool(recordings, out, parts, outcomes, left)
        _write(pooled, f"delaycore on {recordings.name}, {folds} folds")
    return pooled


def _pool(
    recordings: Recordings,
    out: Path,
    parts: list[Recordings],
    outcomes: list[Outcome],
    volunteers: Volunteers,
) -> Outcome:
    """Pool the outcomes of all folds, whose recordings are ``parts``.

    volunteers: those that failed in no fold.
    """
    by_name = [{row.name: row for row in outcome.rows} for outcome in outcomes]
    # one that failed in a fold is in none from there on
    shared = [name for name in by_name[0] if all(name in rows for rows in by_name)]
    rows = tuple(pool_rows([rows[name] for rows in by_name]) for name in shared)
    remarks = (
        f"data: {recordings.name}; {len(parts)} folds, whose tables are in their folders",
        explain_interval(rows[0].by_speaker),
        *parts[0].notes,
        "all samples are used for testing, so settings that were chosen by these figures make them too good",
        *describe_differences(rows, "pruned"),
        *volunteers.left_out,
        *(f"fold {n} tests {_list_speakers(part, 'test')}" for n, part in enumerate(parts, 1)),
    )
    limits = tuple(limit for outcome in outcomes for limit in outcome.limits)
    dropped = {target: line for outcome in outcomes for target, line in outcome.dropped.items()}
    return Outcome(out, rows, remarks, {}, limits, dropped)


def _write(pooled: Outcome, title: str) -> None:
    from delaycore.report import draw_accuracies

    write_text(pooled.out / "table.md", to_markdown(pooled.rows, title, pooled.remarks))
    save_value(pooled.out / "table.json", "table", {"rows": pooled.rows, "remarks": pooled.remarks})
    draw_accuracies(pooled.out / "accuracy.png", pooled.rows, title)


def deal_folds(recordings: Recordings, folds: int, settings: Settings) -> Iterator[Recordings]:
    """Yield the recordings of each fold: every speaker is tested in one, validates in another, and trains in
    the rest.  The order of the speakers' numbers alone decides in which.

    Raises `SettingsError` for fewer than three folds or more than speakers, `DataError` if speakers are not
    known, or nobody of a fold's training speakers says a class.
    """
    whole = recordings.splits["train"].join(
        recordings.splits["valid"], recordings.splits["test"], name=recordings.name
    )
    notes = tuple(f"{recordings.name}: {note}" for note in whole.notes)
    speakers = whole.known_speakers
    if not len(speakers):
        remedy = "write the number of each sample's speaker into the files, as `extra/speaker`"
        raise DataError.at(recordings.name, "does not say who speaks, so it has no folds by speaker", remedy)
    if not FEWEST <= folds <= len(speakers):
        message = f"is {folds}, but must be from {FEWEST} to the number of speakers, {len(speakers)}"
        raise SettingsError.at("--folds", message, "one fold for each speaker tests each by most training")
    fold = np.searchsorted(speakers, whole.speakers) % folds
    for tested in range(folds):
        roles = {
            "train": (fold - tested) % folds > 1,
            "valid": (fold - tested) % folds == 1,
            "test": fold == tested,
        }
        train, valid, test = (whole.select(chosen) for chosen in roles.values())
        name = f"{recordings.name}, fold {tested + 1} of {folds}"
        yield Recordings.of(train, valid, test, settings.framing, name, notes)


def _name_fold(on_epoch: EpochCallback, number: int, stage: str, epochs: int, epoch: Epoch) -> None:
    on_epoch(f"fold {number}, {stage}", epochs, epoch)


def _list_speakers(recordings: Recordings, split: str) -> str:
    numbers = recordings.splits[split].known_speakers.tolist()
    return f"speaker{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
