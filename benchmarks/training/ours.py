"""Our network for a case."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.training.cases import RETAIN, STEEPNESS, THRESHOLD, Case
from delaycore.settings import LevelDelays, NetworkSettings
from delaycore.training import build as build_network


class Model(nn.Module):
    def __init__(self, case: Case) -> None:
        super().__init__()
        shape = NetworkSettings(
            hidden=case.sizes[1:-1],
            delays=LevelDelays(levels=case.levels, stride=case.stride),
            delayed_input=True,
            threshold=THRESHOLD,
            surrogate="arctan",
            leak="layer",
        )
        self.network = build_network(
            shape, case.sizes[0], case.sizes[-1], 0.01, steepness=math.pi * STEEPNESS / 2
        )
        with torch.no_grad():
            for p, weight in zip(self.network.weights, case.weights(), strict=True):
                p.copy_(torch.from_numpy(weight))
            for neurons in self.network.neurons.values():
                neurons.assign(retain=RETAIN)

    def forward(self, spikes: Tensor) -> tuple[Tensor, list[Tensor]]:
        out = self.network(spikes)
        return out.readout, list(out.spikes.values())


def build(contender: str, case: Case) -> Any:
    return Model(case)
