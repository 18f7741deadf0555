"""The kinds of neuron populations that come with delaycore, and the base for others.

A population is a value: its size and the parameters of its neurons.  What a neuron does in a step is said by
`delaycore.reference`; backends say which kinds they take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from numbers import Real
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore._shown import one_line
from delaycore._values import LARGEST, frozen_array, is_whole, reals, same
from delaycore.errors import GraphError, Problem

__all__ = [
    "AdaptiveLIF",
    "CurrentLIF",
    "Input",
    "Integrator",
    "LIF",
    "Population",
    "Spiking",
    "compute_retain",
    "kinds",
]

_KINDS: dict[str, type[Population]] = {}


def kinds() -> dict[str, type[Population]]:
    """Return every known kind of population by its name, those of plugins included."""
    return dict(_KINDS)


PerNeuron: TypeAlias = Any
"""A number or an array [size] when it is given, a read-only float64 array [size] when it is read; annotated
Any, since a field has one type for both.
"""


def compute_retain(place: str, tau: ArrayLike, step: float) -> NDArray[np.float64]:
    """Return the fraction of a state that a step of ``step`` seconds leaves: ``exp(-step / tau)``.

    Raises `GraphError`, at ``place``, for a time constant that is not a positive number of seconds.
    """
    if not (isinstance(step, Real) and 0 < float(step) < np.inf):
        raise GraphError.at(
            "step", f"must be a positive number of seconds, not {step!r}", "milliseconds are 1e-3"
        )
    try:
        seconds = reals(tau)
    except ValueError as error:
        raise GraphError.at(place, str(error), "give one number, or one per neuron") from None
    bad = seconds[~(seconds > 0)]
    if bad.size:
        raise GraphError.at(place, f"must be a positive number of seconds, not {bad[0]:g}", "20 ms are 0.02")
    return np.asarray(np.exp(-float(step) / seconds))


def per_neuron(default: Any = None) -> Any:
    """Declare a parameter that is given as a scalar or an array [size] and kept as a read-only float64 array
    [size].
    """
    metadata = {"per_neuron": True}
    return field(metadata=metadata) if default is None else field(default=default, metadata=metadata)


@dataclass(frozen=True, eq=False)
class Population:
    """Neurons of one kind.

    size:  number of neurons.
    start: first step in which the population is alive; before it, its state is held at 0 and its
           arrivals are lost.  0 in the graphs that people write; retiming sets it for populations with a
           bias.

    A new kind is a frozen dataclass that derives from this one and sets `kind`; its meaning is
    registered with `delaycore.reference.decay` and `delaycore.reference.step`.
    """

    size: int
    start: int = field(default=0, kw_only=True)
    kind: ClassVar[str] = ""
    spikes: ClassVar[bool] = True
    """Whether neurons of this kind can fire."""
    in_potential: ClassVar[tuple[str, ...]] = ("threshold", "bias", "adaptation")
    """Parameters that are measured in units of the potential, and are scaled with it; a kind with others of
    them sets its own.
    """
    time_constants: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Name of the parameter that `from_time_constants` computes, by the name of the time constant."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):
            cls.__repr__ = Population.__repr__  # type: ignore[method-assign]  # else a dataclass dumps arrays
        if not cls.kind:
            return
        known = _KINDS.get(cls.kind, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(
                f"{cls.__qualname__} needs a kind of its own: {cls.kind!r} is that of {known.__qualname__}"
            )
        _KINDS[cls.kind] = cls

    def __post_init__(self) -> None:
        for f in fields(self):
            if f.metadata.get("per_neuron"):
                object.__setattr__(self, f.name, self._spread(f.name, getattr(self, f.name)))

    def _spread(self, name: str, value: ArrayLike) -> NDArray[np.float64]:
        try:
            array = reals(value)
        except ValueError as error:
            raise GraphError.at(
                f"{type(self).__name__}.{name}", str(error), "give one number, or one per neuron"
            ) from None
        if array.ndim == 0 and _is_size(self.size):
            array = np.full(int(self.size), float(array))
        return frozen_array(array, np.float64)

    @classmethod
    def from_time_constants(cls, size: int, *, step: float, **values: Any) -> Self:
        """Make neurons of time constants, as papers, NIR and simulators print them.

        step:   seconds of a step.
        values: time constants in seconds, each a number or one per neuron [size], by the names that the kind
                has in `time_constants`: ``tau_mem`` of the potential, ``tau_syn`` of a synaptic current,
                ``tau_adapt`` of an adaptive threshold.  The other parameters as in the constructor.

        The state decays by ``exp(-step / tau)``, the exact solution of ``tau * dx/dt = -x`` over a step
        (Rotter and Diesmann 1999, "Exact digital simulation of time-invariant linear systems with
        applications to neuronal modeling", Biological Cybernetics 81, 381-402).  What arrives is added as it
        is: a spike moves the state by its weight, whatever the time constant.

        Raises `GraphError` with every time constant that is missing or not positive.
        """
        GraphError.collect(
            Problem(f"{cls.__name__}.{tau}", "is missing", "give it in seconds, such as 0.02")
            for tau in cls.time_constants
            if tau not in values
        )
        own = {name: values[name] for name in values if name not in cls.time_constants}
        retains: dict[str, Any] = {
            name: compute_retain(f"{cls.__name__}.{tau}", values[tau], step)
            for tau, name in cls.time_constants.items()
        }
        return cls(size, **retains, **own)

    @classmethod
    def parameters(cls) -> tuple[str, ...]:
        """List the names of the parameters that hold one number per neuron."""
        return tuple(f.name for f in fields(cls) if f.metadata.get("per_neuron"))

    def find_problems(self, place: str) -> Iterator[Problem]:
        """Name everything that is wrong with this population's values."""
        if not _is_size(self.size):
            yield Problem(
                f"{place}.size",
                f"must be a whole number from 1 to {LARGEST}, not {self.size!r:.80}",
                "give the number of neurons",
            )
            return
        for name in self.parameters():
            yield from self._array_problems(f"{place}.{name}", getattr(self, name))
        if not _steps(self.start):
            yield Problem(f"{place}.start", f"must be a whole number of steps, not {self.start!r}", "use 0")

    def _array_problems(self, place: str, array: NDArray[np.float64]) -> Iterator[Problem]:
        if array.shape != (self.size,):
            yield Problem(
                place, f"has shape {array.shape}, not ({self.size},)", "give one number, or one per neuron"
            )
            return
        bad = np.flatnonzero(~np.isfinite(array))
        if bad.size:
            yield Problem(
                place,
                (
                    f"{bad.size} of {self.size} values are not finite, the first is {array[bad[0]]} of "
                    f"neuron {bad[0]}"
                ),
                "look for a training that diverged",
            )

    def slice(self, start: int, stop: int) -> Population:
        """Return the neurons ``start`` to ``stop`` as a population of their own."""
        values = {f.name: getattr(self, f.name) for f in fields(self)} | {"size": stop - start}
        for name in self.parameters():
            values[name] = values[name][start:stop]
        return type(self)(**values)

    @one_line
    def __repr__(self) -> str:
        parts = [f"{self.size} neurons"]
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in self.parameters():
                parts.append(f"{f.name} {_show_range(value)}")
            elif f.name != "size" and not same(value, f.default):
                parts.append(f"{f.name} {value}")
        return f"<{type(self).__name__} {', '.join(parts)}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Population) or type(other) is not type(self):
            return NotImplemented
        return all(same(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    __hash__ = None  # type: ignore[assignment]  # holds arrays


@dataclass(frozen=True, eq=False)
class Input(Population):
    """Neurons whose spikes are given."""

    kind: ClassVar[str] = "input"


def _is_size(size: object) -> bool:
    return isinstance(size, int | np.integer) and not isinstance(size, bool) and bool(1 <= size <= LARGEST)


def _show_range(values: NDArray[np.float64]) -> str:
    if not values.size:
        return "of no neuron"
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g}..{high:g}"


def _steps(value: object) -> bool:
    return is_whole(value) and 0 <= value <= LARGEST


def _retain_problems(place: str, retain: NDArray[np.float64]) -> Iterator[Problem]:
    retain = retain.ravel()
    bad = np.flatnonzero((retain < 0) | (retain > 1))
    if bad.size:
        yield Problem(
            place,
            (
                f"must lie in [0, 1], but {bad.size} values do not, the first is {retain[bad[0]]:g} of "
                f"neuron {bad[0]}"
            ),
            "retain is the fraction kept per step: exp(-step / time constant)",
        )


@dataclass(frozen=True, eq=False)
class Spiking(Population):
    """Base class of the leaky integrate-and-fire kinds.

    retain:     fraction of the potential that is kept per step, exp(-step / time constant).
    threshold:  potential at which a neuron fires.
    bias:       added to the potential in every step.
    refractory: steps after a spike in which the potential is held at 0 and the neuron cannot fire.
    reset:      after a spike the potential becomes ``zero``, or the threshold is taken off (``subtract``).
    """

    time_constants: ClassVar[Mapping[str, str]] = MappingProxyType({"tau_mem": "retain"})

    retain: PerNeuron = per_neuron()
    threshold: PerNeuron = per_neuron()
    bias: PerNeuron = per_neuron(0.0)
    refractory: int = 0
    reset: str = "zero"

    def find_problems(self, place: str) -> Iterator[Problem]:
        yield from super().find_problems(place)
        yield from _retain_problems(f"{place}.retain", self.retain)
        if not _steps(self.refractory):
            yield Problem(
                f"{place}.refractory",
                f"must be a whole number of steps, not {self.refractory!r}",
                "use 0 for none",
            )
        if not isinstance(self.reset, str) or self.reset not in ("zero", "subtract"):
            yield Problem(f"{place}.reset", f"must be 'zero' or 'subtract', not {self.reset!r}")


@dataclass(frozen=True, eq=False)
class LIF(Spiking):
    """Leaky integrate-and-fire: ``u[t] = retain * u[t-1] * (1 - s[t-1]) + I[t] + bias``, ``s[t] = u[t] >=
    threshold``.

    This is the neuron of arXiv 2404.10597 (eq. 1), here with an optional bias, refractory period and reset by
    subtraction.
    """

    kind: ClassVar[str] = "lif"


@dataclass(frozen=True, eq=False)
class CurrentLIF(Spiking):
    """LIF with a synaptic current: ``i[t] = retain_current * i[t-1] + I[t]``, and u takes ``i[t]`` for
    ``I[t]``.
    """

    retain_current: PerNeuron = per_neuron(0.0)
    kind: ClassVar[str] = "current_lif"
    time_constants: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"tau_mem": "retain", "tau_syn": "retain_current"}
    )

    def find_problems(self, place: str) -> Iterator[Problem]:
        yield from super().find_problems(place)
        yield from _retain_problems(f"{place}.retain_current", self.retain_current)


