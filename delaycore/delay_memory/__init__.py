"""The structures that hold spikes until they are due, as machines, as formulas, and as counts of recorded
spikes.

Everywhere here D, the number of levels, is the largest delay in steps plus one: delays run from 0 to D - 1.
"""

from delaycore.delay_memory._capacity import (
    circular_queue_events,
    ring_buffer_slots,
    shared_queue_events,
    single_fifo_events,
)
from delaycore.delay_memory._circular_queue import CircularQueue, Event, Passed, Transfer
from delaycore.delay_memory._comparison import KINDS, Demand, Memory, Need, compare_memories, demands, need
from delaycore.delay_memory._memory import DelayMemory, Due, Exit, Stepped, arrivals, stepped
from delaycore.delay_memory._pruning_filter import PruningFilter
from delaycore.delay_memory._queue_occupancy import Occupancy, occupancy
from delaycore.delay_memory._ring_buffer import RingBuffer, ring_slots
from delaycore.delay_memory._shared_queue import SharedQueue
from delaycore.delay_memory._single_fifo import SingleFifo
from delaycore.delay_memory._widths import Widths

__all__ = [
    "CircularQueue",
    "DelayMemory",
    "Demand",
    "Due",
    "Event",
    "Exit",
    "KINDS",
    "Memory",
    "Need",
    "Occupancy",
    "Passed",
    "PruningFilter",
    "RingBuffer",
    "SharedQueue",
    "SingleFifo",
    "Stepped",
    "Transfer",
    "Widths",
    "arrivals",
    "circular_queue_events",
    "compare_memories",
    "demands",
    "need",
    "occupancy",
    "ring_buffer_slots",
    "ring_slots",
    "shared_queue_events",
    "single_fifo_events",
    "stepped",
]
