"""One setting of a comparison: a chip, options of its backend, and the stride of its delays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from delaycore._shown import show_line
from delaycore._values import is_whole
from delaycore.deploy import Chip
from delaycore.errors import SettingsError
from delaycore.graph import Graph
from delaycore.hardware import Losses, coarsen_delays
from delaycore.registry import BackendError, call_each_apart
from delaycore.settings import Budget, NetworkSettings, Settings

__all__ = ["STRIDE_FACTORS", "WEIGHT_BITS", "ChipSetting", "list_chip_settings", "list_volunteer_settings"]

WEIGHT_BITS = (8, 6, 4, 3, 2)
"""Weight bits that are compared on every chip that offers the option ``weight_bits``."""

STRIDE_FACTORS = (2, 4)
"""Delay strides that are compared, as multiples of the network's own."""


@dataclass(frozen=True)
class ChipSetting:
    """A chip with options of its backend and a stride of its delays.

    stride: steps of which all delays are multiples; None for those of the network.
    """

    target: str
    options: Mapping[str, Any] = field(default_factory=dict)
    stride: int | None = None

    __repr__ = show_line

    @property
    def chip(self) -> Chip:
        """The chip of this setting."""
        return Chip(self.target, self.options)

    @property
    def name(self) -> str:
        """The name in files and rows, such as ``chip_weight_bits_4`` or ``chip_stride_8``."""
        return self.chip.name + (f"_stride_{self.stride}" if self.stride is not None else "")

    def validate(self, longest: int) -> None:
        """Raise `SettingsError` for options that the backend does not know, or a stride beyond the longest
        delay of the network.
        """
        self.chip.require_options()
        self.validate_stride(longest)

    def validate_stride(self, longest: int) -> None:
        """Raise `SettingsError` for a stride beyond the longest delay of the network."""
        if self.stride is not None and not (is_whole(self.stride) and 1 <= self.stride <= longest):
            raise SettingsError.at(
                f"stride {self.stride!r:.80} on {self.target}",
                f"must be from 1 to {longest} steps, the longest delay",
                "a longer one would turn all delays to 0",
            )

    def coarsen_delays(self, graph: Graph) -> tuple[Graph, Losses]:
        """Move the delays of ``graph`` onto the stride; return the graph and what that changed."""
        return (graph, Losses()) if self.stride is None else coarsen_delays(graph, self.stride)

    def add_budget_options(self, budget: Budget | None) -> ChipSetting:
        """Take over the options of a budget for this chip where this setting has none of its own."""
        if budget is None or budget.target != self.target:
            return self
        return replace(self, options={**budget.options, **self.options})

    def adapt_budget(self, settings: Settings) -> Settings:
        """Return ``settings`` whose budget is for the chip of this setting, or without a budget if it is for
        another chip.
        """
        budget = settings.budget
        if budget is not None:
            ours = budget.target == self.target
            budget = budget.model_copy(update={"options": dict(self.options)}) if ours else None
        return settings.model_copy(update={"budget": budget})

    def adapt_delays(self, settings: Settings) -> Settings:
        """Return ``settings`` of a network whose delay levels have this stride and reach no further; pruning
        keeps no more than there are.
        """
        if self.stride is None:
            return settings
        delays = settings.network.delays.coarsen(self.stride)
        network = settings.network.model_copy(update={"delays": delays})
        keep = min(settings.pruning.keep, len(delays.steps))
        pruning = settings.pruning.model_copy(update={"keep": keep})
        return settings.model_copy(update={"network": network, "pruning": pruning})


def list_chip_settings(
    targets: Sequence[str],
    network: NetworkSettings,
    on_left_out: Callable[[str], None] = lambda line: None,
) -> Iterator[ChipSetting]:
    """Yield the settings at which every chip is compared unless others are given.

    These are `WEIGHT_BITS`, or the chip's own numbers where it offers no choice, and coarser delays by
    `STRIDE_FACTORS` as long as they are not beyond the longest delay of ``network``.

    on_left_out: called with a line for every one of these settings that a chip or the network does not have.
    """
    for target in targets:
        yield from _list_settings(target, network, Chip(target).find_refusals(_BITS), on_left_out)


def list_volunteer_settings(
    targets: Sequence[str], network: NetworkSettings, on_left_out: Callable[[str], None]
) -> Iterator[ChipSetting]:
    """Yield what `list_chip_settings` does of those of ``targets``, for which nobody asked by name, whose
    backends load.

    Each is asked in a process of its own.

    on_left_out: called with a line for every chip that fails, too.
    """
    asks = {target: Chip(target).find_refusals for target in targets}
    for target, refusals in call_each_apart(asks, _BITS, answer=tuple[str, ...]).items():
        if isinstance(refusals, BackendError):
            on_left_out(f"left out: {refusals}")
        else:
            yield from _list_settings(target, network, refusals, on_left_out)


_BITS = tuple({"weight_bits": bits} for bits in WEIGHT_BITS)


def _list_settings(
    target: str, network: NetworkSettings, refusals: Sequence[str], on_left_out: Callable[[str], None]
) -> Iterator[ChipSetting]:
    """Yield the settings of one chip.

    refusals: why it refuses each of `WEIGHT_BITS`; empty where it does not.
    """
    longest = network.delays.steps[-1]
    precisions = [ChipSetting(target, options) for options in _BITS]
    for setting, refusal in zip(precisions, refusals, strict=True):
        if refusal:
            on_left_out(f"left out: {setting.name} ({refusal})")
    offered = [one for one, refusal in zip(precisions, refusals, strict=True) if not refusal]
    yield from offered or [ChipSetting(target)]
    for factor in STRIDE_FACTORS:
        setting = ChipSetting(target, {}, factor * network.delays.stride)
        try:
            setting.validate_stride(longest)
        except SettingsError as error:
            wrong = "; ".join(f"{p.place} {p.message}" for p in error.problems)
            on_left_out(f"left out: {setting.name} ({wrong})")
        else:
            yield setting
