"""Training under a budget: what a spike costs is added to the loss, and weighs more from epoch to epoch until
the budget is met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore import engine
from delaycore._shown import show_line
from delaycore.deploy import Chip
from delaycore.errors import Problem, SettingsError
from delaycore.graph import Graph
from delaycore.hardware import Workload
from delaycore.nn import Forward
from delaycore.settings import Budget
from delaycore.training._amounts import AMOUNTS, UNITS, estimate_marginals
from delaycore.training._checkpoint import Epoch

__all__ = ["BudgetPenalty", "spread_evenly", "penalize"]

_PRICED, _MEASURED = 3, 200
"""Validation samples at which a spike is priced, and on which amounts are measured after an epoch."""

_UP, _DOWN = 2.0, 0.5
"""Factors of the penalty after an epoch that was over a limit, and after one that was not."""


@dataclass(frozen=True)
class BudgetPenalty:
    """A budget of `delaycore.settings`, and the penalty on spikes that makes a network keep it.

    samples:  input spikes on which amounts are measured, bool [samples, steps, inputs].
    deployed: gives what of the trained network will be on the chip: the synapses that pruning leaves and
              that fit.  Its spikes are those of the whole network, as long as there is more of it.
    """

    budget: Budget
    samples: NDArray[np.bool_]
    deployed: Callable[[Graph], Graph] = lambda graph: graph

    __repr__ = show_line

    @property
    def chip(self) -> Chip:
        """The chip that the budget is for."""
        return self.budget.chip

    def validate(self, graph: Graph) -> None:
        """Raise `SettingsError` for limits below what ``graph``, as it would be deployed, takes for its input
        alone, with no neuron that fires.
        """
        inputs = spread_evenly(self.samples, _MEASURED)
        sizes = {name: p.size for name, p in graph.populations.items() if p.spikes}
        silent = {
            name: inputs if name in graph.inputs else np.zeros((*inputs.shape[:2], size), dtype=np.bool_)
            for name, size in sizes.items()
        }
        least = {
            name: float(AMOUNTS[name](self.chip, Workload(graph, silent)).mean())
            for name in self.budget.limits
        }
        SettingsError.collect(
            Problem(
                f"budget.{name}",
                (
                    f"= {limit:.4g} {UNITS[name]} is less than the {least[name]:.4g} that the input "
                    f"alone takes on {self.chip.name}, if no neuron fires"
                ),
                "give more: every spike comes on top",
            )
            for name, limit in self.budget.limits.items()
            if limit < least[name]
        )

    def measure(self, graph: Graph) -> dict[str, float]:
        """Return what ``graph`` takes of each limited amount on the chip, in the mean of samples."""
        work = self._simulate(graph, _MEASURED)
        return {name: float(AMOUNTS[name](self.chip, work).mean()) for name in self.budget.limits}

    def price_spikes(self, graph: Graph, epochs: Sequence[Epoch]) -> dict[str, Tensor]:
        """Return what a spike of each neuron adds to the loss, [neurons] by population, after these
        ``epochs``.

        Each amount counts as a fraction of its limit, times a weight that rises while the limit is not kept.
        """
        work = self._simulate(graph, _PRICED)
        total: dict[str, Tensor] = {}
        for amount, limit in self.budget.limits.items():
            for name, each in estimate_marginals(AMOUNTS[amount], self.chip, work.graph, work.spikes).items():
                share = torch.from_numpy(self._weigh(amount, epochs) / limit * each).float()
                total[name] = total[name] + share if name in total else share
        return total

    def _simulate(self, graph: Graph, most: int) -> Workload:
        """Return what will be deployed of ``graph`` with the spikes that ``graph`` makes on the chip, for at
        most ``most`` samples.
        """
        spikes = engine.simulate(
            self.chip.quantize(graph)[0], spread_evenly(self.samples, most), threads=torch.get_num_threads()
        ).spikes
        return Workload(
            self.deployed(graph), {name: spikes[name] for name, p in graph.populations.items() if p.spikes}
        )

    def _weigh(self, amount: str, epochs: Sequence[Epoch]) -> float:
        """Return the weight of the penalty on ``amount``: a function of what earlier epochs took, so that a
        resumed fit goes on with the same one.
        """
        weight = self.budget.weight
        for epoch in epochs:
            weight *= _UP if epoch.amounts[amount] > self.aims[amount] else _DOWN
        return weight

    @property
    def aims(self) -> Mapping[str, float]:
        """The limits that training aims at, below those of the budget by its headroom."""
        return {name: limit * (1 - self.budget.headroom) for name, limit in self.budget.limits.items()}

    def measure_excess(self, amounts: Mapping[str, float]) -> float:
        """Return how far the amount that is worst lies above its aim, as a fraction; 0 if all are kept."""
        return max((max(0.0, amounts[name] / aim - 1) for name, aim in self.aims.items()), default=0.0)


def penalize(forward: Forward, spike_penalty: Mapping[str, Tensor]) -> Tensor:
    """Return what the spikes of a forward pass add to the loss, in the mean of its samples.

    spike_penalty: what a spike of each neuron adds, [neurons] by population.
    """
    parts = [
        (spikes.sum(dim=0).mean(dim=0) * spike_penalty[name].to(spikes)).sum()
        for name, spikes in forward.spikes.items()
        if name in spike_penalty
    ]
    return torch.stack(parts).sum() if parts else forward.readout.new_zeros(())


def spread_evenly(samples: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Choose at most ``most`` of ``samples``, evenly spread."""
    chosen = np.linspace(0, len(samples) - 1, min(most, len(samples))).round().astype(int)
    return np.asarray(samples[chosen])
