"""What only a backend's author can tell the conformance suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from delaycore._shown import show_line
from delaycore.graph import Graph, Population

__all__ = ["ConformanceProfile", "Draw", "LimitCase"]

Draw = Callable[[np.random.Generator, int], Population]
"""Makes a population of the size that is asked for; one that can fire has a ``threshold``."""


@dataclass(frozen=True)
class LimitCase:
    """A network that just respects a limit, and one that just violates it.

    at, above: such networks, in any arithmetic that the backend takes.
    code:      of the finding that ``above`` gets; the name of the limit unless given.
    options:   with which both are checked and mapped.
    """

    at: Graph
    above: Graph
    code: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = show_line


@dataclass(frozen=True)
class ConformanceProfile:
    """What the suite cannot find out by itself.

    limit_cases: per limit of the spec, by its name, the networks at it and above it.
    unchecked:   per limit of the spec that no finding of `check` enforces, the reason: a width that
                 `quantize` rounds or clips to, and lists as a loss; or something that only a run can show.
    placements:  options of `map` under which a network lies elsewhere on the chip; none for a chip of one
                 core.  Those that a network is too small for are left out.
    populations: how to draw neurons of each kind of the spec that the core does not bring.
    """

    limit_cases: Mapping[str, LimitCase] = field(default_factory=dict)
    unchecked: Mapping[str, str] = field(default_factory=dict)
    placements: tuple[Mapping[str, Any], ...] = ({"cores": 2}, {"cores": 3})
    populations: Mapping[str, Draw] = field(default_factory=dict)

    __repr__ = show_line
