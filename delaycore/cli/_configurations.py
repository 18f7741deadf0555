"""Configurations that ship with the package: names, texts, and which one is taken for which recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from delaycore._files import guess_path
from delaycore._wording import guess_meant
from delaycore.errors import SettingsError

if TYPE_CHECKING:
    from delaycore.datasets import EventSet
    from delaycore.settings import Settings

__all__ = [
    "CONFIGURATION",
    "SHIPPED",
    "Choice",
    "choose_settings",
    "override",
    "read_configuration",
    "read_settings",
]

_FOLDER = resources.files("delaycore") / "experiment" / "configs"

SHIPPED = tuple(sorted(f.name.removesuffix(".toml") for f in _FOLDER.iterdir() if f.name.endswith(".toml")))
"""Names of the configurations."""

CONFIGURATION = f"A TOML file, or the name of a configuration of the package: {', '.join(SHIPPED)}."
"""Values of a command's configuration, for its help."""

_SPEECH_CHANNELS = 700
"""Channels of the recordings that the configuration `speech` was made for."""

_SPEECH_SECONDS = 1.0
"""About their duration."""


@dataclass(frozen=True)
class Choice:
    """Settings of a command, and where they come from.

    name:    the file or the configuration of the package.
    changes: entries that differ from it, such as ``training.channel_shift = 2``, and why.
    """

    name: str
    settings: Settings
    changes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"configuration: {self.name}" + "".join(f", with {change}" for change in self.changes)


def read_configuration(name: str) -> str:
    """Return the TOML text of a configuration of the package.  Raises `SettingsError` for another name."""
    if name not in SHIPPED:
        raise SettingsError.at(name, "is no configuration of the package", _list_shipped(name))
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def read_settings(config: str) -> Settings:
    """Read the settings of a TOML file, or of a configuration that ships with the package.

    Raises `SettingsError` for the name of neither, and with every entry that is wrong.
    """
    from delaycore.settings import Settings

    if config not in SHIPPED and not Path(config).exists():
        message = "is neither a file nor a configuration of the package"
        near = "" if guess_meant(config, SHIPPED) else guess_path(Path(config))
        raise SettingsError.at(config, message, f"{near}{_list_shipped(config)}")
    return Settings.load(Path(str(_FOLDER / f"{config}.toml")) if config in SHIPPED else Path(config))


def choose_settings(events: EventSet) -> Choice:
    """Choose settings of the package that suit ``events``, for a command that was given none.

    These are ``speech``, whose shifts of training samples are scaled with the number of channels, and whose
    time constants with the samples' durations where these are far from a second.

    Raises `SettingsError` for events of a sensor with pixels, for which the package has no configuration.
    """
    if events.sensor is not None:
        height, width, _ = events.sensor
        message = (
            f"is missing, and no configuration of the package is for a sensor of {height} x {width} pixels"
        )
        remedy = "write one and name it: `delaycore config convolution --out mine.toml` shows the entries"
        raise SettingsError.at("--config", message, remedy)
    settings = read_settings("speech")
    changes = tuple(filter(None, (_scale_shift(settings, events), _scale_times(settings, events))))
    for change in changes:
        settings = settings.model_copy(
            update={
                part: getattr(settings, part).model_copy(update={change.entry: change.value})
                for part in change.parts
            }
        )
    return Choice("speech", settings, tuple(map(str, changes)))


@dataclass(frozen=True)
class _Change:
    """A new value of an entry that some parts of the settings share, and why it is not the old one."""

    parts: tuple[str, ...]
    entry: str
    value: object
    reason: str

    def __str__(self) -> str:
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return " and ".join(f"{part}.{self.entry}" for part in self.parts) + f" = {value} {self.reason}"


def _scale_shift(settings: Settings, events: EventSet) -> _Change | None:
    given, channels = settings.training.channel_shift, events.channel_count
    shift = round(given * channels / _SPEECH_CHANNELS)
    reason = f"for {channels} channels, not {given} for {_SPEECH_CHANNELS}"
    return None if shift == given else _Change(("training",), "channel_shift", shift, reason)


def _scale_times(settings: Settings, events: EventSet) -> _Change | None:
    """Scale time constants with the bins into which the samples' durations are divided."""
    given, seconds = settings.network.time_constants, events.median_duration
    if not seconds or 0.5 <= seconds / _SPEECH_SECONDS <= 2:
        return None
    scaled = tuple(float(f"{tau * seconds / _SPEECH_SECONDS:.2g}") for tau in given)
    reason = f"for samples of {seconds:.3g} s, not {list(given)} for {_SPEECH_SECONDS:g} s"
    return _Change(("network", "baselines"), "time_constants", scaled, reason)


def override(settings: Settings, seed: int | None, targets: Sequence[str] | None) -> Settings:
    """Return ``settings`` with another seed and other targets, if they are given."""
    changes: dict[str, object] = {"targets": tuple(targets)} if targets else {}
    if seed is not None:
        changes["seed"] = seed
    return settings.model_copy(update=changes)


def _list_shipped(name: str) -> str:
    """The remedy for the name of no configuration of the package."""
    return f"{guess_meant(name, SHIPPED)}the package has {', '.join(SHIPPED)}"
