"""Record what SpikingJelly makes of random networks, so that tests can compare with it where it is not
installed.

    pip install spikingjelly==2.0.0 torch
    python -m benchmarks.interop.record_spikingjelly tests/interop/spikingjelly.npz

SpikingJelly asks for torchvision and torchaudio, which nothing here uses; `pip install --no-deps spikingjelly
loguru` is enough. The file holds, for each network, its layers (class, numbers and arrays), the input spikes,
and the spikes or potentials of every layer of neurons, all computed by SpikingJelly in float64.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import torch
from spikingjelly.activation_based import functional, layer, neuron

SAMPLES, STEPS = 4, 60
NUMBERS = ("tau", "v_threshold", "v_reset", "decay_input", "decode", "delay_steps", "training")
ARRAYS = ("weight", "bias", "w")


def networks() -> dict[str, list[Any]]:
    """Networks with every node that the door takes, in every reset, with delays before and after the
    weights.
    """
    return {
        "lif": [
            layer.Delay(2),
            layer.Linear(12, 24),
            neuron.LIFNode(tau=3.0, decay_input=True, v_threshold=0.4),
            layer.Delay(5),
            layer.Linear(24, 16, bias=False),
            layer.Delay(1),
            neuron.LIFNode(tau=5.0, decay_input=False, v_threshold=0.9),
        ],
        "soft": [
            layer.Linear(12, 24),
            neuron.LIFNode(tau=4.0, decay_input=True, v_threshold=0.3, v_reset=None),
            layer.Delay(3),
            layer.Linear(24, 16),
            neuron.IFNode(v_threshold=1.3, v_reset=None),
        ],
        "shifted": [
            layer.Linear(12, 24),
            neuron.ParametricLIFNode(init_tau=2.5, decay_input=True, v_threshold=0.5, v_reset=-0.2),
            layer.Delay(7),
            layer.Linear(24, 16),
            neuron.ParametricLIFNode(init_tau=6.0, decay_input=False, v_threshold=0.6, v_reset=0.1),
        ],
        "readout": [
            layer.Linear(12, 24),
            neuron.IFNode(v_threshold=1.5),
            layer.Delay(4),
            layer.Linear(24, 5),
            neuron.NonSpikingLIFNode(tau=8.0, decode=None),
        ],
    }


def run(layers: list[Any], spikes: np.ndarray) -> list[np.ndarray]:
    """What every layer of neurons gives, [samples, steps, neurons]."""
    outputs = []
    x = torch.from_numpy(spikes.astype(np.float64).transpose(1, 0, 2))  # [steps, samples, inputs]
    for module in layers:
        if isinstance(module, neuron.NonSpikingLIFNode):
            x = torch.stack(list(module(x)))
        elif isinstance(module, torch.nn.Linear):
            x = torch.stack([module(step) for step in x])
        else:
            functional.reset_net(module)
            functional.set_step_mode(module, "m")
            x = module(x)
        if type(module).__module__.startswith("spikingjelly.activation_based.neuron"):
            outputs.append(x.detach().numpy().transpose(1, 0, 2))
    return outputs


def described(module: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A layer as numbers and arrays."""
    numbers = {n: getattr(module, n) for n in NUMBERS if hasattr(module, n)}
    arrays = {n: getattr(module, n).detach().numpy() for n in ARRAYS if getattr(module, n, None) is not None}
    return {
        "module": type(module).__module__,
        "name": type(module).__name__,
        "numbers": numbers,
        "arrays": sorted(arrays),
    }, arrays


def main(path: str) -> None:
    """Write the file."""
    torch.manual_seed(7)
    rng = np.random.default_rng(7)
    contents: dict[str, Any] = {}
    manifest: dict[str, list[dict[str, Any]]] = {}
    for name, layers in networks().items():
        layers = [module.double().eval() for module in layers]
        with torch.no_grad():
            for module in layers:
                if isinstance(module, torch.nn.Linear):
                    module.weight.normal_(0.15, 0.5)
        spikes = rng.random((SAMPLES, STEPS, 12)) < 0.15
        contents[f"{name}/spikes"] = np.packbits(spikes)
        manifest[name] = []
        for i, module in enumerate(layers):
            row, arrays = described(module)
            manifest[name].append(row)
            contents |= {f"{name}/{i}/{key}": values for key, values in arrays.items()}
        for i, output in enumerate(run(layers, spikes)):
            binary = np.isin(output, (0, 1)).all()
            contents[f"{name}/output{i}"] = output.astype(bool) if binary else output
            print(
                f"{name}: layer {i} fires in {output.mean():.1%} of steps"
                if binary
                else f"{name}: layer {i} never fires"
            )
    header = json.dumps({"samples": SAMPLES, "steps": STEPS, "inputs": 12, "networks": manifest})
    np.savez_compressed(path, header=np.frombuffer(header.encode(), np.uint8), **contents)


if __name__ == "__main__":
    main(sys.argv[1])
