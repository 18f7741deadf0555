"""What a core holds, and which of its limits that breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph, Input, Population
from delaycore.hardware import Constant
from delaycore_loihi.arithmetic import current_register, potential_register
from delaycore_loihi.spec import LIMITS, compartments
from delaycore_loihi.synapses import Wiring, delay_bits, index_bits

__all__ = ["Chip", "Load", "Piece", "profiles"]

Piece = tuple[str, int, int]
"""Population, first and last neuron (exclusive)."""


@dataclass(frozen=True)
class Load:
    """Use of one core, by the limit that bounds it, and its delay bits."""

    use: Mapping[str, int]
    delay_bits: int

    def limit(self, code: str) -> Constant:
        """What the core has; fewer compartments with more delay bits."""
        limit = LIMITS[code]
        if code != "core.compartments":
            return limit
        have = compartments(self.delay_bits)
        return (
            limit
            if have == limit.value
            else replace(LIMITS["core.accumulators"], value=float(have), unit="compartments")
        )

    @property
    def broken(self) -> tuple[str, ...]:
        """Codes of the limits that are exceeded."""
        return tuple(code for code, used in self.use.items() if used > self.limit(code).value)

    def facts(self) -> dict[str, int]:
        """For `Program.describe`."""
        return {"delay bits": self.delay_bits} | {
            code.removeprefix("core.").replace("_", " "): used for code, used in self.use.items()
        }


def profiles(population: Population) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per neuron, the registers (du, dv, R) that a decay profile holds, [neurons, 3], and the threshold,
    [neurons]; read-outs have the largest.
    """
    retain = getattr(population, "retain", np.ones(population.size))
    current = getattr(population, "retain_current", np.zeros(population.size))
    refractory = np.full(population.size, getattr(population, "refractory", 0) + 1)
    threshold = getattr(population, "threshold", np.full(population.size, LIMITS["threshold"].value))
    return np.stack([current_register(current), potential_register(retain), refractory], axis=1).astype(
        float
    ), threshold


class Chip:
    """A quantized graph with its delay fields, ready to be cut in pieces."""

    def __init__(self, graph: Graph, wirings: Iterable[Wiring]) -> None:
        self.graph = graph
        self.computed = [name for name, p in graph.populations.items() if not isinstance(p, Input)]
        self.into: dict[str, list[Wiring]] = {name: [] for name in graph.populations}
        for w in wirings:
            self.into[w.target].append(w)
        self._decays, self._thresholds = _numbered(
            {name: profiles(graph.populations[name]) for name in self.computed}
        )
        # Entries in the table of output axons that each neuron needs: at first one per projection,
        # more once targets are split.
        self.output_axons = {name: np.zeros(p.size, dtype=np.int64) for name, p in graph.populations.items()}
        for w in (w for into in self.into.values() for w in into):
            self.output_axons[w.source][w.sources(0, graph.populations[w.target].size)] += 1

    def load(self, pieces: Iterable[Piece]) -> Load:
        """The use of a core that holds ``pieces``."""
        pieces = tuple(pieces)
        neurons = sum(stop - start for _, start, stop in pieces)
        index = index_bits(neurons)
        lists = [w.onto(start, stop) for name, start, stop in pieces for w in self.into[name]]
        encoded = [part.encoded(index) for part in lists if part.axons]
        use = {
            "core.compartments": neurons,
            "core.synaptic_words": sum(taken for taken, _ in encoded),
            "core.input_axons": sum(part.axons for part in lists),
            "core.output_axons": self.outputs(pieces),
            "core.decay_profiles": _different(self._decays[name][start:stop] for name, start, stop in pieces),
            "core.threshold_profiles": _different(
                self._thresholds[name][start:stop] for name, start, stop in pieces
            ),
            "core.synapse_formats": len({form for _, form in encoded}),
        }
        return Load(use, delay_bits(max((part.field for part in lists), default=0)))

    def outputs(self, pieces: Iterable[Piece]) -> int:
        """Output axons of a core that holds ``pieces``."""
        return sum(int(self.output_axons[name][start:stop].sum()) for name, start, stop in pieces)

    def count_output_axons(self, cores: Iterable[Iterable[Piece]]) -> bool:
        """Count `output_axons` anew for these cores; whether any neuron needs more than was assumed."""
        counted = {name: np.zeros_like(each) for name, each in self.output_axons.items()}
        for pieces in cores:
            for name, start, stop in pieces:
                for w in self.into[name]:
                    counted[w.source][w.sources(start, stop)] += 1
        grew = any((counted[name] > self.output_axons[name]).any() for name in counted)
        self.output_axons = counted
        return grew


def _numbered(
    of: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> tuple[dict[str, NDArray[np.int64]], ...]:
    """Decay profiles and thresholds as numbers that tell different ones apart, [neurons] of each
    population.
    """
    if not of:
        return {}, {}
    ends = np.cumsum([len(threshold) for _, threshold in of.values()])[:-1]
    decays = np.unique(np.concatenate([decay for decay, _ in of.values()]), axis=0, return_inverse=True)[
        1
    ].ravel()
    thresholds = np.unique(np.concatenate([threshold for _, threshold in of.values()]), return_inverse=True)[
        1
    ].ravel()
    return tuple(dict(zip(of, np.split(numbers, ends), strict=True)) for numbers in (decays, thresholds))


def _different(numbers: Iterable[NDArray[np.int64]]) -> int:
    """How many different numbers there are."""
    seen = [np.unique(n) for n in numbers]
    return len(np.unique(np.concatenate(seen))) if seen else 0
