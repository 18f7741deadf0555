"""How NIR's equations in continuous time become steps.

A state with ``tau * dv/dt = (v_leak - v) + r * I`` becomes ``v[t] = retain * v[t-1] + gain * I[t] + drive``
with ``drive = (1 - retain) * v_leak`` and

- euler:       ``retain = 1 - step / tau``, ``gain = r * step / tau`` (the convention of the published NIR
  networks, and of snnTorch's import);
- exponential: ``retain = exp(-step / tau)``, ``gain = r * (1 - retain)`` (exact for an input that is constant
  within a step).

A state without a time constant, ``dv/dt = r * I``, becomes ``v[t] = v[t-1] + gain * I[t]``.  Norse, sinabs,
Spyx and BindsNET write ``r = 1`` for a gain of 1: their r counts per step.  SpikingJelly writes
``r = 1 / step``: its r counts per second, as the equation has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from delaycore.errors import ForeignError, Problem
from delaycore.hardware import Losses
from delaycore.interop._modules import Floats
from delaycore.interop._times import LONGEST, snap

__all__ = ["Discretization", "Method", "RUnit", "check_choices"]

Method = Literal["euler", "exponential"]
RUnit = Literal["per_step", "per_second"]


@dataclass(frozen=True)
class Discretization:
    """The step and the conventions under which equations become steps.

    step:   seconds of a step.
    method: of states with a time constant.
    r_unit: what r counts per, of states without one; None: per second where it is 1 / step, else per step.
    """

    step: float
    method: Method = "euler"
    r_unit: RUnit | None = None

    def holds(self, tau: Floats) -> bool:
        """Tell whether the method has a step for all these time constants, in seconds."""
        return self.method == "exponential" or not np.any(self._count(tau) < 1.0)

    def precedes_zero(self, delay: Floats) -> bool:
        """Tell whether some of these delays in seconds are negative, and not 0 but for their rounding."""
        return bool(np.any((delay < 0) & (snap(delay / self.step, 0.0) != 0)))

    def exceeds_count(self, delay: Floats) -> bool:
        """Tell whether some of these delays in seconds are more steps than can be counted."""
        return bool(np.any(delay / self.step > LONGEST))

    def decay(self, tau: Floats) -> tuple[Floats, Floats]:
        """Return the fraction kept per step, and the fraction of the way to the input that a step goes."""
        if self.method == "exponential":
            retain = np.exp(-self.step / tau)
            return retain, 1.0 - retain
        scale = np.where(self._count(tau) == 1.0, 1.0, self.step / tau)
        return 1.0 - scale, scale

    def integrate(self, place: str, r: Floats) -> tuple[Floats, Losses]:
        """Return what an input of 1 adds in a step to a state without a time constant; r is at ``place``."""
        in_seconds = snap(r * self.step, 1.0)
        unit = self.r_unit or ("per_second" if np.all(in_seconds == 1.0) else "per_step")
        if unit == "per_second":
            return in_seconds, Losses()
        return r, _describe_conversion(place, int(np.count_nonzero(r != in_seconds)), r.size)

    def _count(self, tau: Floats) -> Floats:
        """Count time constants in steps."""
        return snap(tau / self.step, 1.0)


def check_choices(method: str, r_unit: str | None = None) -> None:
    """Raise `ForeignError` with each of the two that is unknown."""
    ForeignError.collect(
        Problem(place, f"must be one of {', '.join(map(str, known))}, not {value!r}")
        for place, value, known in (
            ("method", method, get_args(Method)),
            ("r_unit", r_unit, (None, *get_args(RUnit))),
        )
        if value not in known
    )


def _describe_conversion(place: str, count: int, of: int) -> Losses:
    detail = "read per step, as most tools write it: v += r * I; r_unit='per_second' has v += step * r * I"
    return Losses.counted("unit", "converted", place, count, of, detail)
