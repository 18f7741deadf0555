"""The settings of a run as one value, and how it is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, ValidationError

from delaycore._part import Part
from delaycore._toml import read_toml
from delaycore._wrong_entries import wrong_entries
from delaycore.deploy import Chip
from delaycore.errors import SettingsError
from delaycore.settings._baselines import BaselineSettings
from delaycore.settings._budget import Budget
from delaycore.settings._delays import LevelDelays
from delaycore.settings._framing import FramingSettings
from delaycore.settings._network import NetworkSettings
from delaycore.settings._pruning import PruningSettings
from delaycore.settings._qat import QATSettings
from delaycore.settings._training import TrainingSettings

__all__ = ["Settings"]


class Settings(Part):
    """Everything that decides what a run does; saved with its results.

    seed:    of all random numbers.
    targets: chips to train for and to deploy on.
    """

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    targets: tuple[str, ...] = ()
    framing: FramingSettings = FramingSettings()
    network: NetworkSettings = NetworkSettings()
    training: TrainingSettings = TrainingSettings()
    pruning: PruningSettings = PruningSettings()
    qat: QATSettings = QATSettings()
    baselines: BaselineSettings = BaselineSettings()
    budget: Budget | None = None

    def contradictions(self) -> Iterator[str]:
        """Yield a sentence for each part that does not go with the delays of the network."""
        delays, pruning = self.network.delays, self.pruning
        if isinstance(delays, LevelDelays) and pruning.keep > delays.levels:
            yield f"pruning.keep = {pruning.keep} is more than network.delays.levels = {delays.levels}"
        if delays.longest >= self.framing.steps:
            yield (
                f"the longest delay, {delays.longest} steps, does not fit a sample of "
                f"framing.steps = {self.framing.steps}"
            )
        if pruning.regrow and not (isinstance(delays, LevelDelays) and delays.stride >= 2):
            yield (
                "pruning.regrow needs network.delays.mode = 'levels' and network.delays.stride of at "
                "least 2: finer levels to grow on"
            )

    @property
    def chips(self) -> dict[str, Chip]:
        """The chips to train for by target, that of the budget with its options."""
        budgeted = {} if self.budget is None else {self.budget.target: self.budget.chip}
        return {target: Chip(target) for target in self.targets} | budgeted

    @property
    def survivors(self) -> int:
        """Synapses per pair of neurons that pruning leaves in a delayed projection, on average where synapses
        of several pairs compete.
        """
        return min(self.pruning.keep, self.network.delays.synapses_per_pair)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Settings:
        """Read a TOML file.  Raises `SettingsError` with every entry that is wrong."""
        return cls.parse(read_toml(path, "docs/training.md"), str(path))

    @classmethod
    def parse(cls, values: dict[str, object], place: str = "settings") -> Settings:
        """Make settings of plain values.  Raises `SettingsError` with every entry that is wrong."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(*wrong_entries(error, cls, values, place)) from None
