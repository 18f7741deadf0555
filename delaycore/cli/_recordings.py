"""Options of the commands that train: a configuration, and where the recordings come from."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import typer

from delaycore.errors import SettingsError

if TYPE_CHECKING:
    from delaycore.experiment import Recordings
    from delaycore.settings import Settings

__all__ = ["CONFIGURATION", "Source", "read_settings", "add_recordings_options"]

_FOLDER = resources.files("delaycore") / "experiment" / "configs"
_SHIPPED = tuple(sorted(f.name.removesuffix(".toml") for f in _FOLDER.iterdir() if f.name.endswith(".toml")))

CONFIGURATION = f"A TOML file, or the name of a configuration of the package: {', '.join(_SHIPPED)}."
"""Values of a command's configuration, for its help."""


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

    def load(self, settings: Settings) -> Recordings:
        """Load the recordings, framed as ``settings`` say.

        Raises `SettingsError` if only one of training and test files is given, `DataError` and `FileError`
        for data that cannot be read.
        """
        from delaycore.datasets import SpokenDigits, load_splits, load_tonic, read_splits
        from delaycore.experiment import Recordings

        if self.tonic is not None:
            splits, name = load_tonic(self.tonic, self.data or Path("data")), self.tonic
        elif self.train is not None or self.test is not None:
            if self.train is None or self.test is None:
                raise SettingsError.at(
                    "--train, --test", "only one of them is given", "give both, and --valid if there is one"
                )
            splits, name = (
                read_splits(self.train, self.test, self.valid),
                self.train.stem.removesuffix("_train"),
            )
        elif self.data is not None:
            splits = load_splits(self.data)
            name = splits.train.name.removesuffix("_train")
        else:
            train, valid, test = (SpokenDigits.events(split) for split in ("train", "valid", "test"))
            return Recordings.of(train, valid, test, settings.framing, "SpokenDigits")
        return Recordings.of(splits.train, splits.valid, splits.test, settings.framing, name, splits.notes)


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
        named = {name: given.pop(name) for name in options}
        command(source=_options(**named), **given)

    parameters = [
        q for p in own.parameters.values() for q in (options.values() if p.name == "source" else (p,))
    ]
    keywords = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[p.name]) for p in parameters]
    with_options.__signature__ = own.replace(parameters=keywords)  # type: ignore[attr-defined]  # what typer reads
    with_options.__annotations__ = {p.name: p.annotation for p in keywords}
    return with_options


def read_settings(config: str, seed: int | None, targets: tuple[str, ...]) -> Settings:
    """Read the settings of a TOML file, or of a configuration that ships with the package.

    seed, targets: instead of those of the file, if they are given.

    Raises `SettingsError` for the name of neither, and with every entry that is wrong.
    """
    from delaycore.settings import Settings

    if config not in _SHIPPED and not Path(config).exists():
        near = difflib.get_close_matches(config, _SHIPPED, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        remedy = f"the package has {', '.join(_SHIPPED)}{meant}"
        raise SettingsError.at(config, "is neither a file nor a configuration of the package", remedy)
    settings = Settings.load(Path(str(_FOLDER / f"{config}.toml")) if config in _SHIPPED else Path(config))
    changes: dict[str, object] = {"targets": targets or settings.targets}
    if seed is not None:
        changes["seed"] = seed
    return settings.model_copy(update=changes)
