"""Machine: what the image makes the chip compute, and what its queues, cores and network do for it."""

from delaycore_seneca.machine._chip import build_executable
from delaycore_seneca.machine._mesh import count_hops, locate_core
from delaycore_seneca.machine._queue_machine import EventFormat, MachineStep, Move, QueueFull, QueueMachine
from delaycore_seneca.machine._stalls import add_stalls, count_wait
from delaycore_seneca.machine._traffic import Traffic, count_traffic

__all__ = [
    "EventFormat",
    "MachineStep",
    "Move",
    "QueueFull",
    "QueueMachine",
    "Traffic",
    "add_stalls",
    "build_executable",
    "count_hops",
    "count_traffic",
    "count_wait",
    "locate_core",
]