@dataclass(frozen=True, eq=False)
class AdaptiveLIF(Spiking):
    """LIF with a threshold that rises with each spike.

    ``a[t] = retain_trace * a[t-1] + adaptation * s[t-1]``, and the neuron fires where ``u[t] >= threshold +
    a[t]`` (Bellec et al. 2018, the adaptive neuron of LSNN).
    """

    retain_trace: PerNeuron = per_neuron(0.9)
    adaptation: PerNeuron = per_neuron(0.0)
    kind: ClassVar[str] = "adaptive_lif"
    time_constants: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"tau_mem": "retain", "tau_adapt": "retain_trace"}
    )

    def find_problems(self, place: str) -> Iterator[Problem]:
        yield from super().find_problems(place)
        yield from _retain_problems(f"{place}.retain_trace", self.retain_trace)


@dataclass(frozen=True, eq=False)
class Integrator(Population):
    """Neurons that integrate and never fire: ``u[t] = retain * u[t-1] + I[t] + bias``.  Read-outs are made of
    them.
    """

    retain: PerNeuron = per_neuron()
    bias: PerNeuron = per_neuron(0.0)
    kind: ClassVar[str] = "integrator"
    time_constants: ClassVar[Mapping[str, str]] = MappingProxyType({"tau_mem": "retain"})
    spikes: ClassVar[bool] = False

    def find_problems(self, place: str) -> Iterator[Problem]:
        yield from super().find_problems(place)
        yield from _retain_problems(f"{place}.retain", self.retain)
