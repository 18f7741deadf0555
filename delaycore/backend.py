"""The interface that a backend implements, and the hook through which it is found.

A backend is a distribution with an entry point in the group ``delaycore.backends``: the name is the target's
name, and the value is a module with one hook::

    import delaycore

    @delaycore.hookimpl
    def delaycore_backend():
        return MyBackend()
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Protocol, get_args, get_origin

import pluggy

from delaycore._requirements import PROJECT
from delaycore._shown import one_line
from delaycore._wording import pluralize
from delaycore.activity import Spikes
from delaycore.errors import HardwareError, NotOffered, Problem
from delaycore.graph import Graph
from delaycore.hardware import (
    ChipMapping,
    ConformanceProfile,
    CostEstimate,
    FitReport,
    HardwareSpec,
    Losses,
    MappingT,
    Options,
    OptionsT,
    Plan,
    Program,
    QuantizationScheme,
    Result,
    Slice,
    Trace,
    Workload,
)

if TYPE_CHECKING:
    from delaycore.delay_memory import Widths

__all__ = ["API_VERSION", "Backend", "HookSpecification", "PROJECT", "hookimpl"]

API_VERSION = 2
"""Version of this interface, increased by 1 whenever existing backends stop working.

Version 2 is open: until the first release of delaycore it may still change.
"""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Backend(ABC, Generic[OptionsT, MappingT]):
    """A chip: what it can hold, how a network gets onto it, and what it then does.

    An author writes `spec`, `options`, `plan` and `simulate`.  `check`, `quantization_scheme`, `quantize` and
    `map` answer from the plan; a backend whose answer is another overrides them.

    Every method takes frozen values and returns new ones.  What does not fit comes back as findings, or is
    raised as `delaycore.DoesNotFit`; what is altered comes back as losses.
    """

    api_version: int = API_VERSION
    """The API version that the backend was written for: set it in the class as a number."""

    options: type[Options] = Options
    """The class of the backend's options; without one of its own, it has none."""

    mapping: type[ChipMapping] = ChipMapping
    """The class of `Program.mapping`: what a program of this chip says beside placement and image."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Raise `HardwareError` for a class that is a ``Backend[Options, Mapping]`` of types of its own and
        does not name them in its attributes.
        """
        super().__init_subclass__(**arguments)
        HardwareError.collect(_find_forgotten(cls))

    @one_line
    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.spec.title}>"

    @property
    @abstractmethod
    def spec(self) -> HardwareSpec:
        """The chip's limits, costs and capabilities, with their sources, as an attribute of the class."""

    @abstractmethod
    def plan(
        self, graph: Graph, options: OptionsT, slices: tuple[Slice, ...] | None = None
    ) -> Plan[OptionsT, MappingT]:
        """Plan the way of ``graph`` onto the chip under ``options``, its neurons in ``slices`` if they are
        given.

        The plan computes each step when it is first read, so making one costs nothing.
        """

    def check(self, graph: Graph, **options: Any) -> FitReport:
        """Report every reason why ``graph`` could not be mapped with ``options``, at once; never raises for a
        graph that is merely unsuitable.
        """
        return self.plan(graph, self.parse(options)).report

    def quantization_scheme(self, graph: Graph, **options: Any) -> QuantizationScheme:
        """Return the formats in which the chip would hold the numbers of ``graph``, in the graph's own units.

        options: the backend's own, those of `map`; what does not concern numbers is ignored here.
        Raises `DoesNotFit` for a graph of a kind that the chip cannot compute, `SettingsError` for options
        that make no sense.
        """
        plan = self.plan(graph, self.parse(options))
        self.require_supported(plan)
        return plan.scheme

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        """Return ``graph`` with the chip's numbers and under its arithmetic, and what that changed.

        A graph that is on the grid already comes back equal, without losses.  options, errors: those of
        `quantization_scheme`.
        """
        plan = self.plan(graph, self.parse(options))
        self.require_supported(plan)
        return plan.quantized

    def map(self, graph: Graph, **options: Any) -> Program[OptionsT, MappingT]:
        """Place ``graph``, quantizing it first.  Raises `DoesNotFit` with all findings."""
        plan = self.plan(graph, self.parse(options))
        plan.report.require()
        return Program(
            self.spec.name,
            plan.graph,
            plan.losses,
            plan.report,
            plan.placement,
            plan.image,
            plan.options.summarize(),
            plan.mapping,
        )

    @abstractmethod
    def simulate(
        self, program: Program[OptionsT, MappingT], spikes: Spikes, states: bool | Collection[str] = False
    ) -> Result:
        """Run a program of this backend on input spikes, bool [samples, steps, inputs], every sample from
        a state of 0.  `delaycore.hardware.execute` is the frame of such a run.
        """

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        """Estimate what ``workload`` would take in time, energy and memory, from its spikes alone: nothing is
        simulated.

        The neurons lie where ``workload.slices`` says, or where `map` with ``options`` would put them.  A
        placement that `check` would refuse is priced all the same, and the report says why it is refused.
        The parts, counts and ``not_modelled`` of the cost are those of `simulate`; whatever spikes do not
        tell (such as how many potentials are 0) is an assumption, and a line of ``not_modelled`` says
        which.  Recorded spikes of a run cost what the run cost, apart from those assumptions.

        Raises `DoesNotFit` for a graph of a kind that the chip cannot compute, `NotOffered` for a backend
        that does not price.
        """
        known = f"{pluralize(workload.steps, 'step')} of {pluralize(workload.samples, 'sample')} are known"
        remedy = f"run the network instead: delaycore.simulate(program, spikes); {known}"
        raise NotOffered.at(f"target {self.spec.name!r}", "its backend prices nothing without a run", remedy)

    def require_supported(self, plan: Plan[OptionsT, MappingT]) -> None:
        """Raise `DoesNotFit`, with all findings of ``plan``, for a network that the chip cannot compute."""
        if any(finding.severity == "error" for finding in plan.unsupported):
            plan.report.require()

    def parse(self, options: Mapping[str, Any]) -> OptionsT:
        """Return options by name as a value of the backend's class.

        Raises `SettingsError` with every problem.
        """
        parsed: Any = self.options.parse(options)
        return parsed  # type: ignore[no-any-return]  # the class attribute cannot name a type variable

    def delay_widths(self) -> Widths:
        """Return how wide sums and events are in the chip's delay memories, so that all kinds can be priced
        at its widths.

        Raises `NotOffered` for a backend that does not say.
        """
        raise NotOffered.at(
            f"target {self.spec.name!r}",
            "its backend gives no widths of delay memories",
            "leave out --target to see the chips that have some; the backend's authors override delay_widths",
        )

    def trace(self, program: Program[OptionsT, MappingT], spikes: Spikes, sample: int = 0) -> Trace:
        """Return what every unit of the chip does when, while one sample runs.  Raises `NotOffered` for a
        backend that cannot say.
        """
        raise NotOffered.at(
            f"target {self.spec.name!r}",
            "its backend draws no trace",
            "leave out --trace; the cost report has times by part",
        )

    def conformance(self) -> ConformanceProfile:
        """Return what the conformance suite cannot find out by itself: a network at each limit, placements,
        neurons of the backend's own.
        """
        return ConformanceProfile()


def _find_forgotten(kind: type[Backend]) -> Iterator[Problem]:
    """Find the types in the brackets of ``Backend[...]`` that the class attributes do not name."""
    for base in vars(kind).get("__orig_bases__", ()):
        types = get_args(base) if get_origin(base) is Backend else ()
        for attribute, wanted in zip(("options", "mapping"), types, strict=False):
            named = getattr(kind, attribute)
            if wanted is not Any and isinstance(wanted, type) and not issubclass(named, wanted):
                found = f"is {named.__qualname__} of {named.__module__}"
                yield Problem(
                    f"{kind.__name__}.{attribute}",
                    f"{found}, not the {wanted.__name__} of Backend[...]",
                    f"write in the class: {attribute} = {wanted.__name__}",
                )


class HookSpecification(Protocol):
    """The one hook of a backend module."""

    @hookspec(firstresult=True)
    def delaycore_backend(self) -> Backend:
        """Return the backend; called once, when its target is asked for by name."""
