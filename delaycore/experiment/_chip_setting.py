"""What is compared: a chip, options of its backend, and how coarse its delays are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from delaycore.deploy import Chip
from delaycore.errors import SettingsError
from delaycore.graph import Graph
from delaycore.hardware import Losses, coarsen_delays
from delaycore.settings import Budget, NetworkSettings, Settings

__all__ = ["BITS", "COARSER", "ChipSetting", "usual"]

BITS = (8, 6, 4, 3, 2)
"""Weight bits that are compared on every chip that offers the option ``weight_bits``."""

COARSER = (2, 4)
"""Delay strides that are compared, as multiples of the network's own."""


@dataclass(frozen=True)
class ChipSetting:
    """A target with options of its backend, and the stride in steps that its delays are multiples of; None
    for the network's own.
    """

    target: str
    options: Mapping[str, Any] = field(default_factory=dict)
    stride: int | None = None

    @property
    def chip(self) -> Chip:
        """The chip of this setting."""
        return Chip(self.target, self.options)

    @property
    def name(self) -> str:
        """Of files and rows, such as ``loihi_weight_bits_4`` or ``loihi_stride_8``."""
        return self.chip.name + (f"_stride_{self.stride}" if self.stride is not None else "")

    def require_sense(self, longest: int) -> None:
        """Raise `SettingsError` for options that the backend does not know, or a stride beyond the
        ``longest`` delay of the network.
        """
        self.chip.require_options()
        if self.stride is not None and not 1 <= self.stride <= longest:
            raise SettingsError.at(
                f"stride {self.stride} on {self.target}",
                f"must be from 1 to {longest} steps, the longest delay",
                "a longer one would turn all delays to 0",
            )

    def coarsen_delays(self, graph: Graph) -> tuple[Graph, Losses]:
        """``graph`` with its delays on the stride, and what that changed."""
        return (graph, Losses()) if self.stride is None else coarsen_delays(graph, self.stride)

    def under(self, budget: Budget | None) -> ChipSetting:
        """This setting with the options of ``budget`` where it has none of its own, if the budget is for this
        chip.
        """
        return (
            replace(self, options={**budget.options, **self.options})
            if budget is not None and budget.target == self.target
            else self
        )

    def budgeted(self, settings: Settings) -> Settings:
        """``settings`` whose budget is for the chip of this setting; without one if it is for another
        chip.
        """
        budget = settings.budget
        own = (
            None
            if budget is None or budget.target != self.target
            else budget.model_copy(update={"options": dict(self.options)})
        )
        return settings.model_copy(update={"budget": own})

    def strided(self, settings: Settings) -> Settings:
        """``settings`` with a network of this stride: as many levels as reach no further, and no more kept
        than there are.
        """
        if self.stride is None:
            return settings
        delays = settings.network.delays.coarsen(self.stride)
        network = settings.network.model_copy(update={"delays": delays})
        pruning = settings.pruning.model_copy(update={"keep": min(settings.pruning.keep, len(delays.steps))})
        return settings.model_copy(update={"network": network, "pruning": pruning})


def usual(targets: Sequence[str], network: NetworkSettings) -> Iterator[ChipSetting]:
    """The settings that every chip is compared at: `BITS`, or its own numbers where it has no choice of them;
    then `COARSER` delays.

    network: whose stride that is; strides beyond its longest delay would leave no delays.
    """
    delays = network.delays
    strides = [factor * delays.stride for factor in COARSER if factor * delays.stride <= delays.steps[-1]]
    for target in targets:
        bits = [
            ChipSetting(target, {"weight_bits": b}) for b in BITS if _takes(Chip(target, {"weight_bits": b}))
        ]
        yield from bits or [ChipSetting(target)]
        yield from (ChipSetting(target, {}, stride) for stride in strides)


def _takes(chip: Chip) -> bool:
    """Whether a backend knows the options."""
    try:
        chip.require_options()
    except SettingsError:
        return False
    return True
