"""The backend: what the core asks of the chip."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from delaycore.activity import Spikes, check_input_spikes
from delaycore.backend import Backend
from delaycore.delay_memory import Widths
from delaycore.errors import DataError
from delaycore.graph import Graph
from delaycore.hardware import (
    CostEstimate,
    Program,
    Result,
    Slice,
    Trace,
    Workload,
    execute,
    find_overflow,
)
from delaycore_seneca.cost import (
    compare_occupancy,
    count_work,
    describe_queues,
    draw_trace,
    estimate_run_cost,
    estimate_workload_cost,
    find_full_queues,
    step_queues,
)
from delaycore_seneca.machine import MachineStep, Traffic, build_executable
from delaycore_seneca.mapping import SenecaMapping, SenecaPlan, decode_image
from delaycore_seneca.options import Options
from delaycore_seneca.spec import SPEC
from delaycore_seneca.tables import LIMITS

if TYPE_CHECKING:
    from delaycore.conformance import ConformanceProfile

__all__ = ["SenecaBackend"]

SenecaProgram = Program[Options, SenecaMapping]

_INFINITE = (
    "became infinite in bfloat16",
    "scale the network down: divide weights, thresholds and biases by one factor",
)
"""What sums beyond the range become, and what to do about it."""


class SenecaBackend(Backend[Options, SenecaMapping]):
    """The Seneca chip: bfloat16 cores, their weights in fewer bits if asked for, a circular delay queue in
    front of each that has delays.
    """

    api_version = 2
    spec = SPEC
    options = Options
    mapping = SenecaMapping

    def plan(self, graph: Graph, options: Options, slices: Sequence[Slice] | None = None) -> SenecaPlan:
        """The way of ``graph`` onto the chip."""
        return SenecaPlan(graph, options, None if slices is None else tuple(slices))

    def simulate(
        self, program: SenecaProgram, spikes: Spikes, states: bool | Collection[str] = False
    ) -> Result:
        """Run what the program's image holds, and estimate what the run cost."""
        run = execute(program, SPEC.name, _decode, spikes, states)
        work = _count_work(program, run.activity.spikes)
        return Result(
            program,
            run.activity,
            estimate_run_cost(
                program.graph,
                work,
                run.activity.spikes,
                program.placement,
                list_words=program.mapping.list_words,
            ),
            (
                *find_overflow(run.activity, LIMITS["number.largest"], *_INFINITE),
                *find_full_queues(program, work),
            ),
            describe_queues(work),
            tuple(compare_occupancy(program, work)),
        )

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        """Estimate what recorded or assumed spikes would take; see `Backend.price`."""
        plan = self.plan(workload.graph, self.parse(options), workload.slices)
        self.require_supported(plan)
        if workload.graph.largest_delay >= 2 ** int(LIMITS["event.bits"]):
            plan.report.require()  # no event counts so far, and no filter of so many levels need be made
        return estimate_workload_cost(workload, plan)

    def trace(self, program: SenecaProgram, spikes: Spikes, sample: int = 0) -> Trace:
        """NPEs, RISC-V, queues and network of each core while one sample runs; the queues are stepped cycle
        by cycle.

        Raises `DataError` for a sample that there is not, `QueueFull` where a queue overruns and its senders
        are not to stall, or could only stall for ever.
        """
        given = {
            name: array[sample : sample + 1]
            for name, array in check_input_spikes(program.graph, spikes).items()
        }
        if not all(len(array) for array in given.values()) or sample < 0:
            raise DataError.at("sample", f"there is no sample {sample}", "samples count from 0")
        fired = execute(program, SPEC.name, _decode, given).activity.spikes
        work, options = _count_work(program, fired), program.options
        queues: dict[str, list[MachineStep]] = {}
        software = options.delays == "software"
        for core in () if software else program.placement.cores:
            here = [w for w in work if w.layer.slice.core == core and w.layer.pruning is not None]
            arriving = [w.layer.arriving(fired)[0] for w in here]
            queues |= step_queues(here, arriving, options.address_bits, options.overflow)
        return draw_trace(work, queues, 0, software)

    def conformance(self) -> ConformanceProfile:
        """Networks at each limit, for the conformance suite; see `Backend.conformance`."""
        from delaycore_seneca.limit_cases import PROFILE

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


def _decode(program: SenecaProgram) -> Graph:
    layers = decode_image(program.image, program.placement)
    return build_executable(layers, program.placement, program.graph.step)


def _count_work(program: SenecaProgram, spikes: Mapping[str, NDArray[np.bool_]]) -> list[Traffic]:
    layers = decode_image(program.image, program.placement)
    return count_work(layers, spikes, program.options.queue_overflow, program.options.grouping)
