"""Logs of a training that TensorBoard reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from delaycore._installing import suggest_packages
from delaycore.errors import FileError, SettingsError
from delaycore.training._checkpoint import Epoch

__all__ = ["log_to_tensorboard"]


@contextmanager
def log_to_tensorboard(folder: Path) -> Iterator[Callable[[str, int, Epoch], None]]:
    """Give a function that takes every epoch, as (stage, number of epochs, epoch), and writes it into a
    folder of its stage in ``folder``.

    Loss and accuracies stand against the number of the epoch.  A training that goes on after an interruption
    reports its first epochs again: what was written of this stage before is taken back, so that each stands
    there once.

    Raises `SettingsError` if TensorBoard is not installed, and `FileError` if ``folder`` cannot be
    written to.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        remedy = f"{suggest_packages('tensorboard')}, or leave out the log"
        raise SettingsError.at("log", f"needs TensorBoard ({error})", remedy) from error
    writers: dict[str, SummaryWriter] = {}
    with _naming_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)

    def watch(stage: str, epochs: int, epoch: Epoch) -> None:
        with _naming_errors(folder):
            if stage not in writers:
                writers[stage] = SummaryWriter(str(folder / stage), purge_step=epoch.number)
            for name, value in (
                ("loss", epoch.loss),
                ("accuracy/training", epoch.training_accuracy),
                ("accuracy/validation", epoch.validation_accuracy),
            ):
                writers[stage].add_scalar(name, value, epoch.number)
            writers[stage].flush()  # so that a training that is killed leaves its log

    try:
        yield watch
    finally:
        with _naming_errors(folder):
            for writer in writers.values():
                writer.close()


@contextmanager
def _naming_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"cannot be written to ({error.strerror or error})"
        raise FileError.at(
            folder, message, "give a folder that you may write to and that has room"
        ) from error
