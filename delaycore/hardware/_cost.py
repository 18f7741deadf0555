"""What a run on a chip takes: time, energy and memory, by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._names import by_name
from delaycore._shown import one_line
from delaycore._values import frozen_array
from delaycore.errors import HardwareError
from delaycore.hardware._checked_fields import require_text

__all__ = ["Cost", "Quantity"]


@dataclass(frozen=True, eq=False)
class Quantity:
    """An amount made of named parts, each one number per sample, [samples]."""

    unit: str
    parts: Mapping[str, NDArray[np.float64]]

    def __post_init__(self) -> None:
        require_text("Quantity.unit", self.unit)
        if not isinstance(self.parts, Mapping) or not all(isinstance(name, str) for name in self.parts):
            message = f"must be a mapping from name to numbers, not {self.parts!r:.80}"
            raise HardwareError.at("Quantity.parts", message, "give an array [samples] for each part")
        parts = {name: frozen_array(amounts, np.float64) for name, amounts in self.parts.items()}
        object.__setattr__(self, "parts", by_name("parts", parts))

    @property
    def total(self) -> NDArray[np.float64]:
        """Sum of all parts of each sample, [samples]."""
        return np.asarray(sum(self.parts.values(), start=np.zeros(1)))

    @property
    def mean(self) -> float:
        """Mean over samples of the total; 0 without samples."""
        return float(self.total.mean()) if self.total.size else 0.0

    @one_line
    def __repr__(self) -> str:
        return f"<Quantity: {self.mean:.4g} {self.unit} of {', '.join(self.parts) or 'nothing'}>"

    def __str__(self) -> str:
        return "\n".join([f"{self.mean:.4g} {self.unit} per sample", *self.itemize()])

    def itemize(self, unit: str = "", factor: float = 1.0) -> Iterator[str]:
        """Yield a line for each part with its mean over samples and its share.

        unit:   another one than the amount's own, of which there are ``factor`` in that.
        """
        for part, values in self.parts.items():
            mean = float(values.mean()) * factor if values.size else 0.0
            yield f"  {part:28} {mean:10.4g} {unit or self.unit} {self.share(part):7.1%}"

    def share(self, part: str) -> float:
        """The fraction of the total that a part makes, over all samples."""
        total = float(self.total.sum())
        return float(self.parts[part].sum()) / total if total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Means over samples, for a report."""
        return {
            "unit": self.unit,
            "mean": self.mean,
            "parts": {k: float(v.mean()) if v.size else 0.0 for k, v in self.parts.items()},
        }


@dataclass(frozen=True, eq=False)
class Cost:
    """Time, energy and memory of a run.

    energy:       joules per sample, dynamic unless a part says otherwise.
    latency:      seconds per sample.
    memory:       bits by part, the same for all samples.
    delay_memory: names of the memory parts that hold spikes until they are due.
    counts:       what the costs were computed from, by name, each [samples].
    model:        the cost table that was used.
    not_modelled: what these numbers leave out; show it wherever they are shown.
    """

    energy: Quantity
    latency: Quantity
    memory: Mapping[str, float]
    delay_memory: tuple[str, ...] = ()
    counts: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    model: str = ""
    not_modelled: tuple[str, ...] = ()

    @property
    def memory_total(self) -> float:
        """Bits of all parts."""
        return float(sum(self.memory.values()))

    @property
    def delay_memory_share(self) -> float:
        """The fraction of the memory that holds spikes until they are due."""
        held = sum(self.memory[part] for part in self.delay_memory)
        return held / self.memory_total if self.memory_total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Means over samples, for a report."""
        return {
            "energy": self.energy.to_dict(),
            "latency": self.latency.to_dict(),
            "memory": {
                "unit": "bit",
                "total": self.memory_total,
                "parts": dict(self.memory),
                "delay_memory": list(self.delay_memory),
            },
            "counts": {k: float(np.mean(v)) if np.size(v) else 0.0 for k, v in self.counts.items()},
            "model": self.model,
            "not_modelled": list(self.not_modelled),
        }

    def summarize(self) -> Iterator[str]:
        """Yield a line each for latency, energy and memory, with the parts in brackets."""
        for name, amount, unit, factor in self._amounts():
            parts = ", ".join(f"{part} {float(v.mean()) * factor:.3g}" for part, v in amount.parts.items())
            yield f"{name} {amount.mean * factor:.4g} {unit} per sample ({parts})"
        yield self._describe_memory()

    def itemize(self) -> Iterator[str]:
        """Yield a line for every part of latency, energy and memory."""
        for name, amount, unit, factor in self._amounts():
            yield f"{name} {amount.mean * factor:.4g} {unit} per sample"
            yield from amount.itemize(unit, factor)
        yield self._describe_memory()
        for part, bits in self.memory.items():
            yield f"  {part:28} {bits / 1e6:10.4g} Mb"

    def _amounts(self) -> Iterator[tuple[str, Quantity, str, float]]:
        """Yield name, amount, unit and units in an SI unit."""
        yield "latency", self.latency, "ms", 1e3
        yield "energy", self.energy, "uJ", 1e6

    def _describe_memory(self) -> str:
        share = f"{self.delay_memory_share:.1%}"
        return f"memory {self.memory_total / 1e6:.4g} Mb, {share} of it holds delayed spikes"

    @one_line
    def __repr__(self) -> str:
        return (
            f"<Cost: {self.energy.mean:.4g} J, {self.latency.mean:.4g} s, {self.memory_total / 1e6:.4g} Mb>"
        )

    def __str__(self) -> str:
        model = [f"costs: {self.model}"] if self.model else []
        return "\n".join([*self.itemize(), *model, *(f"not modelled: {line}" for line in self.not_modelled)])
