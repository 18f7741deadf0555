"""A population as a node of NIR, with time constants that give its neurons back."""

from __future__ import annotations

from typing import Any

import numpy as np

from delaycore.errors import ForeignError
from delaycore.graph import LIF, AdaptiveLIF, CurrentLIF, Input, Integrator, Population, Spiking
from delaycore.hardware import Losses
from delaycore.interop._modules import Floats
from delaycore.interop._nir_neurons import read_neurons
from delaycore.interop._nir_nodes import read_node
from delaycore.interop._nir_steps import Discretization, Method
from delaycore.interop._problems import ProblemList

__all__ = ["make_node"]


def make_node(
    nir: Any, name: str, population: Population, step: float, method: Method, strict: bool
) -> tuple[Any, Losses]:
    """Make the node of a population, and say what it loses.

    strict: whether neurons fire strictly above the threshold, as NIR's do.
    """
    place = f"populations[{name!r}]"
    if isinstance(population, Input):
        return nir.Input(input_type={"input": np.array([population.size])}), Losses()
    if not isinstance(population, LIF | AdaptiveLIF | CurrentLIF | Integrator):
        raise ForeignError.at(
            place, f"NIR has no node for kind {population.kind!r}", "use LIF, CurrentLIF or Integrator"
        )
    tau, scale = _find_time_constant(population.retain, step, method)
    r = 1.0 / scale
    leak = population.bias * r
    losses = Losses.counted(
        "parameter", "dropped", f"{place}.start", int(population.start > 0), 1, "NIR has no delayed start"
    )
    if isinstance(population, Integrator):
        node = nir.LI(tau=tau, r=r, v_leak=leak)
        return node, losses + _compare(place, name, node, population, step, method)
    threshold, lost = _lower_threshold(f"{place}.threshold", population.threshold, strict)
    losses += lost + _list_unsaid(place, population)
    own = {"r": r, "v_leak": leak, "v_threshold": threshold, "v_reset": np.zeros(population.size)}
    if isinstance(population, CurrentLIF):
        tau_syn, scale_syn = _find_time_constant(population.retain_current, step, method)
        node = nir.CubaLIF(tau_syn=tau_syn, tau_mem=tau, w_in=1.0 / scale_syn, **own)
    else:
        node = nir.LIF(tau=tau, **own)
    return node, losses + _compare(place, name, node, population, step, method)


def _find_time_constant(retain: Floats, step: float, method: Method) -> tuple[Floats, Floats]:
    """Find the time constant in seconds, and the part that leaks in a step.

    A state that keeps everything, or (exponential) nothing, gets the nearest that a finite time constant can
    say.
    """
    scale = np.maximum(1.0 - retain, 2.0**-53)
    if method == "euler":
        return step / scale, scale
    tau = -step / np.log(np.clip(retain, 1e-300, 1.0 - 2.0**-53))
    return tau, -np.expm1(-step / tau)


def _lower_threshold(place: str, threshold: Floats, strict: bool) -> tuple[Floats, Losses]:
    """Lower a threshold to the number before it: in float64, what reaches the one is above the other."""
    below = threshold if strict else np.nextafter(threshold, -np.inf)
    return below, Losses.of(
        "threshold",
        "rounded",
        place,
        threshold,
        below,
        "",
        "NIR fires strictly above: the next float64 below fires alike",
    )


def _list_unsaid(place: str, population: Spiking) -> Losses:
    losses, size = Losses(), population.size
    if population.reset == "subtract":
        losses += Losses.counted(
            "parameter",
            "dropped",
            f"{place}.reset",
            size,
            size,
            "reset by subtraction; NIR's neurons are set to v_reset",
        )
    if population.refractory:
        losses += Losses.counted(
            "refractory",
            "dropped",
            place,
            size,
            size,
            f"{population.refractory} steps",
            float(population.refractory),
        )
    if isinstance(population, AdaptiveLIF):
        rising = population.adaptation != 0
        largest = float(np.abs(population.adaptation).max(initial=0.0))
        losses += Losses.counted(
            "parameter",
            "dropped",
            f"{place}.adaptation",
            int(rising.sum()),
            size,
            "NIR has no adaptive threshold",
            largest,
        )
    return losses


def _compare(place: str, name: str, node: Any, population: Any, step: float, method: Method) -> Losses:
    """Compare what a reader gets back with what was given: time constants hold most fractions to the last
    bit or two.
    """
    problems = ProblemList()
    own = read_node(place, node, problems)
    problems.raise_any()
    read = read_neurons(name, own, population.size, Discretization(step, method))[0]
    back = read.make(np.zeros(population.size))
    losses = Losses.of(
        "weight",
        "rounded",
        place,
        np.ones(population.size),
        read.gain,
        "",
        "the factor that a reader puts on all weights into it",
    )
    for field in ("retain", "retain_current", "bias"):
        if hasattr(population, field):
            what: Any = "bias" if field == "bias" else "retain"
            losses += Losses.of(
                what,
                "rounded",
                f"{place}.{field}",
                getattr(population, field),
                getattr(back, field),
                "",
                "a time constant in NIR",
            )
    return losses
