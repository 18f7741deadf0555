"""The demand of neurons on the cores that hold them, limit by limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph, Input, Population
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.mapping._contents import CoreContents, PieceUse
from delaycore_loihi.mapping._record import CoreUse
from delaycore_loihi.mapping._synapses import SynapseTable
from delaycore_loihi.numbers import encode_current_decay, encode_potential_decay

__all__ = ["Demand", "Piece", "encode_profiles"]

Piece = tuple[str, int, int]
"""A part of a population: its name, its first neuron, and its last one (exclusive)."""


def encode_profiles(population: Population) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, for each neuron, the registers (du, dv, R) that a decay profile holds, [neurons, 3], and the
    threshold, [neurons]; read-outs have the largest threshold.
    """
    retain = getattr(population, "retain", np.ones(population.size))
    current = getattr(population, "retain_current", np.zeros(population.size))
    refractory = np.full(population.size, getattr(population, "refractory", 0) + 1)
    threshold = getattr(population, "threshold", np.full(population.size, LIMITS["threshold"].value))
    decays = np.stack([encode_current_decay(current), encode_potential_decay(retain), refractory], axis=1)
    return decays.astype(float), threshold


class Demand:
    """Measures what neurons of a quantized graph with its delay fields demand of the cores that hold them.

    computed:    names of the populations that lie on cores: all but inputs.
    into:        the synapse tables onto each population.
    output_axons: entries in the table of output axons that each neuron needs, [neurons] of each population:
                  at first one for each projection, more once targets lie on several cores.
    """

    def __init__(self, graph: Graph, tables: Iterable[SynapseTable]) -> None:
        self.graph = graph
        self.computed = [name for name, p in graph.populations.items() if not isinstance(p, Input)]
        self.into: dict[str, list[SynapseTable]] = {name: [] for name in graph.populations}
        for table in tables:
            self.into[table.target].append(table)
        self._decays, self._thresholds = _number_profiles(
            {name: encode_profiles(graph.populations[name]) for name in self.computed}
        )
        whole = [(name, 0, int(p.size)) for name, p in graph.populations.items()]
        self.output_axons = self._count_axons([whole])

    def measure(self, pieces: Iterable[Piece]) -> CoreUse:
        """Return the use of a core that holds ``pieces``."""
        return CoreContents(map(self.measure_piece, pieces)).measure()

    def measure_piece(self, piece: Piece) -> PieceUse:
        """Return what a piece needs, whatever core it lies on."""
        name, start, stop = piece
        lists = (table.make_lists(start, stop) for table in self.into[name])
        return PieceUse(
            neurons=stop - start,
            output_axons=self.count_outputs([piece]),
            lists=tuple(part for part in lists if part.axons),
            decays=frozenset(self._decays[name][start:stop].tolist()),
            thresholds=frozenset(self._thresholds[name][start:stop].tolist()),
        )

    def count_outputs(self, pieces: Iterable[Piece]) -> int:
        """Return the output axons of a core that holds ``pieces``."""
        return sum(int(self.output_axons[name][start:stop].sum()) for name, start, stop in pieces)

    def update_output_axons(self, cores: Iterable[Iterable[Piece]]) -> bool:
        """Count `output_axons` anew for these cores; tell whether any neuron needs more than was assumed."""
        before, self.output_axons = self.output_axons, self._count_axons(cores)
        return any((self.output_axons[name] > before[name]).any() for name in before)

    def _count_axons(self, cores: Iterable[Iterable[Piece]]) -> dict[str, NDArray[np.int64]]:
        """Return one axon for each neuron, projection and piece that it reaches."""
        axons = {name: np.zeros(p.size, dtype=np.int64) for name, p in self.graph.populations.items()}
        for pieces in cores:
            for name, start, stop in pieces:
                for table in self.into[name]:
                    axons[table.source][table.find_sources(start, stop)] += 1
        return axons


def _number_profiles(
    profiles: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> tuple[dict[str, NDArray[np.int64]], ...]:
    """Return decay profiles and thresholds as numbers that tell different ones apart, [neurons] of each
    population.
    """
    if not profiles:
        return {}, {}
    ends = np.cumsum([len(threshold) for _, threshold in profiles.values()])[:-1]
    numbered = (
        np.unique(np.concatenate(values), axis=0, return_inverse=True)[1].ravel()
        for values in zip(*profiles.values(), strict=True)
    )
    return tuple(dict(zip(profiles, np.split(numbers, ends), strict=True)) for numbers in numbered)
