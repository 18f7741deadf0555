"""The command ``delaycore``."""

from delaycore.cli import _backends as backends, _comparing as comparing, _conformance as conformance, _data as data, _delays as delays, _deploying as deploying, _pricing as pricing, _training as training
from delaycore.cli._app import app, main

__all__ = ["app", "backends", "comparing", "conformance", "data", "delays", "deploying", "main", "pricing", "training"]
