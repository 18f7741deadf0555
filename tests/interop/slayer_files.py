"""Files as lava-dl exports them, and SLAYER's integer equations for such a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

__all__ = ["make_layer", "solve_slayer", "write_network"]

Layer = dict[str, Any]


def make_layer(rng: np.random.Generator, targets: int, sources: int, **values: Any) -> Layer:
    """A dense layer of CUBA neurons with even weights of 8 bits, as SLAYER quantizes them."""
    return {
        "type": np.array([b"dense"], "S10"),
        "shape": np.array([targets]),
        "inFeatures": sources,
        "outFeatures": targets,
        "weight": (2 * rng.integers(-20, 34, (targets, sources))).astype(np.float32),
        "neuron/type": "CUBA",
        "neuron/iDecay": 1024,
        "neuron/vDecay": 410,
        "neuron/vThMant": 80,
        "neuron/refDelay": 1,
        "neuron/gradedSpike": False,
    } | values


def write_network(path: Path, layers: list[Layer]) -> Path:
    """Write layers as lava-dl does; what is None is left out."""
    with h5py.File(path, "w") as file:
        for i, layer in enumerate(layers):
            for name, value in layer.items():
                if value is not None:
                    file[f"layer/{i}/{name}"] = value
    return path


def solve_slayer(
    path: Path, spikes: np.ndarray, *, strict: bool = False, hop_delay: int = 0
) -> list[np.ndarray]:
    """The spikes of each dense layer before its axons, [samples, steps, neurons], in integers of 64 bits."""
    x = spikes.astype(np.int64)
    fired = []
    with h5py.File(path) as file:
        for name in sorted(file["layer"], key=int):
            layer = file["layer"][name]
            if layer["type"][0] != b"dense":
                continue
            x = _solve_layer(layer, x, strict)
            fired.append(x)
            x = _postpone(x, layer, hop_delay)
    return fired


def _solve_layer(layer: Any, x: np.ndarray, strict: bool) -> np.ndarray:
    weight = layer["weight"][()].astype(np.int64)
    bias = layer["bias"][()].astype(np.int64) if "bias" in layer else 0
    decay_i, decay_v, threshold = (
        layer[f"neuron/{k}"][()].astype(int) for k in ("iDecay", "vDecay", "vThMant")
    )
    i = v = np.zeros((len(x), len(weight)), np.int64)
    fired = np.zeros((*x.shape[:2], len(weight)), np.int64)
    for t in range(x.shape[1]):
        i = _shift(i, decay_i) + 64 * (x[:, t] @ weight.T)
        v = _shift(v, decay_v) + i + 64 * bias
        fired[:, t] = v > 64 * threshold if strict else v >= 64 * threshold
        v = v * (1 - fired[:, t])
    return fired


def _shift(x: np.ndarray, decay: np.ndarray) -> np.ndarray:
    """Decay by a shift of 12 bits, towards zero."""
    return np.sign(x) * ((np.abs(x) * (4096 - decay)) >> 12)


def _postpone(fired: np.ndarray, layer: Any, hop_delay: int) -> np.ndarray:
    steps = fired.shape[1]
    delays = layer["delay"][()] if "delay" in layer else np.zeros(fired.shape[2])
    arrived = np.zeros_like(fired)
    for j, delay in enumerate(np.broadcast_to(delays, fired.shape[2]).astype(int) + hop_delay):
        arrived[:, delay:, j] = fired[:, : max(steps - delay, 0), j]
    return arrived
