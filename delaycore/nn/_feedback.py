"""Recurrently connected populations, simulated step by step, since each step needs the spikes of earlier
ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from delaycore.nn._connectivity import Connectivity
from delaycore.nn._neurons import Neurons, Values
from delaycore.nn.functional import Fire, OrderedSums, straight_through

__all__ = ["LoopPopulation", "LoopSynapses", "run_loops"]


class LoopPopulation(NamedTuple):
    """A population in a loop: its neurons, their parameters, its input from outside the loop, [steps, batch,
    neurons], and how its spikes follow from potentials.
    """

    neurons: Neurons
    values: Values
    current: Tensor
    fires: Fire


class LoopSynapses(NamedTuple):
    """Synapses between two populations of a loop: kernel [delays, rows, columns], rising delays in steps."""

    source: str
    target: str
    kernel: Tensor
    delays: tuple[int, ...]
    connectivity: Connectivity


class _Arrivals:
    """Arrivals through the synapses of one loop, step after step."""

    def __init__(self, loop: LoopSynapses) -> None:
        self.loop = loop
        self.seen: list[Tensor] = []
        weight, rows = loop.kernel.flatten(0, 1), loop.connectivity.rows
        # made once, so that their gradients are summed before they are spread over the kernel
        self.shortest = [weight[: rows * (n + 1)] for n in range(len(loop.delays))]

    def send(self, spikes: Tensor) -> None:
        """Take the source's spikes of the next step, [batch, sources]."""
        self.seen.append(self.loop.connectivity.unfold(spikes))

    def add(self, input_current: Tensor, t: int) -> Tensor:
        """Add what arrives in step ``t`` to ``input_current`` [batch, targets]."""
        due = [self.seen[t - d] for d in self.loop.delays if d <= t]  # the shortest delays, which stand first
        if not due:
            return input_current
        current = torch.cat(due, dim=1) @ self.shortest[len(due) - 1]
        return input_current + self.loop.connectivity.fold(current, len(input_current))


def run_loops(
    members: Mapping[str, LoopPopulation], loops: Sequence[LoopSynapses], sums: OrderedSums | None = None
) -> dict[str, Tensor]:
    """Return the spikes of each population, [steps, batch, neurons].

    members: in an order in which a spike that acts in its own step comes from a member before its target.
    sums:    all input of the members, from elsewhere and from one another; otherwise it is added up here.
    """
    states = {name: m.neurons.init_state(m.current[0]) for name, m in members.items()}
    sent: dict[str, list[Tensor]] = {name: [] for name in members}
    arrivals = [_Arrivals(loop) for loop in loops]
    into = {name: [a for a in arrivals if a.loop.target == name] for name in members}
    out = {name: [a for a in arrivals if a.loop.source == name] for name in members}
    steps = len(next(iter(members.values())).current)
    for t in range(steps):
        for name, m in members.items():
            if t < m.neurons.start:
                spikes = torch.zeros_like(m.current[t])
            else:
                input_current = m.current[t]
                for a in into[name]:
                    input_current = a.add(input_current, t)
                if sums is not None:
                    input_current = straight_through(input_current, sums.sum_step(name, t))
                spikes, states[name] = m.neurons.step(input_current, states[name], m.values, m.fires)
                if sums is not None:
                    sums.note(name, spikes[None], first=t)
            sent[name].append(spikes)
            for a in out[name]:
                a.send(spikes)
    return {name: torch.stack(steps) for name, steps in sent.items()}
