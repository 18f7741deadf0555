"""The command ``delaycore``."""

from delaycore.cli import backends, comparing, conformance, data, delays, deploying, pricing, training
from delaycore.cli.app import app, main

__all__ = ["app", "backends", "comparing", "conformance", "data", "delays", "deploying", "main", "pricing", "training"]
