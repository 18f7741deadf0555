"""The settings of a run as one value, and how it is read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from delaycore._contradictions import relation
from delaycore._part import Part, Seed
from delaycore._toml import read_toml
from delaycore._wrong_entries import wrong_entries
from delaycore.deploy import Chip, require_chips
from delaycore.errors import DelaycoreError, Problem, SettingsError
from delaycore.settings._baselines import BaselineSettings
from delaycore.settings._budget import Budget
from delaycore.settings._delays import LevelDelays, RandomDelays
from delaycore.settings._framing import FramingSettings
from delaycore.settings._network import NetworkSettings
from delaycore.settings._pruning import PruningSettings
from delaycore.settings._qat import QATSettings
from delaycore.settings._rewiring import RewiringSettings
from delaycore.settings._training import TrainingSettings

__all__ = ["Settings"]


class Settings(Part):
    """Everything that decides what a run does; saved with its results.

    seed:    of all random numbers.
    targets: chips to train for and to deploy on.
    """

    seed: Seed = 0
    targets: tuple[str, ...] = ()
    framing: FramingSettings = FramingSettings()
    network: NetworkSettings = NetworkSettings()
    training: TrainingSettings = TrainingSettings()
    rewiring: RewiringSettings = RewiringSettings()
    pruning: PruningSettings = PruningSettings()
    qat: QATSettings = QATSettings()
    baselines: BaselineSettings = BaselineSettings()
    budget: Budget | None = None

    @relation
    def _require_levels_to_keep(self) -> Iterator[str]:
        """Yield a sentence if pruning keeps more levels than there are."""
        delays, keep = self.network.delays, self.pruning.keep
        if isinstance(delays, LevelDelays) and keep > delays.levels:
            yield f"pruning.keep = {keep} is more than network.delays.levels = {delays.levels}"

    @relation
    def _require_samples_longer_than_delays(self) -> Iterator[str]:
        """Yield a sentence if the longest delay leads beyond every sample."""
        delays = self.network.delays
        if delays.longest >= self.framing.steps:
            yield (
                f"the longest delay, {delays.longest} steps, does not fit a sample of "
                f"framing.steps = {self.framing.steps}"
            )

    @relation
    def _require_delays_that_move(self) -> Iterator[str]:
        """Yield a sentence if synapses are to move whose delays were drawn to stay."""
        if self.rewiring.fraction and isinstance(self.network.delays, RandomDelays):
            yield "rewiring.fraction moves synapses, and network.delays.mode = 'random' lets them stay"

    @relation
    def _require_room_to_move(self) -> Iterator[str]:
        """Yield a sentence if synapses are to move of a network that has all that it can have."""
        shape = self.network
        if self.rewiring.fraction and shape.fan_in is None and isinstance(shape.delays, LevelDelays):
            yield "rewiring.fraction moves synapses to where there are none: give network.fan_in"

    @relation
    def _require_levels_to_regrow(self) -> Iterator[str]:
        """Yield a sentence if there are no finer levels on which pruning could regrow synapses."""
        delays = self.network.delays
        if self.pruning.regrow and not (isinstance(delays, LevelDelays) and delays.stride >= 2):
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

    @property
    def prunes(self) -> bool:
        """Whether pruning removes anything: a sparse network has at most one synapse per pair before it."""
        kept_anyway = self.network.fan_in is not None and self.pruning.mode == "synaptic"
        return self.survivors < self.network.delays.synapses_per_pair and not kept_anyway

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Settings:
        """Read a TOML file.  Raises `SettingsError` with every entry that is wrong."""
        return cls.parse(read_toml(path, "docs/training.md"), str(path))

    @classmethod
    def parse(cls, values: Mapping[str, Any], place: str = "settings") -> Settings:
        """Make settings of plain values.  Raises `SettingsError` with every entry that is wrong."""
        if not isinstance(values, Mapping):
            message = f"must be a mapping of tables, not {type(values).__name__}"
            raise SettingsError.at(place, message, "Settings.load reads a file")
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            problems = [*wrong_entries(error, cls, values, place), *_find_chip_problems(values, place)]
            raise SettingsError(*problems) from None


def _find_chip_problems(values: Mapping[str, Any], place: str) -> Iterator[Problem]:
    """Find chips that are not there and options that they refuse, so that they are named beside the entries
    that are wrong in themselves.
    """
    targets, budget = values.get("targets"), values.get("budget")
    named = targets if isinstance(targets, list | tuple) else ()
    chips = {f"targets.{i}": Chip(name) for i, name in enumerate(named) if isinstance(name, str)}
    if isinstance(budget, Mapping) and isinstance(budget.get("target"), str):
        options = budget.get("options", {})
        chips["budget"] = Chip(budget["target"], options if isinstance(options, Mapping) else {})
    for entry, chip in chips.items():
        try:
            require_chips([chip])
        except DelaycoreError as error:
            yield from (replace(p, place=f"{place}: {entry}, {p.place}") for p in error.problems)
