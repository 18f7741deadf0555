"""The steps from a Graph to a simulated chip, by target name."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from delaycore._shown import show_line
from delaycore.activity import Spikes
from delaycore.backend import Backend
from delaycore.errors import DataError, DelaycoreError, GraphError, SettingsError
from delaycore.graph import Arithmetic, Graph
from delaycore.hardware import (
    ChipMapping,
    CostEstimate,
    FitReport,
    Losses,
    Options,
    Program,
    QuantizationScheme,
    Result,
    Workload,
    rescale,
)
from delaycore.registry import ask_backend

__all__ = [
    "Chip",
    "Outlook",
    "check",
    "load_program",
    "map",
    "price",
    "quantize",
    "require_chips",
    "simulate",
]


def load_program(path: str | os.PathLike[str], target: str | None = None) -> Program:
    """Read a program that `Program.save` wrote, with the options and the mapping of its backend.

    target: for which it has to be; any unless given.

    Raises `FileError` for a file that holds none, `DataError` for one for another target, whose backend is
    not loaded then, `UnknownTarget` or `BackendError` where its backend cannot be loaded.
    """

    def find_types(own: str) -> tuple[type[Options], type[ChipMapping]]:
        if target not in (None, own):
            message = f"is a program for {own}, not {target}"
            raise DataError.at(path, message, f"name {own} as its target, or map the model for {target}")
        backend = ask_backend(own)
        return backend.options, backend.mapping

    return Program.load(path, find_types)


def _require_graph(value: Graph) -> Graph:
    if not isinstance(value, Graph):
        remedy = (
            "delaycore.load reads one from a file, delaycore.nn.to_graph(module, step) makes one of what was "
            "trained"
        )
        raise GraphError.at("graph", f"must be a Graph, not {type(value).__name__}", remedy)
    return value


def check(graph: Graph, target: str, **options: Any) -> FitReport:
    """Hold ``graph`` against a chip's limits: every violation at once; ``options`` are those of `map`, such
    as ``cores=1``.
    """
    return ask_backend(target).check(_require_graph(graph), **options)


def quantize(graph: Graph, target: str, **options: Any) -> tuple[Graph, Losses]:
    """Return ``graph`` with the chip's numbers and under its arithmetic, and what that changed; ``options``
    are the backend's, such as ``weight_bits=4``.
    """
    return ask_backend(target).quantize(_require_graph(graph), **options)


def map(graph: Graph, target: str, **options: Any) -> Program:  # noqa: A001  # the field's word, used as dc.map
    """Place ``graph`` on a chip, quantizing it first; ``options`` are the backend's.  Raises `DoesNotFit`
    with all findings.
    """
    return ask_backend(target).map(_require_graph(graph), **options)


def simulate(program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
    """Run a program on its chip's simulator.

    spikes: bool [samples, steps, inputs], or a mapping from input name to such arrays.
    states: record potentials of every population, or of those named; those of the read-out are always there.
    """
    if not isinstance(program, Program):
        raise GraphError.at(
            "program",
            f"must be a Program, not {type(program).__name__}",
            "make one with delaycore.map(graph, target)",
        )
    return ask_backend(program.target).simulate(program, spikes, states)


def price(workload: Workload, target: str, **options: Any) -> CostEstimate:
    """Estimate what a network with recorded or assumed spikes would take on a chip, without running it;
    ``options`` are those of `map`.
    """
    if not isinstance(workload, Workload):
        remedy = (
            "delaycore.pricing.load reads one from a file, delaycore.hardware.Workload(graph, spikes) "
            "makes one"
        )
        raise GraphError.at("workload", f"must be a Workload, not {type(workload).__name__}", remedy)
    return ask_backend(target).price(workload, **options)


@dataclass(frozen=True)
class Outlook:
    """What a chip has against a network before its training.

    title:   the chip's name for readers.
    report:  on the network as it is.
    lasting: errors that it has against simpler networks, too, which no training heals.
    """

    title: str
    report: FitReport
    lasting: FitReport

    __repr__ = show_line


@dataclass(frozen=True)
class Chip:
    """A target with options of its backend, such as ``cores=1``."""

    target: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.options, Mapping) or not all(isinstance(name, str) for name in self.options):
            message = f"must be a mapping from name to value, not {self.options!r:.80}"
            raise SettingsError.at("Chip.options", message, "give such as {'cores': 1}")

    __repr__ = show_line

    @property
    def backend(self) -> Backend:
        """The loaded backend of the target, behind a guard."""
        return ask_backend(self.target)

    @property
    def name(self) -> str:
        """Name used in file names and table rows, such as ``chip_weight_bits_4``."""
        return "_".join([self.target, *(f"{k}_{v}" for k, v in self.options.items())])

    def require_options(self) -> None:
        """Raise `SettingsError` for options that the backend does not know or that make no sense."""
        try:
            self.backend.parse(self.options)
        except SettingsError as error:
            named = (replace(p, place=f"{p.place} of {self.target}") for p in error.problems)
            raise SettingsError(*named) from None

    def quantization_scheme(self, graph: Graph) -> QuantizationScheme:
        """Return the formats in which the chip would hold the numbers of ``graph``."""
        return self.backend.quantization_scheme(graph, **self.options)

    def quantize(self, graph: Graph) -> tuple[Graph, Losses]:
        """Return ``graph`` as the chip computes it, in the chip's units and in the graph's time, and what
        that changed.
        """
        return self.backend.quantize(graph, **self.options)

    def round(self, graph: Graph) -> Graph:
        """Return ``graph`` in its own units with the numbers that the chip holds, firing as the chip does.

        It is given back as it is where the rounded one would become another network on the chip: rounding can
        move what a backend chooses a scale from.
        """
        exact, _ = self.quantize(graph)
        own_units = {name: 1 / scale for name, scale in self.quantization_scheme(graph).scale.items()}
        made = rescale(exact, own_units, Arithmetic(fires=exact.arithmetic.fires))
        return made if self.quantize(made)[0] == exact else graph

    def check(self, graph: Graph) -> FitReport:
        """Report everything that keeps ``graph`` off the chip."""
        return self.backend.check(graph, **self.options)

    def find_shared_errors(self, graph: Graph, others: Iterable[Graph]) -> FitReport:
        """Return the errors against ``graph`` of which each of the ``others`` has one of the same code, too.

        others: looked at as long as there are such errors.
        """
        report = self.check(graph)
        codes = report.codes()
        for other in others:
            if report.ok:
                break
            codes &= {finding.code for finding in self.check(other).errors}
        return FitReport(report.target, tuple(f for f in report.errors if f.code in codes))

    def look_ahead(self, graph: Graph, others: Sequence[Graph]) -> Outlook:
        """Return what the chip has against ``graph``, and what of that it has against all ``others``, too."""
        return Outlook(self.backend.spec.title, self.check(graph), self.find_shared_errors(graph, others))

    def find_refusals(self, settings: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """Return, for each of several ``settings`` of options in addition to its own, why the backend refuses
        it; empty where it does not.
        """
        return tuple(self._find_refusal({**self.options, **options}) for options in settings)

    def _find_refusal(self, options: Mapping[str, Any]) -> str:
        try:
            self.backend.parse(options)
        except SettingsError as error:
            return "; ".join(f"{p.place} {p.message}" for p in error.problems)
        return ""

    def price(self, workload: Workload) -> CostEstimate:
        """Estimate what ``workload`` would take.  Raises `NotOffered` for a backend that prices nothing
        without a run.
        """
        return self.backend.price(workload, **self.options)


def require_chips(chips: Iterable[Chip]) -> None:
    """Raise one error with the problems of all ``chips`` whose backends cannot be loaded or refuse their
    options.

    It is a `SettingsError`, or what all of the problems are, such as `UnknownTarget`.
    """
    errors: list[DelaycoreError] = []
    for chip in chips:
        try:
            chip.require_options()
        except DelaycoreError as error:
            errors.append(error)
    kinds = {type(error) for error in errors}
    kind = kinds.pop() if len(kinds) == 1 else SettingsError
    kind.collect(problem for error in errors for problem in error.problems)
