"""Costs in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from delaycore.hardware import Cost, Quantity

__all__ = ["itemize_cost", "summarize_cost"]


def summarize_cost(cost: Cost) -> Iterator[str]:
    """Yield a line each for latency, energy and memory, with their parts in brackets."""
    for name, amount, unit, factor in _amounts(cost):
        parts = ", ".join(f"{part} {float(v.mean()) * factor:.3g}" for part, v in amount.parts.items())
        yield f"{name} {amount.mean * factor:.4g} {unit} per sample ({parts})"
    yield _describe_memory(cost)


def itemize_cost(cost: Cost) -> Iterator[str]:
    """Yield a line for every part of latency, energy and memory."""
    for name, amount, unit, factor in _amounts(cost):
        yield f"{name} {amount.mean * factor:.4g} {unit} per sample"
        for part, values in amount.parts.items():
            yield f"  {part:28} {float(values.mean()) * factor:10.4g} {unit} {amount.share(part):7.1%}"
    yield _describe_memory(cost)
    for part, bits in cost.memory.items():
        yield f"  {part:28} {bits / 1e6:10.4g} Mb"


def _amounts(cost: Cost) -> Iterator[tuple[str, Quantity, str, float]]:
    """Yield name, amount, unit and units in an SI unit."""
    yield "latency", cost.latency, "ms", 1e3
    yield "energy", cost.energy, "uJ", 1e6


def _describe_memory(cost: Cost) -> str:
    share = f"{cost.delay_memory_share:.1%}"
    return f"memory {cost.memory_total / 1e6:.4g} Mb, {share} of it holds delayed spikes"
