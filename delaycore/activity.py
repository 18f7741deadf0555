"""Results of a simulation: spikes, potentials, counts, and the answer read from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._names import by_name
from delaycore._shown import align, one_line
from delaycore._wording import guess_meant, pluralize
from delaycore.errors import DataError, Problem
from delaycore.graph import Graph, Readout

__all__ = ["Activity", "Spikes", "check_input_spikes", "holds_spikes", "select_recorded"]

Spikes = NDArray[np.bool_] | Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Activity:
    """Everything that was counted while a Graph ran on some samples.

    spikes:     per population, bool [samples, steps, neurons], inputs included.
    potentials: per population, float64 [samples, steps, neurons], as they stood before a reset; of the
                read-out population always, of the others on request.
    deliveries: per projection, synaptic events that arrived in each step, int64 [samples, steps].
    late:       per projection, synaptic events that were due after the last step and so were not delivered,
                int64 [samples].
    overflow:   per population, additions (resets by subtraction among them) whose result lay outside the
                range of its number format and was wrapped or clipped, in each step, int64 [samples, steps].
    readout:    how to read an answer.
    """

    spikes: Mapping[str, NDArray[np.bool_]]
    potentials: Mapping[str, NDArray[np.float64]]
    deliveries: Mapping[str, NDArray[np.int64]]
    late: Mapping[str, NDArray[np.int64]]
    overflow: Mapping[str, NDArray[np.int64]]
    readout: Readout | None = None

    def __post_init__(self) -> None:
        for name in ("spikes", "potentials", "deliveries", "late", "overflow"):
            object.__setattr__(self, name, by_name(name, getattr(self, name)))

    @one_line
    def __repr__(self) -> str:
        fired = ", ".join(f"{name} {int(s.sum()):,}" for name, s in self.spikes.items())
        read = f"; {self.readout.statistic} of {self.readout.population!r}" if self.readout else ""
        return f"<Activity {self.samples} samples, {self.steps} steps; spikes: {fired}{read}>"

    def __str__(self) -> str:
        rates = self.rates()
        rows = [
            (
                name,
                s.shape[2],
                "neurons,",
                f"{int(s.sum()):,}",
                "spikes,",
                f"{rates[name]:.3g} a neuron and step",
            )
            for name, s in self.spikes.items()
        ]
        head = f"{pluralize(self.samples, 'sample')} of {pluralize(self.steps, 'step')}"
        return "\n".join([head, *align(rows, "  ")])

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self._shape[0]

    @property
    def steps(self) -> int:
        """Steps of a sample."""
        return self._shape[1]

    @property
    def _shape(self) -> tuple[int, int]:
        return next(((len(s), s.shape[1]) for s in self.spikes.values()), (0, 0))

    @property
    def scores(self) -> NDArray[np.float64]:
        """The read-out's statistic of every class, [samples, classes]."""
        readout = self._require_readout()
        name = readout.population
        return readout.scores(self.potentials[name], self.spikes[name])

    @property
    def predictions(self) -> NDArray[np.int64]:
        """The class with the largest score of each sample, [samples]."""
        return Readout.predictions(self.scores)

    @property
    def predicted_classes(self) -> list[str]:
        """The name of each sample's predicted class.  Raises `DataError` if the classes have no names."""
        return self._require_readout().name_classes(self.predictions)

    def _require_readout(self) -> Readout:
        if self.readout is None:
            raise DataError.at(
                "readout", "the graph has none", "give it one: graph.with_(readout=Readout('out'))"
            )
        return self.readout

    def rates(self) -> dict[str, float]:
        """Compute the spikes per neuron and step of every population."""
        return {name: float(s.mean()) if s.size else 0.0 for name, s in self.spikes.items()}

    def same_as(self, other: Activity) -> bool:
        """Tell whether spikes, potentials that both recorded, and all counts are equal, everywhere."""
        tables: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = [
            (self.spikes, other.spikes),
            (self.deliveries, other.deliveries),
            (self.late, other.late),
            (self.overflow, other.overflow),
        ]
        if any(a.keys() != b.keys() or not all(np.array_equal(a[k], b[k]) for k in a) for a, b in tables):
            return False
        both = self.potentials.keys() & other.potentials.keys()
        return all(np.array_equal(self.potentials[k], other.potentials[k], equal_nan=True) for k in both)


