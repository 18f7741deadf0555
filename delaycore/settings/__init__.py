"""The settings of a run: one validated value, in TOML or in Python; importable without torch."""

from delaycore.settings._settings import (
    Budget,
    Controls,
    ConvolutionLayer,
    Fitting,
    Forwards,
    Framed,
    Network,
    OnGrid,
    Pruning,
    Settings,
)

__all__ = [
    "Budget",
    "Controls",
    "ConvolutionLayer",
    "Fitting",
    "Forwards",
    "Framed",
    "Network",
    "OnGrid",
    "Pruning",
    "Settings",
]
