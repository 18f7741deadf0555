"""Seneca as a backend: check, quantize, map, simulate, price."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from delaycore.activity import Spikes, input_spikes, recorded
from delaycore.backend import Backend
from delaycore.delay_memory import Widths
from delaycore.errors import DataError
from delaycore.graph import Graph
from delaycore.hardware import (
    CostEstimate,
    FitReport,
    HardwareSpec,
    Losses,
    Plan,
    Program,
    QuantizationScheme,
    Result,
    Trace,
    Workload,
    find_overflow,
)
from delaycore_seneca import facts, image, limits, observed, quantize
from delaycore_seneca.layer import layers
from delaycore_seneca.mapping import Facts
from delaycore_seneca.options import Options
from delaycore_seneca.placement import place
from delaycore_seneca.pricing import cost_of, priced, work_of
from delaycore_seneca.queue_machine import MachineStep
from delaycore_seneca.spec import LIMITS, SPEC
from delaycore_seneca.tracing import machine_steps, traced

if TYPE_CHECKING:
    from delaycore.conformance import ConformanceProfile

__all__ = ["SenecaBackend"]

_INFINITE = (
    "became infinite in bfloat16",
    "scale the network down: divide weights, thresholds and biases by one factor",
)
"""What sums beyond the range become, and what to do about it."""


class SenecaBackend(Backend):
    """The Seneca chip: bfloat16 cores, their weights in fewer bits if asked for, a circular delay queue in
    front of each that has delays.

    The options of `check` and `map` are those of `delaycore_seneca.options.Options`.
    """

    api_version = 2
    mapping = Facts

    def plan(self, graph: Graph, options: Any, slices: Any = None) -> Plan:
        raise NotImplementedError("this backend makes no delaycore.hardware.Plan yet")

    @property
    def spec(self) -> HardwareSpec:
        """Limits, costs and capabilities, with their sources."""
        return SPEC

    def check(self, graph: Graph, **options: Any) -> FitReport:
        """Every violation at once; raises `SettingsError` for options that make no sense."""
        return limits.check(graph, Options.of(options))

    def quantization_scheme(self, graph: Graph, **options: Any) -> QuantizationScheme:
        """The formats of all numbers.  Raises `DoesNotFit` for kinds, resets, ranges or an arithmetic that
        the chip does not do.
        """
        return quantize.quantization_scheme(graph, self._computable(graph, options).width)

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        """``graph`` in bfloat16, or with weights of fewer bits, and what that changed.  Raises `DoesNotFit`
        as `grids` does.
        """
        return quantize.quantize(graph, self._computable(graph, options).width)

    def map(self, graph: Graph, **options: Any) -> Program:
        """Place ``graph``, quantizing it first.  Raises `DoesNotFit` with all findings."""
        chosen = Options.of(options)
        report = limits.check(graph, chosen)
        report.require()
        exact, losses = quantize.quantize(graph, chosen.width)
        placement = place(exact, chosen)
        made = [layer.with_filter() for layer in layers(exact, placement, chosen.layout)]
        return Program(
            SPEC.name,
            exact,
            losses,
            report,
            placement,
            image.encode(made),
            mapping=Facts(facts.of(exact, made, placement, chosen)),
        )

    def simulate(self, program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
        """Run what the program's image holds, on the engine, and price it."""
        from delaycore import engine  # compiles; checking and mapping need none of it

        program.require_target(SPEC.name)
        graph, placement = program.graph, program.placement
        given = input_spikes(graph, spikes)
        steps = next(iter(given.values())).shape[1] if given else 0
        made = image.decode(program.image, placement)
        chip = image.executable(made, placement, graph.step)
        kept = [s.name for name in recorded(graph, states) for s in placement.of(name)]
        ran = engine.simulate(chip, placement.chip_input(graph, given), kept)
        activity = placement.back(graph, ran, steps)
        kept_by_riscv = facts.software_of(program)
        work = work_of(made, activity.spikes, facts.overflow_of(program), program.mapping.facts["grouping"])
        return Result(
            program,
            activity,
            cost_of(graph, work, activity.spikes, placement, delays=kept_by_riscv),
            (
                *find_overflow(activity, LIMITS["number.largest"], *_INFINITE),
                *observed.findings(program, work),
            ),
            observed.details(work),
            tuple(observed.expectations(program, work)),
        )

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        """What recorded or assumed spikes would take; ``options`` are those of `map`, and ``late``."""
        return priced(workload, self._computable(workload.graph, options))

    def trace(self, program: Program, spikes: Spikes, sample: int = 0) -> Trace:
        """NPEs, RISC-V, queues and network of each core while one sample runs; the queues are stepped cycle
        by cycle.

        Raises `DataError` for a sample that there is not, `QueueFull` where a queue overruns and its senders
        are not to stall, or could only stall for ever.
        """
        given = {
            name: array[sample : sample + 1] for name, array in input_spikes(program.graph, spikes).items()
        }
        if not all(len(array) for array in given.values()) or sample < 0:
            raise DataError.at("sample", f"there is no sample {sample}", "samples count from 0")
        ran = self.simulate(program, given).activity.spikes
        software, event = facts.software_of(program) is not None, program.mapping.facts["event"]
        work = work_of(
            image.decode(program.image, program.placement),
            ran,
            facts.overflow_of(program),
            program.mapping.facts["grouping"],
        )
        queues: dict[str, list[MachineStep]] = {}
        for core in () if software else program.placement.cores:
            here = [w for w in work if w.layer.slice.core == core and w.layer.pruning is not None]
            queues |= machine_steps(
                here, [w.layer.arriving(ran)[0] for w in here], int(event["address bits"]), event["when full"]
            )
        return traced(work, queues, 0, software)

    def conformance(self) -> ConformanceProfile:
        """Networks at each limit, for the conformance suite; see `Backend.conformance`."""
        from delaycore_seneca.edges import PROFILE

        return PROFILE

    def delay_widths(self) -> Widths:
        """bfloat16 sums, events of 16 bits; an access is the mean of a load and a store of the instruction
        table, the memory's part alone.
        """
        return Widths(
            16,
            int(LIMITS["event.bits"]),
            3.2e-12,
            f"{LIMITS['event.bits'].source}; Tang et al. 2023, table 3: 2.9 and 3.5 pJ in memory",
        )

    def _computable(self, graph: Graph, options: dict[str, Any]) -> Options:
        chosen = Options.of(options)
        limits.computable(graph, chosen).require()
        return chosen
