"""The command ``delaycore``."""

from delaycore.cli import backends, data, deploying, pricing, training
from delaycore.cli.app import app, main

__all__ = ["app", "backends", "data", "deploying", "main", "pricing", "training"]
