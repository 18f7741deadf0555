"""How a sound backend is broken in one thing, and the list of all that were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import delaycore as dc
from delaycore.hardware import Cost, FitReport, Losses

Backend = type[dc.Backend]
BROKEN: dict[str, tuple[str, str, Callable[[Backend], Backend]]] = {}
"""By name: the check that has to catch it, a word of what it has to say, and the maker of the broken class.
"""


def caught_by(
    check: str, says: str
) -> Callable[[Callable[[Backend], Backend]], Callable[[Backend], Backend]]:
    def note(make: Callable[[Backend], Backend]) -> Callable[[Backend], Backend]:
        BROKEN[make.__name__] = (check, says, make)
        return make

    return note


def writes(
    base: Backend,
    other_image: Callable[[dict[str, np.ndarray], dc.Program, Mapping[str, Any]], Mapping[str, np.ndarray]],
) -> Backend:
    """A mapper that writes another image."""

    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            program = super().map(graph, **options)
            return replace(
                program, image=other_image({k: v.copy() for k, v in program.image.items()}, program, options)
            )

    return Broken


def runs(
    base: Backend, other: Callable[[Any, Callable[..., dc.Result], dc.Program, Any, Any], dc.Result]
) -> Backend:
    """A simulator that does something else."""

    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def simulate(self, program: dc.Program, spikes: Any, states: Any = False) -> dc.Result:
            return other(self, super().simulate, program, spikes, states)

    return Broken


def costs(base: Backend, other: Callable[[Cost], Cost]) -> Backend:
    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        result = inner(program, spikes, states)
        return replace(result, cost=other(result.cost))

    return runs(base, simulate)


def finds(base: Backend, other: Callable[[FitReport], FitReport]) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def check(self, graph: dc.Graph, **options: Any) -> FitReport:
            return other(super().check(graph, **options))

    return Broken


def quantizes(base: Backend, other: Callable[[dc.Graph, Losses], tuple[dc.Graph, Losses]]) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def quantize(self, graph: dc.Graph, **options: Any) -> tuple[dc.Graph, Losses]:
            return other(*super().quantize(graph, **options))

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            exact, losses = self.quantize(graph)
            return replace(super().map(exact, **options), losses=losses)

    return Broken


def describes(base: Backend, **changes: Any) -> Any:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        @property
        def spec(self) -> dc.HardwareSpec:
            return replace(super().spec, **changes)

    return Broken


def blocks(image: Mapping[str, np.ndarray]) -> list[str]:
    return [name.removesuffix("/pre") for name in image if name.endswith("/pre")]
