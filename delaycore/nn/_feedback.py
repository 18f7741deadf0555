"""Populations that hear each other or themselves: a loop over steps, since no step can be computed before
those that it hears.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from delaycore.nn._connectivity import Connectivity
from delaycore.nn._neurons import Neurons, Values
from delaycore.nn.functional import Fire, OrderedSums, straight_through

__all__ = ["Loop", "Member", "run_loops"]


class Member(NamedTuple):
    """A population in a loop: its neurons, their parameters, its input from outside the loop, [steps, batch,
    neurons], and how its spikes follow from potentials unless it decides by itself.
    """

    neurons: Neurons
    values: Values
    current: Tensor
    fires: Fire | None = None


class Loop(NamedTuple):
    """Synapses between two members: kernel [delays, rows, columns], delays in steps, ascending."""

    source: str
    target: str
    kernel: Tensor
    delays: tuple[int, ...]
    connectivity: Connectivity


def run_loops(
    members: Mapping[str, Member], loops: Sequence[Loop], sums: OrderedSums | None = None
) -> dict[str, Tensor]:
    """Return what each member sends on, [steps, batch, neurons].

    members: in an order in which a spike that acts in its own step comes from a member before its target.
    sums:    all input of the members, from elsewhere and from one another; otherwise it is added up here.
    """
    states = {name: m.neurons.rest(m.current[0]) for name, m in members.items()}
    made: dict[str, list[Tensor]] = {name: [] for name in members}
    into = {name: [loop for loop in loops if loop.target == name] for name in members}
    steps = len(next(iter(members.values())).current)
    for t in range(steps):
        for name, m in members.items():
            if t < m.neurons.start:
                made[name].append(torch.zeros_like(m.current[t]))
                continue
            heard = m.current[t]
            for loop in into[name]:
                heard = _add_arrivals(heard, loop, made[loop.source], t)
            if sums is not None:
                heard = straight_through(heard, sums.sum_step(name, t))
            spikes, states[name] = m.neurons.step(heard, states[name], m.values, m.fires)
            made[name].append(spikes)
            if sums is not None:
                sums.note(name, spikes[None], first=t)
    return {name: torch.stack(sent) for name, sent in made.items()}


def _add_arrivals(heard: Tensor, loop: Loop, made: list[Tensor], t: int) -> Tensor:
    """Add what arrives in step ``t`` of the spikes ``made`` so far."""
    due = [made[t - d] for d in loop.delays if d <= t]  # the shortest delays, which stand first
    if not due:
        return heard
    c = loop.connectivity
    seen = torch.cat([c.unfold(spikes[None])[0] for spikes in due], dim=1)
    weight = loop.kernel.flatten(0, 1)[: c.rows * len(due)]
    return heard + c.fold((seen @ weight)[None], len(heard))[0]
