"""A backend behind a guard: what is no refusal and no promised type is an error that names the backend."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from delaycore.activity import Spikes
from delaycore.backend import API_VERSION, Backend
from delaycore.errors import DelaycoreError, HardwareError
from delaycore.graph import Graph
from delaycore.hardware import (
    ChipMapping,
    ConformanceProfile,
    CostEstimate,
    FitReport,
    HardwareSpec,
    Losses,
    OptionHelp,
    Options,
    Plan,
    Program,
    QuantizationScheme,
    Result,
    Slice,
    Trace,
    Workload,
)
from delaycore.registry._calls import announce_call
from delaycore.registry._failures import blame, is_nobodys_fault
from delaycore.registry._keep_process import keep_process
from delaycore.registry._places import describe_function_place, describe_place
from delaycore.registry._registry import find_target, load_backend
from delaycore.registry._sayings import quote_error
from delaycore.registry._targets import Target

if TYPE_CHECKING:
    from delaycore.delay_memory import Widths

__all__ = ["GuardedBackend", "ask_backend"]

T = TypeVar("T")


def ask_backend(name: str) -> GuardedBackend:
    """The backend of target ``name`` behind a guard, loaded now if it was not yet.

    Raises what `load_backend` raises, and `BackendFault` for options or a mapping that are no such classes.
    """
    return GuardedBackend(find_target(name), load_backend(name))


class GuardedBackend(Backend[Any, Any]):
    """A backend whose every call gives what the interface promises, or raises an error of delaycore.

    Errors that delaycore knows pass: a backend refuses a network with them, unless they are about values of
    its own, which `HardwareError` is.  Whatever else a call raises or gives, and an attempt to end the
    process, is a `BackendFault` with the call and the place in the backend.
    """

    api_version = API_VERSION

    def __init__(self, target: Target, backend: Backend) -> None:
        self._target, self._backend = target, backend
        self.options = self._require_class("options", Options)
        self.mapping = self._require_class("mapping", ChipMapping)

    @property
    def spec(self) -> HardwareSpec:
        """The spec of the backend."""
        return self._guard("spec", HardwareSpec, lambda: self._backend.spec)

    def plan(self, graph: Graph, options: Any, slices: tuple[Slice, ...] | None = None) -> Plan[Any, Any]:
        """Plan as the backend does; reading the plan is not guarded."""
        kind: Any = Plan  # an abstract class, which isinstance takes all the same
        return cast(
            "Plan[Any, Any]", self._guard("plan", kind, lambda: self._backend.plan(graph, options, slices))
        )

    def check(self, graph: Graph, **options: Any) -> FitReport:
        """Check as the backend does."""
        return self._guard("check", FitReport, lambda: self._backend.check(graph, **options))

    def quantization_scheme(self, graph: Graph, **options: Any) -> QuantizationScheme:
        """Return the backend's formats."""
        ask = self._backend.quantization_scheme
        return self._guard("quantization_scheme", QuantizationScheme, lambda: ask(graph, **options))

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        """Quantize as the backend does."""
        made = self._guard("quantize", tuple, lambda: self._backend.quantize(graph, **options))
        if [isinstance(one, kind) for one, kind in zip(made, (Graph, Losses), strict=False)] != [True, True]:
            self._refuse("quantize", ", ".join(type(one).__name__ for one in made), "a Graph and its Losses")
        return made[0], made[1]

    def map(self, graph: Graph, **options: Any) -> Program[Any, Any]:
        """Map as the backend does."""
        return self._guard("map", Program, lambda: self._backend.map(graph, **options))

    def simulate(
        self, program: Program[Any, Any], spikes: Spikes, states: bool | Collection[str] = False
    ) -> Result:
        """Simulate as the backend does."""
        return self._guard("simulate", Result, lambda: self._backend.simulate(program, spikes, states))

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        """Price as the backend does."""
        return self._guard("price", CostEstimate, lambda: self._backend.price(workload, **options))

    def require_supported(self, plan: Plan[Any, Any]) -> None:
        """Raise `DoesNotFit` where the backend does."""
        self._guard("require_supported", object, lambda: self._backend.require_supported(plan))

    def parse(self, options: Mapping[str, Any]) -> Any:
        """Parse as the backend does."""
        return self._guard("parse", Options, lambda: self._backend.parse(options))

    def describe_options(self) -> tuple[OptionHelp, ...]:
        """Describe the options of the backend, for a user."""
        made = self._guard("options.describe", tuple, self.options.describe)
        if not all(isinstance(one, OptionHelp) for one in made):
            self._refuse("options.describe", repr(made)[:80], "descriptions of options")
        return made

    def delay_widths(self) -> Widths:
        """Return the backend's widths of delay memories."""
        from delaycore.delay_memory import Widths

        return self._guard("delay_widths", Widths, self._backend.delay_widths)

    def trace(self, program: Program[Any, Any], spikes: Spikes, sample: int = 0) -> Trace:
        """Trace as the backend does."""
        return self._guard("trace", Trace, lambda: self._backend.trace(program, spikes, sample))

    def conformance(self) -> ConformanceProfile:
        """Return the backend's profile."""
        return self._guard("conformance", ConformanceProfile, self._backend.conformance)

    def _guard(self, name: str, kind: type[T], call: Callable[[], T]) -> T:
        """What ``call`` gives, which has to be of this ``kind``."""
        try:
            with announce_call(name), keep_process():
                made = call()
        except BaseException as error:  # a plugin may raise anything
            refuses = isinstance(error, DelaycoreError) and not isinstance(error, HardwareError)
            if refuses or is_nobodys_fault(error):
                raise
            place = describe_place(self._target, error)
            raise blame(self._target, f"its {name} raised {quote_error(error)}", place) from error
        if not isinstance(made, kind):
            self._refuse(name, type(made).__name__, kind.__name__)
        return made

    def _refuse(self, name: str, given: str, wanted: str) -> NoReturn:
        function = inspect.getattr_static(type(self._backend), name.partition(".")[0], None)
        place = describe_function_place(function.fget if isinstance(function, property) else function)
        raise blame(self._target, f"its {name} gave {given}, not {wanted}", place)

    def _require_class(self, name: str, kind: type[T]) -> type[T]:
        made = self._guard(name, object, lambda: getattr(self._backend, name))
        if not (isinstance(made, type) and issubclass(made, kind)):
            given = made.__name__ if isinstance(made, type) else type(made).__name__
            self._refuse(name, given, f"a class of {kind.__name__}")
        return made
