"""The structures that hold spikes until they are due, as machines, as formulas, and as counts of recorded spikes.

Everywhere here D, the number of levels, is the largest delay in steps plus one: delays run from 0 to D - 1.
"""

from delaycore.delay_memory.capacity import circular_queue_events, ring_buffer_slots, shared_queue_events, single_fifo_events
from delaycore.delay_memory.circular_queue import CircularQueue, Event, Exit, Passed, Transfer
from delaycore.delay_memory.pruning_filter import PruningFilter
from delaycore.delay_memory.queue_occupancy import Occupancy, occupancy
from delaycore.delay_memory.ring_buffer import ring_slots

__all__ = [
    "CircularQueue",
    "Event",
    "Exit",
    "Occupancy",
    "Passed",
    "PruningFilter",
    "Transfer",
    "circular_queue_events",
    "occupancy",
    "ring_buffer_slots",
    "ring_slots",
    "shared_queue_events",
    "single_fifo_events",
]
