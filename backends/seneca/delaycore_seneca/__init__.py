"""The Seneca chip as a target of delaycore."""

import delaycore
from delaycore_seneca.backend import SenecaBackend

__all__ = ["SenecaBackend", "delaycore_backend"]


@delaycore.hookimpl
def delaycore_backend() -> SenecaBackend:
    """The backend of the target ``seneca``."""
    return SenecaBackend()
