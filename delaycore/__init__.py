"""Spiking networks with synaptic delays: train, check, map and simulate them under the limits of real
chips.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from delaycore._distributions import pass_over_if_asked
from delaycore._foreign_parts import ForeignPart, set_part_search
from delaycore.errors import Problem

if TYPE_CHECKING:
    from delaycore import (
        activity,
        backend,
        cli,
        conformance,
        datasets,
        delay_memory,
        deploy,
        engine,
        errors,
        experiment,
        graph,
        hardware,
        interop,
        memory,
        nn,
        pricing,
        reference,
        registry,
        report,
        settings,
        template,
        training,
    )
    from delaycore.activity import Activity
    from delaycore.backend import API_VERSION, Backend, hookimpl
    from delaycore.deploy import check, load_program, map, price, quantize, simulate  # noqa: A004  # used as dc.map
    from delaycore.errors import (
        DataError,
        DelaycoreError,
        FileError,
        GraphError,
        HardwareError,
        NotOffered,
        OutOfMemory,
        SettingsError,
    )
    from delaycore.graph import (
        LIF,
        AdaptiveLIF,
        Arithmetic,
        CurrentLIF,
        Format,
        Framing,
        Graph,
        Input,
        Integrator,
        Population,
        Projection,
        Readout,
        load,
    )
    from delaycore.hardware import (
        Cost,
        CostEstimate,
        DoesNotFit,
        Finding,
        FitReport,
        HardwareSpec,
        Loss,
        Losses,
        Program,
        Result,
        Workload,
    )
    from delaycore.registry import BackendError, UnknownTarget, load_backend, refresh, targets

__version__ = "0.1.0"

# Loaded when first used, so that importing delaycore takes a blink and never needs torch.
_WHERE = {
    "delaycore.activity": ("Activity",),
    "delaycore.backend": ("API_VERSION", "Backend", "hookimpl"),
    "delaycore.deploy": ("check", "load_program", "map", "price", "quantize", "simulate"),
    "delaycore.errors": (
        "DataError",
        "DelaycoreError",
        "FileError",
        "GraphError",
        "HardwareError",
        "NotOffered",
        "OutOfMemory",
        "SettingsError",
    ),
    "delaycore.graph": (
        *(
            "AdaptiveLIF",
            "Arithmetic",
            "CurrentLIF",
            "Format",
            "Framing",
            "Graph",
            "Input",
            "Integrator",
            "LIF",
        ),
        *("Population", "Projection", "Readout", "load"),
    ),
    "delaycore.hardware": (
        "Cost",
        "DoesNotFit",
        "Finding",
        "FitReport",
        "HardwareSpec",
        "Loss",
        "Losses",
        "CostEstimate",
        "Program",
        "Result",
        "Workload",
    ),
    "delaycore.registry": ("BackendError", "UnknownTarget", "load_backend", "refresh", "targets"),
}
_MODULES = (
    *("activity", "backend", "cli", "conformance", "datasets", "delay_memory", "deploy", "engine", "errors"),
    *("experiment", "graph", "hardware", "interop", "memory", "nn", "pricing", "reference", "registry"),
    *("report", "settings", "template", "training"),
)
_HOME = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "API_VERSION",
    "Activity",
    "AdaptiveLIF",
    "Arithmetic",
    "Backend",
    "BackendError",
    "Cost",
    "CostEstimate",
    "CurrentLIF",
    "DataError",
    "DelaycoreError",
    "DoesNotFit",
    "FileError",
    "Finding",
    "FitReport",
    "Format",
    "Framing",
    "Graph",
    "GraphError",
    "HardwareError",
    "HardwareSpec",
    "Input",
    "Integrator",
    "LIF",
    "Loss",
    "Losses",
    "NotOffered",
    "OutOfMemory",
    "Population",
    "Program",
    "Projection",
    "Readout",
    "Result",
    "SettingsError",
    "UnknownTarget",
    "Workload",
    "__version__",
    "activity",
    "backend",
    "check",
    "cli",
    "conformance",
    "datasets",
    "delay_memory",
    "deploy",
    "engine",
    "errors",
    "experiment",
    "graph",
    "hardware",
    "hookimpl",
    "interop",
    "memory",
    "load",
    "load_backend",
    "load_program",
    "map",
    "nn",
    "price",
    "pricing",
    "quantize",
    "reference",
    "refresh",
    "registry",
    "report",
    "settings",
    "simulate",
    "targets",
    "template",
    "training",
]


def _bring_part(part: ForeignPart) -> Problem:
    from delaycore.registry import bring_part

    return bring_part(part)


set_part_search(_bring_part)
pass_over_if_asked()


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _MODULES:
        return import_module(f"delaycore.{name}")
    from delaycore._wording import describe_missing_name

    raise AttributeError(describe_missing_name(__name__, name, __all__))


def __dir__() -> list[str]:
    return sorted(__all__)
