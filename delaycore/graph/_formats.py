"""Number formats, and the one rounding function of the project.

Every value of every format is held in a float64, which represents all of them exactly: bfloat16 and
float32 are subsets of it, and so are fixed-point numbers of up to 53 bits.  Sums and products of two
bfloat16 numbers, computed in float64 and then rounded once more, are rounded correctly, since 53 >= 2 * 8 + 2
(Figueroa 1995, "When is double rounding innocuous?").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore._shown import one_line
from delaycore._values import Value
from delaycore.errors import GraphError, Problem

__all__ = ["BFLOAT16", "FLOAT32", "FLOAT64", "Format", "fixed_point"]

Rounding = Literal["nearest_even", "nearest_away", "toward_zero", "floor"]

_ROUND: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "nearest_even": np.rint,
    "nearest_away": lambda x: (
        np.trunc(x) + np.copysign(np.abs(x - np.trunc(x)) >= 0.5, x)
    ),  # |x| + 0.5 itself would round
    "toward_zero": np.trunc,
    "floor": np.floor,
}


@dataclass(frozen=True)
class Format(Value):
    """A set of numbers, and how a real number is brought into it.

    family:   ``float64`` (kept as it is), ``float32``, ``bfloat16``, or ``fixed``.
    step:     distance of neighbours of a fixed format; weights, currents and potentials of a chip with
              integer arithmetic are whole numbers, so 1 is common.
    minimum, maximum: range of a fixed format, both within it.
    overflow: what a fixed format does beyond its range: ``clip`` to it or ``wrap`` around.
    rounding: how a fixed format treats what lies between two neighbours.  The floating formats round
              to the nearest, ties to even, and overflow to infinity (IEEE 754).
    """

    family: Literal["float64", "float32", "bfloat16", "fixed"] = "float64"
    step: float = 1.0
    minimum: float = -np.inf
    maximum: float = np.inf
    overflow: Literal["clip", "wrap"] = "clip"
    rounding: Rounding = "nearest_even"

    def find_problems(self) -> Iterator[Problem]:
        """Name what keeps a fixed format from being one, and what another family does not take."""
        if self.family == "fixed":
            return self._find_range_problems()
        changed = [f.name for f in fields(self) if f.name != "family" and getattr(self, f.name) != f.default]
        message = (
            f"{', '.join(sorted(changed))} mean nothing to family {self.family!r}; only a fixed format takes "
            "them"
        )
        return iter([Problem("Format", message)] if changed else [])

    def _find_range_problems(self) -> Iterator[Problem]:
        if not (self.step > 0 and np.isfinite(self.step)):
            yield Problem("Format", f"step of a fixed format must be positive, not {self.step}")
            return
        if not self.minimum <= self.maximum:
            yield Problem("Format", f"empty range: minimum {self.minimum} > maximum {self.maximum}")
            return
        for end in (self.minimum, self.maximum):
            nearest = np.rint(end / self.step) * self.step
            if np.isfinite(end) and abs(end / self.step) > 2**53:
                yield Problem(
                    "Format",
                    f"the end {end!r} of the range is more than 2**53 steps from 0, which a "
                    "float64 cannot hold exactly",
                )
            elif nearest != end:
                yield Problem(
                    "Format",
                    f"the end {end!r} of the range is no multiple of step {self.step!r}; the nearest is "
                    f"{float(nearest)!r}",
                )
        if self.overflow == "wrap" and not np.isfinite(self.maximum - self.minimum):
            yield Problem("Format", "a format that wraps needs a finite range")

    def round(self, values: ArrayLike) -> NDArray[np.float64]:
        """Round ``values`` to numbers of this format: the one rounding function of training, mapping,
        simulation and export.
        """
        x = np.asarray(values, dtype=np.float64)
        if self.family == "float64":
            return x
        with np.errstate(over="ignore", invalid="ignore"):
            if self.family == "float32":
                return x.astype(np.float32).astype(np.float64)
            if self.family == "bfloat16":
                return _round_bfloat16(x)
            return self.limit(self._round_to_step(x))

    def _round_to_step(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the multiple of the step of a fixed format that each of ``x`` is rounded to.

        A multiple stays as it is, though its quotient by a step that is no power of two may lie below a whole
        number.
        """
        quotient = x / self.step
        if self.rounding == "nearest_even":  # which brings a multiple back to itself
            return np.asarray(np.rint(quotient) * self.step)
        is_multiple = np.rint(quotient) * self.step == x
        return np.where(is_multiple, x, _ROUND[self.rounding](quotient) * self.step)

    def limit(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Clip or wrap values that already lie on the steps of a fixed format into its range."""
        if self.overflow == "clip":
            return np.clip(x, self.minimum, self.maximum)
        first, last = np.rint(self.minimum / self.step), np.rint(self.maximum / self.step)
        inside = (x >= self.minimum) & (x <= self.maximum)
        # Counts of steps are whole and wrap exactly, whatever the step.
        count = np.mod(np.rint(x / self.step) - first, last - first + 1) + first
        return np.where(inside, x, count * self.step)

    def overflows(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Tell which of ``values`` lie outside the range of this format, so that rounding them wraps, clips
        or makes infinity.
        """
        x = np.asarray(values, dtype=np.float64)
        if self.family == "fixed":
            with np.errstate(over="ignore", invalid="ignore"):
                whole = self._round_to_step(x)
            return np.asarray((whole < self.minimum) | (whole > self.maximum))
        return np.asarray(np.isfinite(x) & ~np.isfinite(self.round(x)))

    def holds(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Tell which of ``values`` are numbers of this format already."""
        x = np.asarray(values, dtype=np.float64)
        return np.asarray(self.round(x) == x)

    def next_above(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the next larger number for each of ``values``, which are numbers of this format; above the
        largest one this is no number of the format.
        """
        x = np.asarray(values, dtype=np.float64)
        if self.family == "fixed":
            return np.asarray((np.rint(x / self.step) + 1) * self.step)
        beyond = np.nextafter(x, np.inf)
        return beyond if self.family == "float64" else x + _measure_spacing(beyond, _BITS[self.family])

    def next_below(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the next smaller number for each of ``values``, which are numbers of this format; below the
        smallest one this is no number of the format.
        """
        return -self.next_above(-np.asarray(values, dtype=np.float64))

    @one_line
    def __repr__(self) -> str:
        if self.family != "fixed":
            return f"<Format {self.family}>"
        return f"<Format {self}, {self.rounding}>"

    def __str__(self) -> str:
        if self.family != "fixed":
            return self.family
        return f"multiples of {self.step:g} in [{self.minimum:g}, {self.maximum:g}], {self.overflow}"


_BITS = {"float32": 24, "bfloat16": 8}
"""Significant bits of the floating formats below float64; both have the exponents of float32."""


def _measure_spacing(x: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
    """Return the distance of numbers of ``bits`` significant bits at each ``x``, subnormal ones included."""
    _, exponent = np.frexp(x)
    return np.asarray(np.ldexp(1.0, np.maximum(exponent, -125) - bits))


def _round_bfloat16(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest bfloat16 (8 significant bits, the exponents of float32), ties to even, with
    subnormals.
    """
    spacing = _measure_spacing(x, _BITS["bfloat16"])
    rounded = np.rint(x / spacing) * spacing
    largest = float.fromhex("0x1.fep127")
    return np.where(
        np.isfinite(x) & (np.abs(rounded) > largest),
        np.copysign(np.inf, x),
        np.where(np.isfinite(x), rounded, x),
    )


def fixed_point(bits: int, **options: Any) -> Format:
    """Return the format of two's complement integers of ``bits`` bits, sign included."""
    if not isinstance(bits, int) or not 1 <= bits <= 53:
        raise GraphError.at(
            "bits",
            f"must be a whole number from 1 to 53, not {bits!r}",
            "a float64 holds no wider integers exactly",
        )
    return Format(family="fixed", minimum=-(2.0 ** (bits - 1)), maximum=2.0 ** (bits - 1) - 1, **options)


FLOAT64 = Format()
FLOAT32 = Format(family="float32")
BFLOAT16 = Format(family="bfloat16")
