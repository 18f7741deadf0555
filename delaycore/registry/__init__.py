"""Finds installed backends by their entry points, loads one by name, and verifies them in processes of their
own.
"""

from typing import TYPE_CHECKING, Any

from delaycore._distributions import DamagedDistribution, find_damaged
from delaycore._wording import describe_missing_name
from delaycore.registry._failures import describe_code_place, find_failed_backend
from delaycore.registry._foreign_parts import bring_part
from delaycore.registry._last_resort import on_endless_loading
from delaycore.registry._registry import (
    BackendError,
    Target,
    UnknownTarget,
    find_target,
    install_hint,
    list_known,
    load_backend,
    refresh,
    states_version,
    targets,
)

if TYPE_CHECKING:
    from delaycore.registry._verification import Verified, find_usable, verify, verify_all

__all__ = [
    "BackendError",
    "DamagedDistribution",
    "Target",
    "UnknownTarget",
    "Verified",
    "bring_part",
    "describe_code_place",
    "find_damaged",
    "find_failed_backend",
    "install_hint",
    "list_known",
    "load_backend",
    "on_endless_loading",
    "refresh",
    "states_version",
    "find_target",
    "targets",
    "find_usable",
    "verify",
    "verify_all",
]


def __getattr__(name: str) -> Any:
    # Loaded when first used: only verification starts processes.
    if name in __all__:
        from delaycore.registry import _verification

        return getattr(_verification, name)
    raise AttributeError(describe_missing_name(__name__, name, __all__))


def __dir__() -> list[str]:
    return sorted(__all__)
