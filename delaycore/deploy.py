"""The steps from a Graph to a simulated chip, by target name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from delaycore.activity import Spikes
from delaycore.errors import GraphError
from delaycore.graph import Graph
from delaycore.hardware import CostEstimate, FitReport, Losses, Program, Result, Workload
from delaycore.registry import load_backend

__all__ = ["check", "map", "price", "quantize", "simulate"]


def _graph(value: Graph) -> Graph:
    if not isinstance(value, Graph):
        remedy = "delaycore.load reads one from a file, .to_graph() makes one of a trained network"
        raise GraphError.at("graph", f"must be a Graph, not {type(value).__name__}", remedy)
    return value


def check(graph: Graph, target: str, **options: Any) -> FitReport:
    """Hold ``graph`` against a chip's limits: every violation at once; ``options`` are those of `map`, such
    as ``cores=1``.
    """
    return load_backend(target).check(_graph(graph), **options)


def quantize(graph: Graph, target: str, **options: Any) -> tuple[Graph, Losses]:
    """``graph`` on the chip's grid and under its arithmetic, and what that changed; ``options`` are the
    backend's, such as ``weight_bits=4``.
    """
    return load_backend(target).quantize(_graph(graph), **options)


def map(graph: Graph, target: str, **options: Any) -> Program:  # noqa: A001  # the field's word, used as dc.map
    """Place ``graph`` on a chip, quantizing it first; ``options`` are the backend's.  Raises `DoesNotFit`
    with all findings.
    """
    return load_backend(target).map(_graph(graph), **options)


def simulate(program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
    """Run a program on its chip's simulator.

    spikes: bool [samples, steps, inputs], or a mapping from input name to such arrays.
    states: record potentials of every population, or of those named; those of the read-out are always there.
    """
    if not isinstance(program, Program):
        raise GraphError.at(
            "program",
            f"must be a Program, not {type(program).__name__}",
            "make one with delaycore.map(graph, target)",
        )
    return load_backend(program.target).simulate(program, spikes, states)


def price(workload: Workload, target: str, **options: Any) -> CostEstimate:
    """What a network with recorded or assumed spikes would take on a chip, without running it; ``options``
    are those of `map`.
    """
    if not isinstance(workload, Workload):
        remedy = (
            "delaycore.pricing.load reads one from a file, delaycore.hardware.Workload(graph, spikes) "
            "makes one"
        )
        raise GraphError.at("workload", f"must be a Workload, not {type(workload).__name__}", remedy)
    return load_backend(target).price(workload, **options)
