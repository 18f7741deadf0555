"""A plan: what a backend finds out about a network, made once for each question and read by all answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic

from delaycore._shown import one_line
from delaycore.graph import Graph
from delaycore.hardware._findings import Finding, FitReport
from delaycore.hardware._losses import Losses
from delaycore.hardware._placement import Placement
from delaycore.hardware._program import ChipMapping, Image, MappingT, OptionsT
from delaycore.hardware._quantization import QuantizationScheme
from delaycore.hardware._slice import Slice

__all__ = ["Plan"]


@dataclass(frozen=True, eq=False)
class Plan(ABC, Generic[OptionsT, MappingT]):
    """A network on its way onto a chip.  A backend derives a frozen dataclass and writes each step as a
    ``functools.cached_property``, which is computed when it is first read and then kept.

    So `Backend.check` reads `report`, `Backend.quantize` reads `unsupported` and `quantized` alone, which
    training asks for in every step, and `Backend.map` and `Backend.price` read what they need of the rest:
    nothing is computed twice, and nothing that was not asked for.

    given:   the network, as the user has it.
    options: parsed.
    slices:  where the neurons lie; None leaves the placing to the plan.
    """

    given: Graph
    options: OptionsT
    slices: tuple[Slice, ...] | None = None

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "__repr__" not in vars(cls):
            cls.__repr__ = Plan.__repr__  # type: ignore[method-assign]  # else a dataclass shows all that it holds

    @property
    @abstractmethod
    def unsupported(self) -> tuple[Finding, ...]:
        """Why the chip could not compute such a network at all; its numbers then mean nothing there.  See
        `delaycore.hardware.find_unsupported`.
        """

    @property
    @abstractmethod
    def scheme(self) -> QuantizationScheme:
        """The formats in which the chip would hold the numbers of `given`, in its own units."""

    @property
    @abstractmethod
    def quantized(self) -> tuple[Graph, Losses]:
        """`given` on the chip's grid and under its arithmetic, and what that changed.  See
        `delaycore.hardware.quantize_to`.
        """

    @property
    @abstractmethod
    def placement(self) -> Placement:
        """Where the neurons of `graph` lie: in `slices` if they are given."""

    @property
    @abstractmethod
    def report(self) -> FitReport:
        """Every reason why the network cannot be mapped so, at once: `unsupported` among them."""

    @property
    @abstractmethod
    def image(self) -> Image:
        """The chip's memories as arrays; read only where `report` is ok."""

    @property
    def mapping(self) -> MappingT:
        """What else the plan chose, typed: the backend's own `ChipMapping`; read only where `report` is
        ok.
        """
        return ChipMapping()  # type: ignore[return-value]  # that of a backend which declares no other

    @property
    def graph(self) -> Graph:
        """The network on the chip's grid, in its own time."""
        return self.quantized[0]

    @property
    def losses(self) -> Losses:
        """What quantizing altered."""
        return self.quantized[1]

    @one_line
    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.given!r} with {self.options!r}>"
