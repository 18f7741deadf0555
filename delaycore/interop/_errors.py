"""What is wrong with a network of another framework."""

from __future__ import annotations

from delaycore.errors import DelaycoreError

__all__ = ["ForeignError"]


class ForeignError(DelaycoreError):
    """A network of another framework that no Graph can say exactly, or a framework that is not installed."""
