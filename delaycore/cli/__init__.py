"""The command ``delaycore``."""

from delaycore.cli import _backends as backends
from delaycore.cli import _comparing as comparing
from delaycore.cli import _conformance as conformance
from delaycore.cli import _data as data
from delaycore.cli import _delays as delays
from delaycore.cli import _deploying as deploying
from delaycore.cli import _pricing as pricing
from delaycore.cli import _training as training
from delaycore.cli._app import app, main

__all__ = [
    "app",
    "backends",
    "comparing",
    "conformance",
    "data",
    "delays",
    "deploying",
    "main",
    "pricing",
    "training",
]
