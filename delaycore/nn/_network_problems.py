"""Checks of layers that are to be one network, and of a network that is to become a Graph."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from torch import Tensor

from delaycore._wording import guess_meant
from delaycore.errors import Problem
from delaycore.graph import Arithmetic, Readout
from delaycore.nn._delayed_layer import DelayedLayer
from delaycore.nn._neurons import Neurons

__all__ = ["find_divergence", "find_firing_problems", "find_readout_problems", "find_step_problems"]


def find_firing_problems(arithmetic: Arithmetic, strict: Mapping[str, bool]) -> Iterator[Problem]:
    """Find neurons that fire otherwise at their threshold than ``arithmetic`` says."""
    for name, above in strict.items():
        if above != (arithmetic.fires == ">"):
            yield Problem(
                f"populations[{name!r}].strict",
                f"is {above}, but neurons of this network fire where u {arithmetic.fires} threshold",
                "give all neurons of a network the same, since it belongs to the arithmetic of its Graph",
            )


def find_step_problems(step: float, neurons: Mapping[str, Neurons]) -> Iterator[Problem]:
    """Find neurons whose time constants were given for steps of another length, in seconds."""
    for name, n in neurons.items():
        if n.time_step is not None and not math.isclose(n.time_step, step):
            yield Problem(
                f"populations[{name!r}]",
                f"has time constants for steps of {n.time_step:g} s, and the network has steps of {step:g} s",
                "give both the same step; for other steps, make the layer of the same time constants anew",
            )


def find_divergence(
    projections: Mapping[str, DelayedLayer], neurons: Mapping[str, Neurons]
) -> Iterator[Problem]:
    """Find numbers that no Graph can hold, which a training that diverged leaves."""
    parts: dict[str, Tensor] = {
        f"projections[{name!r}].{n}": p
        for name, layer in projections.items()
        for n, p in layer.named_parameters()
    }
    for name, n in neurons.items():
        parts |= {f"populations[{name!r}].{key}": value for key, value in n.values().items()}
    for place, values in parts.items():
        bad = int((~values.isfinite()).sum())
        if bad:
            yield Problem(
                place,
                f"holds {bad} of {values.numel()} numbers that are not finite",
                "the training diverged: go back to what was before, and lower the learning rate",
            )


def find_readout_problems(readout: Readout, fires: Mapping[str, bool]) -> Iterator[Problem]:
    """Find why a module cannot give the answer of ``readout``.

    fires: whether the neurons of each population that computes fire, by name.
    """
    yield from readout.find_problems()
    if readout.population not in fires:
        yield Problem(
            "readout.population",
            f"no population {readout.population!r} computes",
            f"{guess_meant(readout.population, fires)}there is {', '.join(fires)}",
        )
    elif fires[readout.population] != (readout.statistic == "spike_count"):
        yield Problem(
            "readout.statistic",
            f"{readout.statistic!r} of {readout.population!r}, which "
            + ("fires: a module gives its spikes" if readout.statistic != "spike_count" else "never fires"),
            "use 'spike_count' for neurons that fire, and potentials of an Integrator otherwise",
        )
