"""The arithmetic of a Graph, in terms that name no chip."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict

from delaycore.graph.formats import BFLOAT16, FLOAT32, FLOAT64, Format

__all__ = ["Arithmetic"]


class Arithmetic(BaseModel):
    """Which numbers a network computes with, and where it rounds.

    In every step, a neuron's state decays, the step's arrivals are added one after the other in the
    canonical order (older spikes first, then by source population, then by index), the bias is
    added, and the threshold is tested.

    name:      what people call it.
    weight:    format that every weight of the graph must already be in.
    decay:     format that the product ``retain * state`` is rounded to.
    total:     format of the running sum of a step's arrivals, rounded after every addition.
    current:   format of a synaptic current.
    potential: format of a membrane potential (and of an adaptive threshold's trace).
    arrivals:  ``total``: arrivals are summed from zero, and the sum is added to the decayed state.
               ``state``: each arrival is added to the decayed state itself, and rounded there.
    additions: the potential is rounded after ``each`` addition of decayed state, input and bias, or once
               after the ``last``.
    fires:     a neuron fires where ``potential >= threshold``, or strictly above.

    A chip whose arithmetic cannot be said in these terms brings a subclass with its own `family`, which overrides
    the methods below; the reference and the engine call nothing else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "float64"
    weight: Format = FLOAT64
    decay: Format = FLOAT64
    total: Format = FLOAT64
    current: Format = FLOAT64
    potential: Format = FLOAT64
    arrivals: Literal["total", "state"] = "total"
    additions: Literal["each", "last"] = "each"
    fires: Literal[">=", ">"] = ">="

    def decayed(self, retain: ArrayLike, state: ArrayLike) -> NDArray[np.float64]:
        """What a step leaves of ``state``."""
        return self.decay.round(np.multiply(retain, state))

    def combined(self, kept: NDArray[np.float64], arrived: NDArray[np.float64], bias: ArrayLike) -> NDArray[np.float64]:
        """The new potential from what was kept, what arrived and the bias."""
        if self.additions == "last":
            return self.potential.round(kept + arrived + bias)
        return self.potential.round(self.potential.round(kept + arrived) + bias)

    def crosses(self, potential: NDArray[np.float64], threshold: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where a potential makes its neuron fire."""
        return np.asarray(potential >= threshold if self.fires == ">=" else potential > threshold)

    @classmethod
    def float64(cls) -> Arithmetic:
        """IEEE double precision, the default."""
        return cls()

    @classmethod
    def float32(cls) -> Arithmetic:
        """IEEE single precision after every operation."""
        return cls(name="float32", weight=FLOAT32, decay=FLOAT32, total=FLOAT32, current=FLOAT32, potential=FLOAT32)

    @classmethod
    def bfloat16(cls, arrivals: Literal["total", "state"] = "state") -> Arithmetic:
        """bfloat16 after every operation; arrivals go into the state one by one unless said otherwise."""
        return cls(
            name="bfloat16",
            weight=BFLOAT16,
            decay=BFLOAT16,
            total=BFLOAT16,
            current=BFLOAT16,
            potential=BFLOAT16,
            arrivals=arrivals,
        )
