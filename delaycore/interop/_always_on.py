"""Constant inputs that no parameter of a population holds, as synapses of a neuron that fires in every step.

A bias before a synaptic current goes through the current, and one before a delay is held back in the first
steps.  A synapse from a neuron that fires in every step from the first on does both exactly: its weight is
the bias, its delay that of the bias.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import LIF, Population, Projection
from delaycore.hardware import Losses
from delaycore.interop._names import make_unique

__all__ = ["ConstantInput", "add_constant_inputs"]


@dataclass(frozen=True)
class ConstantInput:
    """Added to the input of population ``target`` in every step: ``weight`` to neuron ``post``, from step
    ``delay`` on; arrays [synapses].
    """

    target: str
    post: NDArray[np.int64]
    weight: NDArray[np.float64]
    delay: NDArray[np.int64]


def add_constant_inputs(
    populations: dict[str, Population], constants: Iterable[ConstantInput]
) -> tuple[dict[str, Population], list[Projection], Losses]:
    """Return the populations, with one more neuron if ``constants`` need it; its projections; both as losses.

    The neuron's potential goes from 0 to 1 in each step, above its threshold of one half, so it fires under
    either comparison.
    """
    needed = [constant for constant in constants if constant.post.size]
    if not needed:
        return populations, [], Losses()
    name = make_unique("always_on", populations)
    neuron = LIF(1, retain=1.0, threshold=0.5, bias=1.0)
    projections = list(_project(name, needed))
    detail = "fires in every step, so that its synapses are constant inputs"
    losses = Losses.counted("neuron", "added", f"populations[{name!r}]", 1, 1, detail)
    detail = "biases that go through a current or a delay: exact, up to float64 rounding"
    for p in projections:
        losses += Losses.counted(
            "synapse", "added", p.place, len(p), len(p), detail, float(np.abs(p.weight).max())
        )
    return {**populations, name: neuron}, projections, losses


def _project(source: str, constants: Collection[ConstantInput]) -> Iterator[Projection]:
    for target in dict.fromkeys(constant.target for constant in constants):
        own = [constant for constant in constants if constant.target == target]
        post, weight, delay = (
            np.concatenate([getattr(constant, column) for constant in own])
            for column in ("post", "weight", "delay")
        )
        yield Projection(source, target, np.zeros(post.size, np.int64), post, weight, delay)
