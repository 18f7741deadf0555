"""Layers that would not fit into memory are refused before they are made."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from delaycore.memory import require_memory

__all__ = ["require_weights"]


def require_weights(place: str, numbers: Mapping[str, int]) -> None:
    """Raise `OutOfMemory` for a layer that would take more memory than there is; on another device than the
    processor, torch says so itself.

    numbers: in torch's default type, by what they are.
    """
    if torch.get_default_device().type != "cpu":
        return
    size = torch.get_default_dtype().itemsize
    require_memory(
        place, {what: size * n for what, n in numbers.items()}, "use fewer neurons, synapses or delays"
    )
