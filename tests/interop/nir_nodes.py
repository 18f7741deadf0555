"""Nodes of NIR to build networks of, at steps of 1 ms."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

__all__ = ["make_neurons", "make_weights"]

STEP = 1e-3


def make_neurons(kind: str, n: int, seed: int = 0) -> Any:
    """Neurons whose parameters are the same for all n of them."""
    rng = np.random.default_rng(seed)
    tau, r, threshold = STEP * rng.uniform(2, 6), rng.uniform(2, 4), rng.uniform(0.7, 1.2)
    full = np.ones(n)
    match kind:
        case "LIF":
            return nir.LIF(tau=tau * full, r=r * full, v_leak=0.05 * full, v_threshold=threshold * full)
        case "CubaLIF":
            return nir.CubaLIF(
                tau_syn=2 * STEP * full,
                tau_mem=tau * full,
                r=2 * r * full,
                v_leak=0 * full,
                v_threshold=threshold * full,
                w_in=1.5 * full,
            )
        case "IF":
            return nir.IF(r=full / STEP, v_threshold=1.3 * full)
        case "Threshold":
            return nir.Threshold(threshold=0.8 * full)
        case "LI":
            return nir.LI(tau=tau * full, r=r * full, v_leak=0.1 * full)
        case _:
            return nir.I(r=full / STEP)


def make_weights(targets: int, sources: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.15, 0.45, (targets, sources))
