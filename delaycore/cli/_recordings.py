"""Options of the commands that train: where the recordings come from, and how they are loaded."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import typer

from delaycore.cli._configurations import Choice, choose_settings, read_settings
from delaycore.errors import SettingsError

if TYPE_CHECKING:
    from delaycore.datasets import Splits
    from delaycore.experiment import Recordings

__all__ = ["Source", "add_recordings_options", "load_recordings"]


@dataclass(frozen=True)
class Source:
    """The source of recordings: files, a data set of tonic, or, if nothing is given, the spoken digits of the
    package.
    """

    data: Path | None = None
    train: Path | None = None
    valid: Path | None = None
    test: Path | None = None
    tonic: str | None = None

    @property
    def is_package_data(self) -> bool:
        """Whether these are the spoken digits of the package."""
        return not (self.data or self.train or self.test or self.tonic)

    def read(self) -> tuple[Splits, str]:
        """Read the splits; return them with the name of the data.

        Raises `SettingsError` if only one of training and test files is given, `DataError` and `FileError`
        for data that cannot be read.
        """
        from delaycore.datasets import Splits, SpokenDigits, load_splits, load_tonic, read_splits

        if self.tonic is not None:
            return load_tonic(self.tonic, self.data or Path("data")), self.tonic
        if self.train is not None or self.test is not None:
            if self.train is None or self.test is None:
                raise SettingsError.at(
                    "--train, --test", "only one of them is given", "give both, and --valid if there is one"
                )
            splits = read_splits(self.train, self.test, self.valid)
            return splits, self.train.stem.removesuffix("_train")
        if self.data is not None:
            splits = load_splits(self.data)
            return splits, splits.train.name.removesuffix("_train")
        train, valid, test = (SpokenDigits.events(split) for split in ("train", "valid", "test"))
        return Splits(train, valid, test), "SpokenDigits"


def load_recordings(source: Source, config: str) -> tuple[Choice, Recordings]:
    """Read the settings that ``config`` names and the recordings, framed as they say.

    config: empty for settings that suit the recordings; the choice says which.

    Raises what `read_settings`, `choose_settings`, `Source.read` and `Recordings.of` raise.
    """
    from delaycore.experiment import Recordings

    named = config or ("demo" if source.is_package_data else "")
    choice = Choice(named, read_settings(named)) if named else None
    splits, name = source.read()
    choice = choice or choose_settings(splits.train)
    framing = choice.settings.framing
    return choice, Recordings.of(splits.train, splits.valid, splits.test, framing, name, splits.notes)


def _options(
    data: Path | None = typer.Option(
        None,
        "--data",
        help=(
            "Folder with *_train.h5, *_valid.h5 and *_test.h5 in the SHD layout; the spoken digits of "
            "the package unless given."
        ),
    ),
    train: Path | None = typer.Option(None, "--train", help="Training file, instead of --data."),
    valid: Path | None = typer.Option(
        None,
        "--valid",
        help="Validation file; without one, whole speakers of the training file are held out.",
    ),
    test: Path | None = typer.Option(None, "--test", help="Test file."),
    tonic: str | None = typer.Option(
        None, "--tonic", help="SHD, SSC, NMNIST or DVSGesture, through tonic; downloaded into --data."
    ),
) -> Source:
    return Source(data, train, valid, test, tonic)


def add_recordings_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give ``command`` the options that name recordings, in the place of its parameter ``source``."""
    options, own = inspect.signature(_options).parameters, inspect.signature(command)
    hints = get_type_hints(_options) | {n: h for n, h in get_type_hints(command).items() if n != "source"}

    @wraps(command)
    def with_options(**given: Any) -> None:
        Path.cwd()  # without a current folder, the mathematics library of torch would end the process
        named = {name: given.pop(name) for name in options}
        command(source=_options(**named), **given)

    parameters = [
        q for p in own.parameters.values() for q in (options.values() if p.name == "source" else (p,))
    ]
    keywords = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[p.name]) for p in parameters]
    with_options.__signature__ = own.replace(parameters=keywords)  # type: ignore[attr-defined]  # what typer reads
    with_options.__annotations__ = {p.name: p.annotation for p in keywords}
    return with_options
