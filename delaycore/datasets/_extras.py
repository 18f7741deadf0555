"""Packages that only a part of delaycore needs."""

from __future__ import annotations

from importlib.util import find_spec

from delaycore.errors import DataError, Problem

__all__ = ["require_package"]


def require_package(name: str, purpose: str) -> None:
    """Raise DataError, saying how to install it, if the package ``name`` is missing, which ``purpose``
    needs.
    """
    if find_spec(name) is None:
        message = f"the package {name} is not installed"
        raise DataError(Problem(purpose, message, "install it with: pip install 'delaycore[training]'"))
