"""The compiled simulator of a Graph, with the meaning of `delaycore.reference`; backends build on it."""

from delaycore.engine._arrivals import Arrivals
from delaycore.engine._simulator import simulate
from delaycore.engine._sizes import estimate_memory

__all__ = ["Arrivals", "estimate_memory", "simulate"]
