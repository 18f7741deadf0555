"""Neurons of NIR, which are equations in continuous time, as neurons in steps.

A spike is an input of 1 for one step, and a potential strictly above the threshold fires and is set to
``v_reset`` at once.  Current-based neurons update the current first, and the potential takes the new one.  A
Graph's potential is measured from ``v_reset``, where it also starts; NIR does not say where v starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from delaycore.graph import LIF, CurrentLIF, Input, Integrator, Population
from delaycore.hardware import Losses
from delaycore.interop._modules import Floats
from delaycore.interop._nir_nodes import Node
from delaycore.interop._nir_parameters import read_parameters
from delaycore.interop._nir_steps import Discretization

__all__ = ["Neurons", "read_neurons"]


@dataclass(frozen=True)
class Neurons:
    """A node of neurons.

    make:       the population, given a constant input [size] in the node's own units.
    gain:       what it multiplies its input by, [size].
    takes_bias: whether a constant input can be a bias of the potential: it cannot where it goes through a
                synaptic current.
    """

    size: int
    make: Callable[[Floats], Population]
    gain: Floats
    takes_bias: bool = True


def read_neurons(name: str, node: Node, size: int, discretization: Discretization) -> tuple[Neurons, Losses]:
    """Read what node ``name``, of one of the kinds `NEURONS`, does in a step."""
    if node.kind == "Input":
        return Neurons(size, lambda drive: Input(size), np.ones(size)), Losses()
    place = f"nodes[{name!r}]"
    given = read_parameters(node, size)
    if node.kind == "CubaLIF":
        read, losses = _read_current_lif(given, size, discretization), Losses()
    else:
        read, losses = _read_without_current(node.kind, place, given, size, discretization)
    return read, losses + _describe_reset(place, given.get("v_reset", np.zeros(size)))


def _read_without_current(
    kind: str, place: str, given: Mapping[str, Floats], size: int, discretization: Discretization
) -> tuple[Neurons, Losses]:
    if kind == "Threshold":
        threshold = given["threshold"]
        return Neurons(
            size, lambda bias: LIF(size, retain=0.0, threshold=threshold, bias=bias), np.ones(size)
        ), Losses()
    losses = Losses()
    if "tau" in given:
        retain, scale = discretization.decay(given["tau"])
        gain = scale * given["r"]
    else:
        retain, scale = np.ones(size), np.zeros(size)
        gain, losses = discretization.integrate(f"{place}.r", given["r"])
    drive = scale * given.get("v_leak", np.zeros(size))
    if kind in ("LI", "I"):
        return Neurons(
            size, lambda bias: Integrator(size, retain=retain, bias=gain * bias + drive), gain
        ), losses
    drive = drive - scale * given["v_reset"]
    threshold = given["v_threshold"] - given["v_reset"]
    return Neurons(
        size,
        lambda bias: LIF(size, retain=retain, threshold=threshold, bias=gain * bias + drive),
        gain,
    ), losses


def _read_current_lif(given: Mapping[str, Floats], size: int, discretization: Discretization) -> Neurons:
    retain, scale = discretization.decay(given["tau_mem"])
    retain_current, scale_current = discretization.decay(given["tau_syn"])
    gain = given["w_in"] * scale_current * given["r"] * scale
    drive = scale * (given["v_leak"] - given["v_reset"])
    threshold = given["v_threshold"] - given["v_reset"]

    def make(bias: Floats) -> Population:
        return CurrentLIF(size, retain=retain, threshold=threshold, bias=drive, retain_current=retain_current)

    return Neurons(size, make, gain, takes_bias=False)


def _describe_reset(place: str, v_reset: Floats) -> Losses:
    moved, largest = int(np.count_nonzero(v_reset)), float(np.abs(v_reset).max(initial=0.0))
    detail = "potentials are measured from v_reset and start there, where others may start at 0 or v_leak"
    return Losses.counted("parameter", "rounded", f"{place}.v_reset", moved, v_reset.size, detail, largest)
