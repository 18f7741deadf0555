"""Record a network that snnTorch wrote as NIR, and the spikes that snnTorch makes with it.

    pip install snntorch==1.0.0 nir==1.0.8 nirtorch==2.6 torch
    python -m benchmarks.interop.record_nir tests/interop/snntorch

writes PATH.nir and PATH.npz (``input`` and ``output``, bool [samples, steps, neurons]).  snnTorch's export
takes steps of 0.1 ms, needs nirtorch, which tests do without, and writes one number per neuron only where
parameters are given per neuron.  Reset is to zero: NIR's neurons have no reset by subtraction.
"""

from __future__ import annotations

import sys
from typing import Any

import nir
import numpy as np
import snntorch as snn
import torch
from snntorch.export_nir import export_to_nir


def main(path: str) -> None:
    """Write both files."""
    torch.manual_seed(5)
    network = torch.nn.Sequential(
        torch.nn.Linear(12, 24),
        snn.Leaky(
            beta=torch.full((24,), 0.85),
            threshold=torch.full((24,), 0.9),
            reset_mechanism="zero",
            init_hidden=True,
        ),
        torch.nn.Linear(24, 16, bias=False),
        snn.Leaky(
            beta=torch.full((16,), 0.75),
            threshold=torch.full((16,), 1.1),
            reset_mechanism="zero",
            init_hidden=True,
        ),
    )
    with torch.no_grad():
        linears: list[Any] = [network[0], network[2]]
        for linear in linears:
            linear.weight.normal_(0.08, 0.45)
    nir.write(f"{path}.nir", export_to_nir(network, torch.zeros(12)))
    spiking: list[Any] = [network[1], network[3]]
    for neurons in spiking:
        neurons.reset_mem()
    spikes = np.random.default_rng(5).random((4, 60, 12)) < 0.15
    network = network.double()
    with torch.no_grad():
        output = torch.stack(
            [network_step(network, torch.from_numpy(spikes[:, t].astype(np.float64))) for t in range(60)], 1
        )
    print(f"output fires in {output.mean():.1%} of steps")
    np.savez_compressed(f"{path}.npz", input=spikes, output=output.numpy().astype(bool))


def network_step(network: torch.nn.Sequential, x: torch.Tensor) -> torch.Tensor:
    """One step; snnTorch's spikes are float32 whatever goes in."""
    for layer in network:
        x = layer(x.double())
    return x


if __name__ == "__main__":
    main(sys.argv[1])
