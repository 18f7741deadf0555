"""SpiNNaker 1 as a target of delaycore."""

import delaycore
from delaycore_spinnaker.backend import SpinnakerBackend

__all__ = ["SpinnakerBackend", "delaycore_backend"]


@delaycore.hookimpl
def delaycore_backend() -> SpinnakerBackend:
    """The backend of the target ``spinnaker``."""
    return SpinnakerBackend()
