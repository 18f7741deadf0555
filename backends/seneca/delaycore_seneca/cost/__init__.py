"""Cost: time, energy and memory are estimated from counted work; a run is laid out in time and reported."""

from delaycore_seneca.cost._estimate import count_work, estimate_run_cost, estimate_workload_cost
from delaycore_seneca.cost._run_report import compare_occupancy, describe_queues, find_full_queues
from delaycore_seneca.cost._timing import BusyTimes, Schedule, estimate_busy_times, schedule_layers
from delaycore_seneca.cost._trace import draw_trace, step_queues

__all__ = [
    "BusyTimes",
    "Schedule",
    "compare_occupancy",
    "count_work",
    "describe_queues",
    "draw_trace",
    "estimate_busy_times",
    "estimate_run_cost",
    "estimate_workload_cost",
    "find_full_queues",
    "schedule_layers",
    "step_queues",
]
