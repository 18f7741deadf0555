"""What the program of a core takes in instruction memory: routines of the RISC-V, and micro-kernels.

A layer brings three routines, to receive an event, to send one and to end a step, and its kernels; what all
layers of a core use is there once.
"""

from __future__ import annotations

from collections.abc import Sequence

from delaycore_seneca.kernels import kernels_of
from delaycore_seneca.layer import Layer
from delaycore_seneca.spec import COSTS

__all__ = ["program_bits"]


def program_bits(on_core: Sequence[Layer], grouping: int = 1) -> float:
    """Instruction memory of a core that works on these layers."""
    routines = 2 * float(COSTS["riscv.event"]) + float(COSTS["riscv.step"])
    kernels = sum(
        len(kernel)
        for layer in on_core
        for kernel in kernels_of(
            layer.population, frozenset(f.layout for f in layer.fans), layer.width, grouping
        )
    )
    return float(COSTS["code.shared"]) + (len(on_core) * routines + kernels) * float(
        COSTS["code.instruction"]
    )
