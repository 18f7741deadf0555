"""Cost: the events of a run or of assumed spikes are counted, and become time, energy and memory."""

from delaycore_loihi.cost._estimate import estimate_cost
from delaycore_loihi.cost._events import EventCounts, concatenate_counts, count_events
from delaycore_loihi.cost._groups import read_synapse_groups
from delaycore_loihi.cost._memory import measure_memory
from delaycore_loihi.cost._prices import compute_cost, concatenate_costs
from delaycore_loihi.cost._routes import find_routes

__all__ = [
    "EventCounts",
    "compute_cost",
    "concatenate_costs",
    "concatenate_counts",
    "count_events",
    "estimate_cost",
    "find_routes",
    "measure_memory",
    "read_synapse_groups",
]
