"""Neurons of NIR, which are equations in continuous time, as neurons in steps.

A state with ``tau * dv/dt = (v_leak - v) + r * I`` becomes ``v[t] = retain * v[t-1] + gain * I[t] + drive``,
where a spike is an input of 1 for one step, and a potential strictly above the threshold fires and is set to
``v_reset`` at once: - euler:       ``retain = 1 - step / tau``, ``gain = r * step / tau`` (the convention of
the published NIR networks, and of snnTorch's import); - exponential: ``retain = exp(-step / tau)``, ``gain =
r * (1 - retain)`` (exact for an input that is constant within a step). ``drive = (1 - retain) * v_leak``.
Current-based neurons update the current first, and the potential takes the new one. A Graph's potential is
measured from ``v_reset``, where it also starts; NIR does not say where v starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from delaycore.errors import ForeignError
from delaycore.graph import LIF, CurrentLIF, Input, Integrator, Population
from delaycore.hardware import Loss, Losses
from delaycore.interop._tensors import Floats, array

__all__ = ["NEURONS", "Method", "Neurons", "checked_method", "neurons"]

Method = Literal["euler", "exponential"]
NEURONS = ("Input", "LIF", "CubaLIF", "IF", "LI", "I", "Threshold")


@dataclass(frozen=True)
class Neurons:
    """A node of neurons.

    make:  the population, given a constant input [size] in the node's own units.
    gain:  what it multiplies its input by, [size].
    """

    size: int
    make: Callable[[Floats], Population]
    gain: Floats


def checked_method(method: str) -> None:
    """Raises `ForeignError` for an unknown method."""
    if method not in get_args(Method):
        raise ForeignError.at("method", f"must be one of {', '.join(get_args(Method))}, not {method!r}")


def neurons(name: str, node: Any, step: float, method: Method) -> tuple[Neurons, Losses]:
    """What a node of one of the `NEURONS` does in a step.  Raises `ForeignError` for parameters that cannot
    be discretised.
    """
    place = f"nodes[{name!r}]"
    if type(node).__name__ == "Input":
        size = int(np.prod(np.asarray(node.input_type["input"])))
        return Neurons(size, lambda drive: Input(size), np.ones(size)), Losses()
    return _Reader(place, node, step, method).read()


@dataclass(frozen=True)
class _Reader:
    place: str
    node: Any
    step: float
    method: Method

    def read(self) -> tuple[Neurons, Losses]:
        one = np.ones(self.size)
        match type(self.node).__name__:
            case "LI":
                retain, scale = self._decay("tau")
                gain, drive = scale * self._get("r"), scale * self._get("v_leak")
                return Neurons(
                    self.size,
                    lambda bias: Integrator(self.size, retain=retain, bias=gain * bias + drive),
                    gain,
                ), Losses()
            case "I":
                gain = self._get("r") * self.step
                return Neurons(
                    self.size, lambda bias: Integrator(self.size, retain=one, bias=gain * bias), gain
                ), Losses()
            case "Threshold":
                threshold = self._get("threshold")
                return Neurons(
                    self.size, lambda bias: LIF(self.size, retain=0.0, threshold=threshold, bias=bias), one
                ), Losses()
            case "IF":
                return self._firing(one, self._get("r") * self.step, 0 * one)
            case "LIF":
                retain, scale = self._decay("tau")
                return self._firing(
                    retain, scale * self._get("r"), scale * (self._get("v_leak") - self._get("v_reset"))
                )
            case _:
                return self._current()

    def _firing(self, retain: Floats, gain: Floats, drive: Floats) -> tuple[Neurons, Losses]:
        threshold = self._get("v_threshold") - self._get("v_reset")
        return Neurons(
            self.size,
            lambda bias: LIF(self.size, retain=retain, threshold=threshold, bias=gain * bias + drive),
            gain,
        ), self._start()

    def _current(self) -> tuple[Neurons, Losses]:
        retain, scale = self._decay("tau_mem")
        retain_current, scale_current = self._decay("tau_syn")
        gain = self._get("w_in") * scale_current * self._get("r") * scale
        drive = scale * (self._get("v_leak") - self._get("v_reset"))
        threshold = self._get("v_threshold") - self._get("v_reset")

        def make(bias: Floats) -> Population:
            if np.any(bias != 0):
                raise ForeignError.at(
                    self.place,
                    "a bias before CubaLIF goes through the current, which a Graph's bias does not",
                    "use v_leak",
                )
            return CurrentLIF(
                self.size, retain=retain, threshold=threshold, bias=drive, retain_current=retain_current
            )

        return Neurons(self.size, make, gain), self._start()

    @property
    def size(self) -> int:
        field = {"LI": "tau", "I": "r", "Threshold": "threshold"}.get(type(self.node).__name__, "v_threshold")
        return int(np.size(getattr(self.node, field)))

    def _get(self, field: str) -> Floats:
        values = getattr(self.node, field)
        given = np.zeros(self.size) if values is None else array(values).ravel()
        if not np.isfinite(given).all():
            raise ForeignError.at(
                f"{self.place}.{field}",
                "holds values that are not finite",
                "look for a training that diverged",
            )
        return np.broadcast_to(given, (self.size,))

    def _decay(self, field: str) -> tuple[Floats, Floats]:
        """The fraction kept per step, and the fraction of the way to the input that a step goes."""
        tau = self._get(field)
        if np.any(tau <= 0):
            raise ForeignError.at(
                f"{self.place}.{field}",
                f"must be positive, the smallest is {tau.min():g} s",
                "seconds, not steps",
            )
        if self.method == "euler":
            if np.any(tau < self.step * (1 - 1e-9)):
                raise ForeignError.at(
                    f"{self.place}.{field}",
                    f"of {tau.min():g} s is shorter than the step of {self.step:g} s",
                    "use a shorter step, or exponential",
                )
            scale = np.minimum(self.step / tau, 1.0)
            return 1.0 - scale, scale
        retain = np.exp(-self.step / tau)
        return retain, 1.0 - retain

    def _start(self) -> Losses:
        origin = self._get("v_reset")
        moved = int(np.count_nonzero(origin))
        if not moved:
            return Losses()
        entry = Loss(
            what="parameter",
            change="rounded",
            place=f"{self.place}.v_reset",
            count=moved,
            of=self.size,
            largest=float(np.abs(origin).max()),
            detail=(
                "potentials are measured from v_reset and start there, where others may start at 0 or v_leak"
            ),
        )
        return Losses(entries=(entry,))
