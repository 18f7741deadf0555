"""Energies and times are in the units that they name: their sizes are those of chips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.conformance._checks.costs import draw_excitatory
from delaycore.conformance._subject import Subject
from delaycore.hardware import Constant, Result

__all__ = ["magnitudes"]

LARGEST = {"J": 0.1, "s": 100.0, "W": 1e4, "Hz": 1e13}
"""No constant of a chip is above this: the costliest single thing is a step of a whole board, of tens of
watts for a millisecond, and the slowest a host that answers."""

APART = 1e4
"""How far the energy of an event, or the time of a step, may lie from the largest constant of the spec.

The shipped chips lie between a five-hundredth and two thousand times: an event may take many instructions,
and a step may do without the slowest thing.  An energy whose unit is a millionth of the one that it names
lies outside, and so does a time whose unit is a billionth.
"""

_PREFIXES = {"a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9}
_UNITS = {f"{prefix}{unit}": (unit, 10.0**power) for unit in LARGEST for prefix, power in _PREFIXES.items()}


def magnitudes(subject: Subject) -> Iterator[str]:
    """Energies and times of the spec, of an event and of a step in a run are of sizes that chips have, and
    the run's agree with the spec's constants.
    """
    constants = [(name, c, *_to_base(c)) for name, c in subject.spec.costs.items()]
    for name, constant, value, unit in constants:
        if unit and abs(value) > LARGEST[unit]:
            yield (
                f"costs[{name!r}] is {constant.value:g} {constant.unit}, but no chip takes more than "
                f"{LARGEST[unit]:g} {unit} for one thing: 24 pJ are 24e-12 J"
            )
    graph, spikes = draw_excitatory(subject, np.random.default_rng(0))
    result = subject.backend.simulate(subject.backend.map(graph), spikes)
    energies = [abs(value) for *_, value, unit in constants if unit == "J" and value]
    yield from _hold("an event (a spike or a delivery)", _compute_event_energy(result), "J", energies)
    times = [abs(value) for *_, value, unit in constants if unit == "s" and value]
    times += [1 / value for *_, value, unit in constants if unit == "Hz" and value > 0]
    step = float(result.cost.latency.total[-1]) / spikes.shape[1]
    yield from _hold("a step with every input on", step, "s", times)


def _to_base(constant: Constant) -> tuple[float, str]:
    """The value of a constant in J, s, W or Hz, and which; an empty unit for a constant of something else."""
    unit, factor = _UNITS.get(constant.unit.strip(), ("", 1.0))
    return constant.value * factor, unit


def _compute_event_energy(result: Result) -> float:
    """What a spike or a delivery adds to the energy, from silence in the first sample to the last, in J."""
    events = _count(result.spikes) + _count(result.activity.deliveries)
    energy = result.cost.energy.total
    more = events[-1] - events[0]
    return float((energy[-1] - energy[0]) / more) if more else 0.0


def _count(table: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    counts: NDArray[np.float64] = np.sum(
        [np.asarray(a, dtype=float).reshape(len(a), -1).sum(axis=1) for a in table.values()], axis=0
    )
    return counts


def _hold(what: str, found: float, unit: str, named: list[float]) -> Iterator[str]:
    """Compare what a run takes for something with the ``named`` constants of the spec, all in ``unit``."""
    if found <= 0:
        return  # `energy_grows` says so
    amount = {"J": "energy", "s": "latency"}[unit]
    if found > LARGEST[unit]:
        yield f"{what} takes {found:g} {unit} in a run, as on no chip: is the {amount} in another unit?"
    elif named and not max(named) / APART <= found <= max(named) * APART:
        yield (
            f"{what} takes {found:g} {unit} in a run, but the largest constant of the spec in such units is "
            f"{max(named):g} {unit}: is the {amount}, or the constant, in another unit?"
        )
