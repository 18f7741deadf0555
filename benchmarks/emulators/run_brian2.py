"""Runs random networks on brian2-loihi; executed by the Python of the emulator's own environment, without
delaycore.

python run_brian2.py networks.json out.npz
"""

import json
import sys
from typing import Any

import numpy as np
from brian2 import prefs
from brian2_loihi import (
    LoihiNetwork,
    LoihiNeuronGroup,
    LoihiSpikeGeneratorGroup,
    LoihiSpikeMonitor,
    LoihiStateMonitor,
    LoihiSynapses,
)

prefs.codegen.target = "numpy"


def run(network):
    """u, v and spikes of each group, [steps, neurons]: u with the step's arrivals, v after a reset."""
    spikes = np.array(network["spikes"]).reshape(-1, 2)
    sources = {"in": LoihiSpikeGeneratorGroup(network["inputs"], spikes[:, 1], spikes[:, 0])}
    for g in network["groups"]:
        sources[g["name"]] = LoihiNeuronGroup(
            g["size"],
            refractory=g["refractory"],
            threshold_v_mant=g["threshold"],
            decay_v=g["dv"],
            decay_I=g["du"],
        )
    synapses = []
    for p in network["projections"]:
        delays, columns = np.array(p["delay"]), [np.array(p[c]) for c in ("pre", "post", "mantissa")]
        for d in np.unique(delays):
            pre, post, mantissa = (c[delays == d] for c in columns)
            s = LoihiSynapses(
                sources[p["source"]],
                sources[p["target"]],
                delay=int(d),
                w_exp=p["exponent"],
                sign_mode=p["mode"],
            )
            s.connect(i=pre, j=post)
            s.w = mantissa
            synapses.append(s)
    groups = [sources[g["name"]] for g in network["groups"]]
    currents = [
        LoihiStateMonitor(g, "I", order=10) for g in groups
    ]  # after the synapses, which share its slot of the schedule
    potentials = [LoihiStateMonitor(g, "v") for g in groups]
    fired = [LoihiSpikeMonitor(g) for g in groups]
    net = LoihiNetwork(*sources.values(), *synapses, *currents, *potentials, *fired)
    net.run(network["steps"])
    made = {}
    for g, current, potential, monitor in zip(network["groups"], currents, potentials, fired, strict=True):
        raster = np.zeros((network["steps"], g["size"]), dtype=bool)
        raster[np.asarray(monitor.t, dtype=int), np.asarray(monitor.i)] = True  # its times are steps
        made[g["name"]] = (np.asarray(current.I).T, np.asarray(potential.v).T, raster)
    return made


def main(given, out):
    with open(given) as file:
        networks = json.load(file)
    arrays: dict[str, Any] = {}
    for k, network in enumerate(networks):
        for name, (u, v, s) in run(network).items():
            arrays |= {
                f"{k}/{name}/u": np.rint(u).astype(np.int32),
                f"{k}/{name}/v": np.rint(v).astype(np.int32),
                f"{k}/{name}/s": s,
            }
        if (k + 1) % 10 == 0:
            print(f"  {k + 1} of {len(networks)} networks emulated", flush=True)
    np.savez_compressed(out, **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