def holds_spikes(array: NDArray[Any]) -> bool:
    """Tell whether an array holds bools, or real numbers that are all 0 or 1."""
    return array.dtype == np.bool_ or (array.dtype.kind in "iuf" and not np.any((array != 0) & (array != 1)))


def check_input_spikes(graph: Graph, spikes: Spikes) -> dict[str, NDArray[np.bool_]]:
    """Return ``spikes`` as bool arrays by input population, after checking them.

    A graph with one input takes an array [samples, steps, neurons], one with more takes a mapping of arrays.
    Raises `DataError` with every problem: a missing or unknown input, a wrong shape, values other than 0 and
    1.
    """
    if not isinstance(graph, Graph):
        raise DataError.at(
            "graph", f"must be a Graph, not {type(graph).__name__}", "delaycore.load reads one from a file"
        )
    inputs = graph.inputs
    given = dict(spikes) if isinstance(spikes, Mapping) else {next(iter(inputs), ""): spikes}
    problems: list[Problem] = []
    if not isinstance(spikes, Mapping) and len(inputs) != 1:
        raise DataError.at(
            "spikes",
            f"is one array, but the graph has {len(inputs)} inputs",
            "give a mapping from input name to array",
        )
    for name in given.keys() ^ inputs.keys():
        what = "missing" if name in inputs else "not an input of the graph"
        meant = "" if name in inputs else guess_meant(name, inputs)
        problems.append(Problem(f"spikes[{name!r}]", what, f"{meant}the inputs are {', '.join(inputs)}"))
    checked: dict[str, NDArray[np.bool_]] = {}
    for name in [n for n in inputs if n in given]:
        size = inputs[name].size
        try:
            array = np.asarray(given[name])
        except (TypeError, ValueError) as error:
            problems.append(
                Problem(
                    f"spikes[{name!r}]", f"is not an array ({error})", f"give bool [samples, steps, {size}]"
                )
            )
            continue
        if array.ndim != 3 or array.shape[2] != size:
            wrong = f"has shape {array.shape}, not [samples, steps, {size}]"
            problems.append(Problem(f"spikes[{name!r}]", wrong, "frame the events with the graph's framing"))
            continue
        if not holds_spikes(array):
            problems.append(
                Problem(
                    f"spikes[{name!r}]",
                    "holds values other than 0 and 1",
                    "a neuron fires at most once per step",
                )
            )
            continue
        checked[name] = array.astype(np.bool_, copy=False)
    if len({a.shape[:2] for a in checked.values()}) > 1:
        problems.append(
            Problem("spikes", f"samples and steps differ: { {k: v.shape[:2] for k, v in checked.items()} }")
        )
    DataError.collect(problems)
    return {name: checked[name] for name in inputs}


def select_recorded(graph: Graph, states: bool | Collection[str]) -> list[str]:
    """Select the populations whose potentials a simulation keeps: the read-out's, and those asked for (True:
    all that compute).
    """
    computed = [name for name in graph.populations if name not in graph.inputs]
    named = isinstance(states, Collection) and not isinstance(states, np.ndarray | memoryview)
    if not isinstance(states, bool) and not (named and all(isinstance(name, str) for name in states)):
        raise DataError.at("states", f"must be True, False or names of populations, not {states!r:.80}")
    asked = (
        computed
        if states is True
        else []
        if states is False
        else [states]
        if isinstance(states, str)
        else list(states)
    )
    unknown = [name for name in asked if name not in computed]
    if unknown:
        DataError.collect(
            Problem(
                "states",
                f"no population {name!r} that computes",
                f"{guess_meant(name, computed)}the graph has {', '.join(computed)}",
            )
            for name in unknown
        )
    read = graph.readout.population if graph.readout else None
    return [name for name in computed if name in asked or name == read]
