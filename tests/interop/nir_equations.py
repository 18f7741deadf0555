"""A NIR graph by its equations, node by node: what the importer is held against."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["solve_equations"]


def solve_equations(graph: Any, spikes: np.ndarray, step: float) -> dict[str, np.ndarray]:
    """A NIR graph by its equations, node by node, with forward Euler: outputs [samples, steps, channels];
    delays are whole steps.
    """
    samples, steps, _ = spikes.shape
    into: dict[str, list[str]] = {}
    for source, target in graph.edges:
        into.setdefault(target, []).append(source)
    out: dict[str, list[Any]] = {name: [None] * steps for name in graph.nodes}
    state: dict[str, dict[str, Any]] = {name: {"v": 0.0, "i": 0.0} for name in graph.nodes}

    def value(name: str, t: int) -> np.ndarray:
        if t >= 0 and out[name][t] is None:
            out[name][t] = compute(name, t)
        return out[name][t]

    def compute(name: str, t: int) -> np.ndarray:
        node, kind = graph.nodes[name], type(graph.nodes[name]).__name__
        if kind == "Input":
            return spikes[:, t].astype(float)
        if kind == "Delay":
            delay = np.rint(np.asarray(node.delay) / step).astype(int)
            late = np.zeros((samples, delay.size))
            for j, d in enumerate(delay):
                if t - d >= 0:
                    late[:, j] = sum(value(s, t - d)[:, j] for s in into[name])
            return late
        x: Any = sum((value(s, t) for s in into.get(name, [])), np.zeros(1))
        if kind in ("Linear", "Affine"):
            return x @ node.weight.T + getattr(node, "bias", 0.0)
        if kind == "Scale":
            return x * node.scale
        own = state[name]
        if kind == "Output":
            return x
        if kind == "CubaLIF":
            own["i"] = own["i"] + step / node.tau_syn * (-own["i"] + node.w_in * x)
            own["v"] = own["v"] + step / node.tau_mem * (node.v_leak - own["v"] + node.r * own["i"])
        elif kind in ("LIF", "LI"):
            own["v"] = own["v"] + step / node.tau * (node.v_leak - own["v"] + node.r * x)
        else:
            own["v"] = own["v"] + step * node.r * x
        if kind in ("LI", "I"):
            return own["v"]
        fired = own["v"] > node.v_threshold
        own["v"] = np.where(fired, node.v_reset, own["v"])
        return fired.astype(float)

    for t in range(steps):
        for name in graph.nodes:
            value(name, t)
    return {name: np.stack(values, axis=1) for name, values in out.items()}
