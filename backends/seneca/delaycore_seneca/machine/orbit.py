"""The picture of what a queue does, cycle by cycle, drawn from the moves of the machine: which event lies in
which word, in which FIFO, and when it leaves.

Drawing takes matplotlib, so nothing else imports this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from delaycore.delay_memory import Event, PruningFilter
from delaycore.report import save_figure
from delaycore_seneca.machine._queue_machine import MachineStep, QueueMachine

__all__ = ["Stay", "draw_orbit", "find_stays"]

BEFORE, AFTER, INK = "#2f6fb3", "#d9822b", "#1b1f24"


class Stay(NamedTuple):
    """An event in a word of memory, from one cycle to another; ``waits``: in the post-processing queue, for
    the next step.
    """

    word: int
    first: int
    last: int
    event: Event
    waits: bool


def find_stays(steps: Sequence[MachineStep]) -> list[Stay]:
    """Every stay that the moves of consecutive ``steps`` show, one that goes on after the last of them left
    out.
    """
    made: list[Stay] = []
    inside: dict[int, tuple[int, Event, bool]] = {}
    for step in steps:
        for move in step.moves:
            if move.kind == "read" and move.word is not None:
                made.append(_end_stay(inside.pop(move.word), move.word, move.cycle))
            elif move.kind in ("write", "again") and move.word is not None and move.event is not None:
                inside[move.word] = (move.cycle, move.event, move.kind == "again")
            elif move.kind == "swap":  # what waited is now what is read first
                for word, (since, event, waits) in list(inside.items()):
                    if waits:
                        made.append(_end_stay((since, event, True), word, move.cycle))
                        inside[word] = (move.cycle, event, False)
    return sorted((stay for stay in made if stay.last > stay.first), key=lambda stay: (stay.first, stay.word))


def _end_stay(stay: tuple[int, Event, bool], word: int, cycle: int) -> Stay:
    return Stay(word, stay[0], cycle, stay[1], stay[2])


def draw_orbit(
    path: Path,
    pruning: PruningFilter,
    arriving: Sequence[Sequence[tuple[int, int]]],
    words: int,
    names: Sequence[str],
) -> None:
    """Send the events ``arriving`` in each step through an empty queue of ``words`` words, and draw where
    they lie and when they leave.

    names: of the sources; the number behind a name is the event's counter.
    """
    machine = QueueMachine(pruning, words=words)
    steps = [machine.step(events) for events in arriving]
    used = sorted({move.word for step in steps for move in step.moves if move.word is not None})
    figure = Figure(figsize=(11.0, 1.9 + 0.55 * len(used)), layout="constrained")
    ax = figure.subplots()
    for stay in find_stays(steps):
        row = used.index(stay.word)
        ax.barh(
            row,
            stay.last - stay.first,
            left=stay.first + 0.5,
            height=0.66,
            color=AFTER if stay.waits else BEFORE,
            edgecolor="white",
        )
        label = f"{names[stay.event.source]} {stay.event.counter}"
        ax.annotate(
            label,
            ((stay.first + stay.last + 1) / 2, row),
            ha="center",
            va="center",
            color="white",
            fontsize=9,
        )
    _draw_exits(ax, steps, pruning, names)
    began = -0.5
    for number, step in enumerate(steps):
        ends = step.moves[-1].cycle + 0.5
        ax.annotate(
            f"step {number}", ((began + ends) / 2, -1.85), ha="center", va="center", fontsize=10, color=INK
        )
        ax.axvline(ends, color="#8a939c", linewidth=1, linestyle=":")
        began = ends
    ax.set_yticks(range(len(used)), [f"word {word}" for word in used])
    ax.set_ylim(len(used) - 0.4, -2.2)
    ax.set_xlim(-0.6, began + 0.1)
    ax.set_xticks(range(int(began) + 1))
    ax.set_xlabel("cycle")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    shown = [
        Patch(color=BEFORE, label="in the pre-processing queue"),
        Patch(color=AFTER, label="in the post-processing queue"),
    ]
    figure.legend(handles=shown, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    save_figure(figure, path, dpi=130)


def _draw_exits(ax: Axes, steps: Sequence[MachineStep], pruning: PruningFilter, names: Sequence[str]) -> None:
    for step in steps:
        for move in step.moves:
            if move.kind == "exit" and move.event is not None:
                delay = pruning.levels - 1 - move.event.counter
                style = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.2}
                ax.annotate("", (move.cycle, -1.15), (move.cycle, -0.45), arrowprops=style)
                ax.annotate(
                    f"{names[move.event.source]}, delay {delay}",
                    (move.cycle, -1.3),
                    ha="center",
                    va="center",
                    fontsize=9,
                    color=INK,
                )
