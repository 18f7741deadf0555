"""Parameters of neurons as modules hold them: trained or constant, one per neuron or shared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from delaycore._shown import show_line
from delaycore._values import numbers, reals
from delaycore._wording import guess_meant
from delaycore.errors import GraphError, Problem
from delaycore.graph import compute_retain
from delaycore.nn._shown_modules import ShownModule

__all__ = ["NeuronParameters", "PerMap", "as_array", "as_float_tensor", "as_retain"]


@dataclass(frozen=True, eq=False)
class PerMap:
    """Numbers for the neurons of a `Grid`, one per map, which all neurons of that map share.

    Neuron i has ``numbers[i % maps]``; a trained one stays shared.

    >>> from delaycore.nn import LIF, DelayedConv, Grid, PerMap
    >>> conv = DelayedConv(Grid(1, 9, 1), 2, kernel_size=3)
    >>> LIF(conv.out_features, retain=PerMap([0.9, 0.8])).to_population().retain[:4].round(3).tolist()
    [0.9, 0.8, 0.9, 0.8]
    """

    numbers: Any

    __repr__ = show_line


def as_retain(place: str, retain: Any, tau: Any, step: float | None) -> Any:
    """Return the fraction kept per step: ``retain`` itself, or that of a time constant, as
    `delaycore.graph.compute_retain` has it.

    place:     of the fraction, such as ``LIF.retain``.
    tau, step: in seconds.

    Raises `GraphError` unless exactly one of ``retain`` and ``tau`` is given, the latter with a step.
    """
    layer, _, name = place.rpartition(".")
    suffix = name.removeprefix("retain")
    word = {"": "tau_mem", "_current": "tau_syn", "_trace": "tau_adapt"}.get(suffix, "tau")
    if (retain is None) == (tau is None):
        given = "neither is" if retain is None else "both are"
        raise GraphError.at(
            place,
            f"or {word}: {given} given",
            f"give the fraction kept per step, or {word} and step in seconds",
        )
    if tau is None:
        return retain
    if step is None:
        raise GraphError.at(place, f"of {word} needs a step in seconds", "give step=1e-3 for a millisecond")
    tau_place = f"{layer}.{word}"
    given = tau.numbers if isinstance(tau, PerMap) else tau
    kept = compute_retain(tau_place, as_array(tau_place, given) if isinstance(given, Tensor) else given, step)
    return PerMap(kept) if isinstance(tau, PerMap) else kept


def as_array(place: str, value: Any) -> NDArray[Any]:
    """Return numbers that are given in any way, as tensors and parameters too, as an array of their own.

    Raises `GraphError`, at ``place``, for anything else.
    """
    if isinstance(value, PerMap):
        return as_array(place, value.numbers)
    try:
        if isinstance(value, Tensor):
            whole = value.detach().cpu()
            return numbers(whole.double() if whole.is_floating_point() else whole).copy()
        return numbers(value).copy()
    except ValueError as error:
        raise GraphError.at(place, f"is not a number or an array ({error})", "give numbers") from None


def as_float_tensor(place: str, value: Any) -> Tensor:
    """Return numbers that are given in any way as a tensor of their own in double precision."""
    given = as_array(place, value)
    try:
        return torch.from_numpy(reals(given))
    except ValueError as error:
        raise GraphError.at(place, str(error), "give numbers that float64 holds") from None


class NeuronParameters(ShownModule):
    """The numbers of a population's neurons by their names in the Graph.

    features:  neurons.
    given:     a number for all neurons, or as many as there are neurons, or `PerMap`.
    learn:     the names of those that are trained.
    fractions: the names of those that lie in [0, 1].  A trained one is the sigmoid of a free number, plus a
               constant that makes its first value exact.
    place:     what errors call these neurons.
    known:     the names of all parameters, those that are 0 and not held here included.

    Raises `GraphError` with every problem at once.
    """

    _ones: Tensor

    def __init__(
        self,
        features: int,
        given: Mapping[str, Any],
        learn: tuple[str, ...],
        fractions: tuple[str, ...],
        place: str,
        known: Collection[str],
    ) -> None:
        super().__init__()
        self.features, self.names, self.learned, self.fractions = features, tuple(given), learn, fractions
        self.register_buffer("_ones", torch.ones(features), persistent=False)  # of the right type and device
        problems = [
            Problem(
                f"{place}.learn",
                f"has no parameter {name!r}",
                f"{guess_meant(name, known)}it has {', '.join(known)}",
            )
            for name in learn
            if name not in given
        ]
        tensors = {}
        for name, value in given.items():
            try:
                tensors[name] = self._read(f"{place}.{name}", name, value)
            except GraphError as error:
                problems += error.problems
        GraphError.collect(problems)
        for name, tensor in tensors.items():
            self._add(name, tensor)

    def _read(self, place: str, name: str, value: Any) -> Tensor:
        """Return numbers that are given for one parameter, 1 or [neurons] or [maps].  Raises `GraphError`."""
        found = as_float_tensor(place, value)
        found = found.reshape(1) if found.dim() == 0 else found
        allowed = {1, self.features} | ({found.numel()} if isinstance(value, PerMap) else set())
        if found.dim() != 1 or len(found) not in allowed or not len(found) or self.features % len(found):
            raise GraphError.at(
                place,
                f"has shape {tuple(found.shape)} for {self.features} neurons",
                "give one number, or one per neuron; PerMap for one per map of a Grid",
            )
        if not bool(found.isfinite().all()):
            raise GraphError.at(place, "holds numbers that are not finite", "give finite numbers")
        if name in self.fractions and not bool(((found >= 0) & (found <= 1)).all()):
            raise GraphError.at(
                place,
                f"must lie in [0, 1], not {float(found.min()):g} to {float(found.max()):g}",
                "it is the fraction kept per step: exp(-step / time constant)",
            )
        return found

    def _add(self, name: str, value: Tensor) -> None:
        tensor = value.to(torch.get_default_dtype())
        if name not in self.learned:
            self.register_buffer(name, tensor)
        elif name not in self.fractions:
            self.register_parameter(name, nn.Parameter(tensor))
        else:
            self.register_parameter(f"{name}_logit", nn.Parameter(torch.zeros_like(tensor)))
            self.register_buffer(f"{name}_offset", torch.zeros_like(tensor))
            self._set(name, tensor)

    @property
    def dtype(self) -> torch.dtype:
        """Data type in which the neurons compute."""
        return self._ones.dtype

    @property
    def device(self) -> torch.device:
        """Device on which the neurons compute."""
        return self._ones.device

    def trained(self) -> dict[str, nn.Parameter]:
        """Return the trained tensors by the name of the parameter; a fraction is trained as a free number."""
        return {name: self._raw(name) for name in self.names if name in self.learned}

    def _raw(self, name: str) -> Any:
        return getattr(self, f"{name}_logit" if name in self.fractions and name in self.learned else name)

    def value(self, name: str) -> Tensor:
        """Return the numbers of one parameter, [neurons], or fewer that repeat."""
        raw: Tensor = self._raw(name)
        if name in self.fractions and name in self.learned:
            offset: Tensor = getattr(self, f"{name}_offset")
            return (torch.sigmoid(raw) + offset).clamp(0, 1)
        return raw

    def values(self) -> dict[str, Tensor]:
        """Return every parameter, [neurons] each."""
        return {name: self._spread(self.value(name)) for name in self.names}

    def _spread(self, value: Tensor) -> Tensor:
        """Return numbers that may be shared, one per neuron."""
        if len(value) == self.features:
            return value
        return self._ones * value if len(value) == 1 else value.repeat(self.features // len(value))

    def assign(self, name: str, value: Any) -> None:
        """Set one parameter to exactly these numbers in its own precision.

        Raises `GraphError` for numbers that it cannot hold, and where neurons that share a number are given
        different ones.
        """
        raw: Tensor = self._raw(name)
        each = self._spread(self._read(name, name, value).to(raw)).view(-1, len(raw))
        if not bool((each == each[0]).all()):
            raise GraphError.at(
                name,
                f"differs among neurons, {self.features // len(raw)} of which share it",
                "give each its own parameter",
            )
        self._set(name, each[0])

    def _set(self, name: str, given: Tensor) -> None:
        raw: Tensor = self._raw(name)
        with torch.no_grad():
            if name in self.fractions and name in self.learned:
                inside = torch.where(given > 0, given, 1e-7).clamp(max=1 - 1e-7)  # where gradients are left
                raw.copy_(torch.logit(inside))
                getattr(self, f"{name}_offset").copy_(given - torch.sigmoid(raw))
            else:
                raw.copy_(given)

    def add_constant(self, name: str, value: Any) -> None:
        """Add a parameter that is not trained."""
        self.names = (*self.names, name)
        self.register_buffer(name, as_float_tensor(name, value).to(self._ones))

    def rounding(self, name: str, value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return ``value`` in the precision that the parameter is held in."""
        raw: Tensor = self._raw(name)
        held: np.ndarray[Any, Any] = torch.from_numpy(value).to(raw.dtype).double().numpy()
        return held

    def extra_repr(self) -> str:
        return ", ".join(f"{name}{' (trained)' if name in self.learned else ''}" for name in self.names)
