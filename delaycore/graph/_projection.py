"""Delayed synapses between two populations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore._shown import one_line
from delaycore._values import LARGEST, frozen_array, integers, numbers, reals, same
from delaycore.errors import GraphError, Problem

__all__ = ["Projection"]


def _column(place: str, values: ArrayLike, whole: bool) -> NDArray[np.float64] | NDArray[np.int64] | Problem:
    """Return a one-dimensional read-only array; a value that only looks like a whole number is never
    truncated to one.
    """
    try:
        array = numbers(values)
        if array.dtype.kind == "b" and array.size and whole:
            return Problem(place, "holds booleans, not whole numbers", "number neurons and steps from 0")
        array = integers(array) if array.dtype.kind in "iu" and whole else reals(array)
    except ValueError as error:
        return Problem(place, f"is not an array of numbers ({error})", "give a one-dimensional array")
    if array.ndim != 1:
        return Problem(
            place,
            f"has {array.ndim} dimensions, not 1",
            "give one entry per synapse; Graph.from_arrays takes matrices",
        )
    if not whole:
        return frozen_array(array, np.float64)
    if array.dtype.kind == "f":
        bad = np.flatnonzero(~(np.abs(array) < 2**53) | (array != np.rint(array)))
        if bad.size:
            remedy = "round delays to steps, and see the loss, before building the graph"
            return Problem(place, f"must hold whole numbers, but entry {bad[0]} is {array[bad[0]]}", remedy)
    return frozen_array(array, np.int64)


Column: TypeAlias = Any
"""Anything like an array when it is given, a read-only array [synapses] when it is read; annotated Any, since
a field has one type for both.
"""


@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from one population to another (or to itself), each with a weight and a delay.

    source, target: names of populations.
    pre, post:      indices of the neurons that a synapse joins, [synapses].
    weight:         added to the target's input, [synapses].
    delay:          steps from a spike to its arrival, [synapses]: a spike of step t arrives in step t +
                    delay.
    name:           unique in the graph; ``source->target`` unless given.

    A pair of neurons may have any number of synapses.
    """

    source: str
    target: str
    pre: Column
    post: Column
    weight: Column
    delay: Column
    name: str = ""

    def __post_init__(self) -> None:
        for field in ("source", "target", "name"):
            if not isinstance(getattr(self, field), str):
                raise GraphError.at(f"Projection.{field}", f"must be a name, not {getattr(self, field)!r}")
        if not self.name:
            object.__setattr__(self, "name", f"{self.source}->{self.target}")
        wrong = []
        for column, whole in (("pre", True), ("post", True), ("weight", False), ("delay", True)):
            array = _column(f"{self.place}.{column}", getattr(self, column), whole)
            if isinstance(array, Problem):
                wrong.append(array)
            object.__setattr__(self, column, array)
        GraphError.collect(wrong)

    def __len__(self) -> int:
        return len(self.pre)

    def with_weight(self, weight: ArrayLike) -> Projection:
        """Return the same synapses with other weights."""
        return replace(self, weight=np.asarray(weight))

    @property
    def place(self) -> str:
        """How findings and problems name this projection."""
        return f"projections[{self.name!r}]"

    def find_problems(self, sources: int | None, targets: int | None) -> Iterator[Problem]:
        """Name everything that is wrong with the synapses; the sizes of the joined populations are None if
        they do not exist.
        """
        lengths = {c: len(getattr(self, c)) for c in ("pre", "post", "weight", "delay")}
        if len(set(lengths.values())) > 1:
            yield Problem(
                self.place, f"columns differ in length: {lengths}", "give one entry per synapse in each"
            )
            return
        for column, size, of in (("pre", sources, self.source), ("post", targets, self.target)):
            index = getattr(self, column)
            bad = np.flatnonzero((index < 0) | (index >= size)) if size is not None else np.empty(0, int)
            if bad.size:
                yield Problem(
                    f"{self.place}.{column}",
                    f"{bad.size} of {len(index)} indices lie outside population {of!r} of {size} neurons, "
                    f"the first is {index[bad[0]]} of synapse {bad[0]}",
                    "check the order of pre and post",
                )
        bad = np.flatnonzero(~np.isfinite(self.weight))
        if bad.size:
            yield Problem(
                f"{self.place}.weight",
                (
                    f"{bad.size} of {len(self)} weights are not finite, the first is "
                    f"{self.weight[bad[0]]} of synapse {bad[0]}"
                ),
                "look for a training that diverged",
            )
        bad = np.flatnonzero(self.delay < 0)
        if bad.size:
            yield Problem(
                f"{self.place}.delay",
                (
                    f"{bad.size} of {len(self)} delays are negative, the first is {self.delay[bad[0]]} "
                    f"of synapse {bad[0]}"
                ),
                "a delay is a number of steps from 0",
            )
        bad = np.flatnonzero(self.delay > LARGEST)
        if bad.size:
            yield Problem(
                f"{self.place}.delay",
                f"{bad.size} of {len(self)} delays are longer than {LARGEST} steps, the first is "
                f"{self.delay[bad[0]]} of synapse {bad[0]}",
                "give delays in steps, not in microseconds or the like; steps are counted in 32 bits",
            )

    @cached_property
    def largest_delay(self) -> int:
        """Steps of the longest delay; 0 without synapses."""
        return int(self.delay.max(initial=0))

    @cached_property
    def smallest_delay(self) -> int:
        """Steps of the shortest delay; 0 without synapses."""
        return int(self.delay.min()) if len(self.delay) else 0

    @one_line
    def __repr__(self) -> str:
        span = f"{self.smallest_delay}..{self.largest_delay}"
        ends = "" if self.name == f"{self.source}->{self.target}" else f" {self.source}->{self.target}"
        return f"<Projection {self.name!r}{ends}: {len(self):,} synapses, delays {span} steps>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Projection):
            return NotImplemented
        names = (self.source, self.target, self.name) == (other.source, other.target, other.name)
        return names and all(
            same(getattr(self, c), getattr(other, c)) for c in ("pre", "post", "weight", "delay")
        )

    __hash__ = None  # type: ignore[assignment]  # holds arrays
