"""Finds installed backends by their entry points, loads one by name, and verifies them in processes of their
own.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from delaycore._distributions import DamagedDistribution, find_damaged
from delaycore._wording import describe_missing_name
from delaycore.registry._failures import describe_code_place, find_failed_backend
from delaycore.registry._foreign_parts import bring_part
from delaycore.registry._last_resort import on_endless_loading
from delaycore.registry._registry import (
    BackendError,
    BackendFault,
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
    from delaycore.registry._apart import call_apart, call_each_apart, map_apart
    from delaycore.registry._guarded import GuardedBackend, ask_backend
    from delaycore.registry._journal import tell
    from delaycore.registry._verification import Verified, verify, verify_all

_HOME = {
    "GuardedBackend": "_guarded",
    "Verified": "_verification",
    "ask_backend": "_guarded",
    "call_apart": "_apart",
    "call_each_apart": "_apart",
    "map_apart": "_apart",
    "tell": "_journal",
    "verify": "_verification",
    "verify_all": "_verification",
}

__all__ = [
    "BackendError",
    "BackendFault",
    "DamagedDistribution",
    "GuardedBackend",
    "Target",
    "UnknownTarget",
    "Verified",
    "ask_backend",
    "bring_part",
    "call_apart",
    "call_each_apart",
    "describe_code_place",
    "find_damaged",
    "find_failed_backend",
    "install_hint",
    "list_known",
    "load_backend",
    "map_apart",
    "on_endless_loading",
    "refresh",
    "states_version",
    "find_target",
    "targets",
    "tell",
    "verify",
    "verify_all",
]


def __getattr__(name: str) -> Any:
    # Loaded when first used: who lists targets starts no processes, and needs no types of results.
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(describe_missing_name(__name__, name, __all__))


def __dir__() -> list[str]:
    return sorted(__all__)
