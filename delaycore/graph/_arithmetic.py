"""The arithmetic of a Graph, in terms that name no chip."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore._shown import one_line
from delaycore._values import Value
from delaycore.graph._formats import BFLOAT16, FLOAT32, FLOAT64, Format

__all__ = ["Arithmetic", "families"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Arithmetic(Value):
    """Which numbers a network computes with, and where it rounds.

    In every step, a neuron's state decays, the step's arrivals are added one after the other in the
    canonical order (older spikes first, then by source population, then by index), the bias is
    added, and the threshold is tested.

    name:      name of the arithmetic in tables and messages.
    weight:    format that every weight of the graph must already be in.
    decay:     format that the product ``retain * state`` is rounded to.
    total:     format of the running sum of a step's arrivals, rounded after every addition.
    current:   format of a synaptic current.
    potential: format of a membrane potential (and of an adaptive threshold's trace).
    arrivals:  ``total``: arrivals are summed from zero, and the sum is added to the decayed state.
               ``state``: each arrival is added to the decayed state itself, and rounded there.
               ``signs``: the magnitudes of positive and of negative weights are summed apart, each sum from
               zero in the format ``total``, and their difference is added to the decayed state.
    additions: the potential is rounded after ``each`` addition of decayed state, input and bias, or once
               after the ``last``.
    fires:     a neuron fires where ``potential >= threshold``, or strictly above.

    A chip whose arithmetic cannot be said in these terms brings a subclass with its own `family`, which
    overrides the methods below; the reference and the engine call nothing else.  One with fields of
    its own is a frozen dataclass, too.
    """

    family: ClassVar[str] = ""
    """Key of the subclass in saved files; each subclass must set its own."""

    name: str = "float64"
    weight: Format = FLOAT64
    decay: Format = FLOAT64
    total: Format = FLOAT64
    current: Format = FLOAT64
    potential: Format = FLOAT64
    arrivals: Literal["total", "state", "signs"] = "total"
    additions: Literal["each", "last"] = "each"
    fires: Literal[">=", ">"] = ">="

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):
            cls.__repr__ = Arithmetic.__repr__  # type: ignore[method-assign]  # else a dataclass makes its own
        known = _FAMILIES.get(cls.family, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(
                f"{cls.__qualname__} needs a family of its own: {cls.family!r} is that of "
                f"{known.__qualname__}"
            )
        _FAMILIES[cls.family] = cls

    def decay_state(self, retain: ArrayLike, state: ArrayLike) -> Floats:
        """Return what a step leaves of ``state``."""
        return self.decay.round(np.multiply(retain, state))

    def combine(self, kept: Floats, arrived: Floats, bias: Floats) -> Floats:
        """Return the new potential, from what the decay left, what arrived and the bias."""
        if self.additions == "last":
            return self.potential.round(kept + arrived + bias)
        return self.potential.round(self.potential.round(kept + arrived) + bias)

    def count_overflow(self, kept: Floats, arrived: Floats, bias: Floats) -> NDArray[np.int64]:
        """Count the additions in `combine` whose result lay outside the potential's range."""
        if self.additions == "last":
            return self.potential.overflows(kept + arrived + bias).astype(np.int64)
        first = kept + arrived
        return self.potential.overflows(first).astype(np.int64) + self.potential.overflows(
            self.potential.round(first) + bias
        )

    def has_numbers_of(self, other: Arithmetic) -> bool:
        """Tell whether sums, products and their rounding are those of ``other``; names may differ, and
        whether a neuron fires at its threshold or strictly above it.
        """
        return type(self) is type(other) and all(
            getattr(self, f.name) == getattr(other, f.name)
            for f in fields(self)
            if f.compare and f.name not in ("name", "fires")
        )

    def crosses(self, potential: Floats, threshold: Floats) -> NDArray[np.bool_]:
        """Tell where a potential makes its neuron fire."""
        return np.asarray(potential >= threshold if self.fires == ">=" else potential > threshold)

    @one_line
    def __repr__(self) -> str:
        numbers = dict.fromkeys(repr(getattr(self, f.name))[8:-1] for f in fields(self) if f.type == "Format")
        return (
            f"<{type(self).__name__} {self.name}: {' | '.join(numbers)}; arrivals {self.arrivals}, "
            f"additions {self.additions}, fires {self.fires}>"
        )

    @classmethod
    def float64(cls) -> Arithmetic:
        """Return IEEE double precision, the default."""
        return cls()

    @classmethod
    def float32(cls) -> Arithmetic:
        """Return IEEE single precision after every operation."""
        return cls(
            name="float32", weight=FLOAT32, decay=FLOAT32, total=FLOAT32, current=FLOAT32, potential=FLOAT32
        )

    @classmethod
    def bfloat16(cls, arrivals: Literal["total", "state"] = "state") -> Arithmetic:
        """Return bfloat16 after every operation; arrivals are added to the state unless said otherwise."""
        return cls(
            name="bfloat16",
            weight=BFLOAT16,
            decay=BFLOAT16,
            total=BFLOAT16,
            current=BFLOAT16,
            potential=BFLOAT16,
            arrivals=arrivals,
        )


_FAMILIES: dict[str, type[Arithmetic]] = {"": Arithmetic}


def families() -> dict[str, type[Arithmetic]]:
    """Return every known family of arithmetics by its name, those of plugins included."""
    return dict(_FAMILIES)
