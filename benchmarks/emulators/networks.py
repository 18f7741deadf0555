"""Random networks in the chip's own registers, as plain values that any emulator can build: neither silent
nor saturated, and without overflow.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from delaycore_loihi import ARITHMETIC
from delaycore_loihi.numbers import decode_current_decay, decode_potential_decay
from numpy.typing import NDArray

import delaycore as dc
from delaycore import engine

Network = dict[str, Any]
LARGEST = 131071
LIVE = (0.02, 0.40)


def draw_network(seed: int) -> Network:
    """Draw groups with registers, projections with mantissas, exponents and delay fields, and input spikes;
    firing in 2 to 40 % of neurons and steps.

    A field d of an input means arrival d steps after the spike, one of a neuron 1 + d steps.
    """
    for attempt in range(100):
        rng = np.random.default_rng([seed, attempt])
        network = _draw(rng)
        for _ in range(12):
            activity = engine.simulate(
                make_graph(network), {"in": make_input_spikes(network)}, states=True, threads=1
            )
            rates = activity.rates()
            slow = [g for g in network["groups"] if not LIVE[0] <= rates[g["name"]] <= LIVE[1]]
            if not slow:
                break
            potential = activity.potentials[slow[0]["name"]]
            wanted = float(np.quantile(potential, 1 - rng.uniform(0.06, 0.25)))
            slow[0]["threshold"] = int(np.clip(round(0.5 * (slow[0]["threshold"] + wanted / 64)), 1, LARGEST))
        overflow = any(int(count.sum()) for count in activity.overflow.values())
        if not slow and not overflow:
            return network
    raise RuntimeError(f"no live network for seed {seed}")


def _draw(rng: np.random.Generator) -> Network:
    inputs, steps = int(rng.integers(4, 13)), 100
    groups: list[dict[str, Any]] = [
        {
            "name": f"h{i}",
            "size": int(rng.integers(3, 10)),
            "du": int(rng.choice([4096, int(rng.integers(200, 4096))])),
            "dv": int(rng.choice([0, 4095, int(rng.integers(1, 4096))], p=[0.05, 0.05, 0.9])),
            "refractory": int(
                rng.choice([1, int(rng.integers(2, 6)), int(rng.integers(6, 30))], p=[0.5, 0.35, 0.15])
            ),
            "threshold": int(rng.integers(100, 2000)),
        }
        for i in range(int(rng.integers(1, 4)))
    ]
    names = ["in", *(g["name"] for g in groups)]
    pairs = [("in", "h0"), *pairwise(names[1:]), (names[-1], str(rng.choice(names[1:])))]
    if rng.random() < 0.5:
        pairs.append(("in", names[-1]))
    sizes = {"in": inputs, **{g["name"]: g["size"] for g in groups}}
    projections = [
        _draw_synapses(rng, a, b, sizes, recurrent=i == len(groups)) for i, (a, b) in enumerate(pairs)
    ]
    rate = rng.uniform(0.03, 0.3)
    spikes = np.argwhere(rng.random((steps, inputs)) < rate)
    return {
        "steps": steps,
        "inputs": inputs,
        "groups": groups,
        "projections": projections,
        "spikes": spikes.tolist(),
    }


def _draw_synapses(
    rng: np.random.Generator, source: str, target: str, sizes: dict[str, int], recurrent: bool
) -> Network:
    number = int(sizes[source] * sizes[target] * rng.uniform(0.3, 1.0)) + 1
    mode = int(rng.choice([1, 2, 3] if recurrent else [1, 2], p=[0.5, 0.2, 0.3] if recurrent else [0.8, 0.2]))
    low, high, step = {1: (-120, 254, 2), 2: (1, 255, 1), 3: (-256, 0, 1)}[mode]
    reach = int(rng.choice([0, 6, 62]))
    levels = np.unique(np.append(rng.integers(0, reach + 1, 3), reach))
    return {
        "source": source,
        "target": target,
        "pre": rng.integers(0, sizes[source], number).tolist(),
        "post": rng.integers(0, sizes[target], number).tolist(),
        "mantissa": (step * (rng.integers(low, high + 1, number) // step)).tolist(),
        "exponent": int(rng.integers(0, 3)),
        "mode": mode,
        "delay": rng.choice(levels, number).tolist(),
    }


def make_graph(network: Network, on_chip: bool = False) -> dc.Graph:
    """Return the network as a graph under the chip's arithmetic; for each group ``g`` an integrator
    ``u of g``, whose potential is the group's current.

    On the chip there is none where the current keeps nothing, since potentials of the chip keep 1/4096 at
    least.
    """
    twins = [g for g in network["groups"] if g["du"] < 4096 or not on_chip]
    populations: dict[str, dc.Population] = {"in": dc.Input(network["inputs"])}
    for g in network["groups"]:
        keeps = {
            "retain": decode_potential_decay(g["dv"]),
            "threshold": g["threshold"] * 64.0,
            "refractory": g["refractory"] - 1,
        }
        populations[g["name"]] = dc.CurrentLIF(
            g["size"], **keeps, retain_current=decode_current_decay(g["du"] - 1)
        )
    populations |= {
        f"u of {g['name']}": dc.Integrator(g["size"], retain=decode_potential_decay(g["du"])) for g in twins
    }
    projections = []
    for i, p in enumerate(network["projections"]):
        weight = np.array(p["mantissa"]) * 2.0 ** (6 + p["exponent"])
        delay = np.array(p["delay"]) + (p["source"] != "in")
        for target in (p["target"], f"u of {p['target']}"):
            if target not in populations:
                continue
            projections.append(
                dc.Projection(p["source"], target, p["pre"], p["post"], weight, delay, f"{i} to {target}")
            )
    return dc.Graph(1e-3, populations, projections, arithmetic=ARITHMETIC)


def make_input_spikes(network: Network) -> NDArray[np.bool_]:
    """Return the input spikes of a network, bool [1, steps, inputs]."""
    spikes = np.zeros((1, network["steps"], network["inputs"]), dtype=np.bool_)
    for step, neuron in network["spikes"]:
        spikes[0, step, neuron] = True
    return spikes
