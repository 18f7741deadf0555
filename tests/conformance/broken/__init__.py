"""Backends that break one promise each: the sound one with a single thing wrong, as a slip of the pen or of
thought would make it.
"""

from tests.conformance.broken import cheats, costs, does, leaks, loses, says, takes
from tests.conformance.broken.breaking import BROKEN, describes

__all__ = ["BROKEN", "cheats", "costs", "describes", "does", "leaks", "loses", "says", "takes"]
