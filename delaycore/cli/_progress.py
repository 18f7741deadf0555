"""Long work as it goes on: bars on a terminal, lines elsewhere, and a log of epochs for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from delaycore.cli._app import console, note
from delaycore.cli._signals import Terminated

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

    from delaycore.experiment import EpochCallback
    from delaycore.training import Epoch

__all__ = ["show_count", "show_progress"]

WIDE = 120
"""Columns of a terminal from which there is room for a bar beside the figures."""


@contextmanager
def show_progress(quiet: bool, log: Path | None = None) -> Iterator[EpochCallback]:
    """Show the epochs of each stage, with loss and accuracies: as a bar with the time left on a terminal, as
    a line each elsewhere.  Interrupted, say where.

    quiet: show nothing.
    log:   folder to which the figures are written for TensorBoard.
    """
    where = ""
    with ExitStack() as stack:
        watchers: list[EpochCallback] = []
        if not quiet:
            watchers.append(stack.enter_context(_draw_bars()) if console.is_terminal else _Lines())
        if log is not None:
            from delaycore.training import log_to_tensorboard

            watchers.append(stack.enter_context(log_to_tensorboard(log)))

        def watch(stage: str, epochs: int, epoch: Epoch) -> None:
            nonlocal where
            where = f"in {stage}, after epoch {epoch.number + 1} of {epochs}"
            for show in watchers:
                show(stage, epochs, epoch)

        try:
            yield watch
        except (KeyboardInterrupt, Terminated):
            note(f"stopped {where or 'before the first epoch'}; the same command goes on from there")
            raise


@contextmanager
def show_count(quiet: bool, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how much of some work is done, which is told as its number and that of all: as a bar on a
    terminal, as a line for each tenth elsewhere.

    what: is done, such as "encoded".    quiet: show nothing.
    """
    if quiet:
        yield lambda done, of: None
    elif not console.is_terminal:
        yield lambda done, of: _tell_tenth(what, done, of)
    else:
        from rich.progress import Progress

        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, of: bar.update(task, completed=done, total=of)


def _tell_tenth(what: str, done: int, of: int) -> None:
    if done * 10 // of > (done - 1) * 10 // of:
        note(f"{what} {done:,} of {of:,}")


class _Lines:
    """A line for every epoch, but one alone for those that a checkpoint holds."""

    def __init__(self) -> None:
        self._held: dict[str, int] = {}

    def __call__(self, stage: str, epochs: int, epoch: Epoch) -> None:
        if epoch.resumed:
            self._held[stage] = epoch.number + 1
            return
        if stage in self._held:
            console.print(f"{stage}: goes on after epoch {self._held.pop(stage)} of {epochs}", markup=False)
        line = f"{stage}: epoch {epoch.number + 1} of {epochs}, {_describe(epoch)}"
        console.print(line, markup=False, soft_wrap=True)


def _describe(epoch: Epoch) -> str:
    return (
        f"loss {epoch.loss:.3g}, training {epoch.training_accuracy:.1%}, "
        f"validation {epoch.validation_accuracy:.1%}"
    )


def _describe_briefly(epoch: Epoch) -> str:
    return f"loss {epoch.loss:.2g} train {epoch.training_accuracy:.0%} val. {epoch.validation_accuracy:.1%}"


@contextmanager
def _draw_bars() -> Iterator[EpochCallback]:
    """Draw a bar per stage; on a narrow terminal, its figures alone."""
    wide = console.width >= WIDE
    with _make_bars(wide) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, epochs: int, epoch: Epoch) -> None:
            if stage not in tasks:
                name = stage if wide or len(stage) <= 16 else f"{stage[:15]}\u2026"
                tasks[stage] = bars.add_task(name, total=epochs, figures="")
            figures = _describe(epoch) if wide else _describe_briefly(epoch)
            bars.update(tasks[stage], completed=epoch.number + 1, figures=figures)

        yield advance


def _make_bars(wide: bool) -> Progress:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns: list[ProgressColumn] = [TextColumn("{task.description:16}", markup=False)]
    columns += [BarColumn(bar_width=20)] if wide else []
    columns += [MofNCompleteColumn(), TextColumn("{task.fields[figures]}", markup=False)]
    columns += [TimeElapsedColumn()] if wide else []
    return Progress(*columns, TimeRemainingColumn(), console=console)
