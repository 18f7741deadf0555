"""Sparse training: synapses move to where they are of more use, and their number stays (DEEP R, arXiv
1711.05136; RigL, arXiv 1911.11134).
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from torch import Tensor

from delaycore.nn import DelayNetwork, MaskedLayer
from delaycore.settings import RewiringSettings
from delaycore.training._process_group import get_process_group

__all__ = ["Rewirer"]


class Rewirer:
    """Moves the synapses of a network while it is fitted, the same for the same seed and epoch.  No pair of
    neurons gets more of them than one had in the beginning.

    optimiser: whose moments of moved synapses begin anew.
    epochs:    of the fit.
    """

    def __init__(
        self,
        network: DelayNetwork,
        optimiser: torch.optim.Optimizer,
        settings: RewiringSettings,
        seed: int,
        epochs: int,
    ) -> None:
        self._layers = {n: x for n, x in network.masked.items() if settings.fraction and x.has_room}
        self._optimiser, self._settings, self._seed, self._epochs = optimiser, settings, seed, epochs
        self._most = {n: int(layer.mask.sum(dim=0).max()) for n, layer in self._layers.items()}
        self._gradients: dict[str, Tensor] = {}
        self._signs: dict[str, Tensor] = {}
        self._hooks = [
            layer.register_kernel_hook(partial(self._note, name)) for name, layer in self._layers.items()
        ]

    def end(self) -> None:
        """Let go of the network."""
        for hook in self._hooks:
            hook.remove()

    def begin_epoch(self) -> None:
        """Forget what was noted, so that a fit that goes on from a checkpoint does the same."""
        self._gradients.clear()
        self._signs = {n: layer.weight.detach().sign() for n, layer in self._layers.items()}

    def move(self, epoch: int, step: int, steps: int) -> None:
        """Move synapses if it is time to, after ``step`` of the ``steps`` of an epoch, both from 0."""
        s = self._settings
        times = min(s.times, steps)
        if (step + 1) * times // steps == step * times // steps:
            return
        progress = (epoch + (step + 1) / steps) / (self._epochs * s.until)
        if progress >= 1:
            return
        fraction = s.fraction * (1 + math.cos(math.pi * progress)) / 2
        drawn = np.random.default_rng((self._seed, epoch, step)).integers(2**63)
        generator = torch.Generator().manual_seed(int(drawn))
        for name, layer in self._layers.items():
            self._move_of(name, layer, fraction, generator)
        self.begin_epoch()

    def _note(self, name: str, gradient: Tensor) -> None:
        known = self._gradients.get(name)
        self._gradients[name] = gradient.detach().clone() if known is None else known.add_(gradient)

    def _move_of(self, name: str, layer: MaskedLayer, fraction: float, generator: torch.Generator) -> None:
        gradient = self._gradients[name]
        get_process_group().add([gradient])
        rating, positions = layer.rate_synapses(gradient)
        if self._settings.grow == "random":
            drawn = torch.rand(2, *rating.shape, generator=generator).to(rating)
            rating = drawn[0]
            if positions is not None:
                first, last = layer.delays[0], layer.delays[-1]
                positions = first + drawn[1] * (last - first)
        dropped = self._select_dropped(name, layer, fraction)
        there = layer.mask.clone()
        there[tuple(dropped.T)] = False
        if positions is None:  # one that was dropped grows again only where nothing else is free
            rating[tuple(dropped.T)] = -1.0
        rating[there] = -2.0
        rank = rating.argsort(dim=0, descending=True, stable=True).argsort(dim=0)
        free = ~there & (rank < self._most[name] - there.sum(dim=0))
        grown = _select_grown(rating, free, dropped, self._settings.keep)
        layer.move_synapses(dropped, grown, None if positions is None else positions[tuple(grown.T)])
        for parameter in (layer.weight, *layer.positions()):
            for moment in self._optimiser.state.get(parameter, {}).values():
                if moment.shape == layer.weight.shape:
                    moment[tuple(torch.cat([dropped, grown]).T)] = 0.0

    def _select_dropped(self, name: str, layer: MaskedLayer, fraction: float) -> Tensor:
        """Select the synapses that end, [synapses, 3], the weakest first."""
        there = layer.mask.nonzero()
        strength = layer.weight.detach()[layer.mask].abs()
        weakest = strength.argsort(stable=True)
        if self._settings.drop == "sign":
            turned = (layer.weight.detach().sign() * self._signs[name])[layer.mask] < 0
            weakest = weakest[turned[weakest]]
        return there[weakest[: int(fraction * len(there))]]


def _select_grown(rating: Tensor, free: Tensor, dropped: Tensor, keep: str) -> Tensor:
    """Select as many ``free`` places as were dropped, the best by ``rating`` first; of each neuron or pair as
    many as it lost.
    """
    _, rows, columns = rating.shape
    places = free.nonzero()

    def group(entries: Tensor) -> Tensor:
        """Number the groups that keep their numbers of synapses."""
        match keep:
            case "neuron":
                return entries[:, 2]
            case "pair":
                return entries[:, 1] * columns + entries[:, 2]
        return torch.zeros_like(entries[:, 0])

    lost = torch.bincount(group(dropped), minlength=rows * columns)
    best = places[rating[free].argsort(descending=True, stable=True)]
    best = best[group(best).argsort(stable=True)]  # by group, and in each the best first
    groups = group(best).contiguous()
    begin = torch.searchsorted(groups, groups)
    return best[torch.arange(len(best), device=best.device) - begin < lost[groups]]
