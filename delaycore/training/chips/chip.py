"""A chip as training sees it: what its backend says through the public interface, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from delaycore.backend import Backend
from delaycore.graph import Graph
from delaycore.hardware import CostEstimate, FitReport, QuantizationScheme, Workload, round_to
from delaycore.registry import load_backend

__all__ = ["Chip"]


@dataclass(frozen=True)
class Chip:
    """A target with options of its backend, such as ``cores=1``."""

    target: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def backend(self) -> Backend:
        """That of the target."""
        return load_backend(self.target)

    @property
    def name(self) -> str:
        """Of files and rows, such as ``loihi_weight_bits_4``."""
        return "_".join([self.target, *(f"{k}_{v}" for k, v in self.options.items())])

    def require_options(self) -> None:
        """Raise `SettingsError` for options that the backend does not know or that make no sense."""
        self.check(Graph.from_arrays([np.ones((1, 1))], delays=[0]))

    def quantization_scheme(self, graph: Graph) -> QuantizationScheme:
        """The formats in which the chip would hold the numbers of ``graph``."""
        return self.backend.quantization_scheme(graph, **self.options)

    def quantized(self, graph: Graph) -> Graph:
        """``graph`` as the chip computes it, in the chip's units and in the graph's time."""
        return self.backend.quantize(graph, **self.options)[0]

    def rounded(self, graph: Graph) -> Graph:
        """``graph`` in its own units with the numbers that the chip holds.

        It is given back as it is where the rounded one would become another network on the chip: rounding can
        move what a backend chooses a scale from.
        """
        made, _ = round_to(graph, self.quantization_scheme(graph))
        return made if self.quantized(made) == self.quantized(graph) else graph

    def check(self, graph: Graph) -> FitReport:
        """Everything that keeps ``graph`` off the chip."""
        return self.backend.check(graph, **self.options)

    def price(self, workload: Workload) -> CostEstimate:
        """What ``workload`` would take.  Raises `NotOffered` for a backend that prices nothing without a
        run.
        """
        return self.backend.price(workload, **self.options)
