"""Packages that only a part of delaycore needs."""

from __future__ import annotations

from importlib.util import find_spec

from delaycore._installing import suggest_core
from delaycore.errors import DataError, Problem

__all__ = ["require_package"]


def require_package(name: str, purpose: str, extra: str = "training") -> None:
    """Raise `DataError` with the way to install the package ``name``, if it is missing.

    purpose: what needs it, for the message.
    extra:   of delaycore, which installs it.
    """
    if find_spec(name) is None:
        message = f"the package {name} is not installed"
        raise DataError(Problem(purpose, message, f"install it with: {suggest_core(extra)}"))
