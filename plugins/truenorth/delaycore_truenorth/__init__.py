"""TrueNorth as a target of delaycore."""

import delaycore
from delaycore_truenorth.backend import TrueNorthBackend
from delaycore_truenorth.neuron import LinearLeak

__all__ = ["LinearLeak", "TrueNorthBackend", "delaycore_backend"]


@delaycore.hookimpl
def delaycore_backend() -> TrueNorthBackend:
    """The backend of the target ``truenorth``."""
    return TrueNorthBackend()
