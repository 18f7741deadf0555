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
    """Give a function that takes every epoch, as (stage, number of epochs, epoch), and writes it into
    ``folder``.

    Loss and accuracies of a stage stand under its name, against the number of the epoch.  A training that
    goes on after an interruption reports its first epochs again, and they are written again with the same
    figures.

    Raises `SettingsError` if TensorBoard is not installed, and `FileError` if ``folder`` cannot be
    written to.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        remedy = f"{suggest_packages('tensorboard')}, or leave out the log"
        raise SettingsError.at("log", f"needs TensorBoard ({error})", remedy) from error
    with _naming_errors(folder):
        writer = SummaryWriter(str(folder))

    def watch(stage: str, epochs: int, epoch: Epoch) -> None:
        with _naming_errors(folder):
            for name, value in (
                ("loss", epoch.loss),
                ("accuracy/training", epoch.training_accuracy),
                ("accuracy/validation", epoch.validation_accuracy),
            ):
                writer.add_scalar(f"{stage}/{name}", value, epoch.number)
            writer.flush()  # so that a training that is killed leaves its log

    try:
        yield watch
    finally:
        with _naming_errors(folder):
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
