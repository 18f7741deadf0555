"""The structures that hold spikes until they are due, as machines, as formulas, and as counts of recorded
spikes.

Everywhere here D, the number of levels, is the largest delay in steps plus one: delays run from 0 to D - 1.
"""

from delaycore._counting import count_due_events
from delaycore.delay_memory._capacity import (
    circular_queue_events,
    entry_per_delay_queue_events,
    ring_buffer_slots,
    single_fifo_events,
)
from delaycore.delay_memory._circular_queue import CircularQueue, Event, QueueStep, Transfer
from delaycore.delay_memory._comparison import (
    KINDS,
    Demand,
    Memory,
    Need,
    compare_memories,
    compute_need,
    list_demands,
)
from delaycore.delay_memory._entry_per_delay_queue import EntryPerDelayQueue
from delaycore.delay_memory._memory import (
    DelayMemory,
    Exit,
    MemoryStep,
    SimpleStep,
    iterate_arrivals,
    list_arrivals,
    step_through,
)
from delaycore.delay_memory._pruning_filter import PruningFilter
from delaycore.delay_memory._queue_occupancy import Occupancy, compute_occupancy
from delaycore.delay_memory._ring_buffer import RingBuffer
from delaycore.delay_memory._single_fifo import SingleFifo
from delaycore.delay_memory._widths import Widths

__all__ = [
    "CircularQueue",
    "DelayMemory",
    "Demand",
    "Event",
    "Exit",
    "KINDS",
    "Memory",
    "Need",
    "Occupancy",
    "QueueStep",
    "PruningFilter",
    "RingBuffer",
    "EntryPerDelayQueue",
    "SingleFifo",
    "MemoryStep",
    "SimpleStep",
    "Transfer",
    "Widths",
    "iterate_arrivals",
    "list_arrivals",
    "circular_queue_events",
    "compare_memories",
    "count_due_events",
    "list_demands",
    "compute_need",
    "compute_occupancy",
    "ring_buffer_slots",
    "entry_per_delay_queue_events",
    "single_fifo_events",
    "step_through",
]
