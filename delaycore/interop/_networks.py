"""Networks of torch frameworks as a Graph: DCLS, snnTorch and SpikingJelly, whose layers may stand in one
network.
"""

from __future__ import annotations

from typing import Any

from delaycore.errors import ForeignError
from delaycore.graph import Graph
from delaycore.hardware import Losses
from delaycore.interop._chain import Layer, gathered
from delaycore.interop._dcls_layers import Positions, dcls_layer
from delaycore.interop._snntorch_neurons import snntorch_neurons
from delaycore.interop._spikingjelly_layers import spikingjelly_layer
from delaycore.interop._tensors import flat, kind
from delaycore.interop._torch_layers import torch_layer

__all__ = ["from_dcls", "from_snntorch", "from_spikingjelly"]


def from_dcls(
    layers: Any,
    *,
    step: float = 1e-3,
    positions: Positions = "rounded",
    left_padding: int | None = None,
    statistic: str | None = None,
) -> tuple[Graph, Losses]:
    """A trained network with delays by DCLS (0.1.1): `Dcls1d` layers, each followed by neurons of
    SpikingJelly or snnTorch.

    layers:       torch.nn.Sequential or a list, in the order of application; batch normalisation is folded
                  into the weights.
    step:         seconds of a step.
    positions:    ``rounded``: each weight becomes one synapse of the nearest whole delay, as is done after
                  training (the losses say how far positions moved); ``interpolated``: the kernel exactly as
                  the layer computes it, several synapses per weight.
    left_padding: zeros that the network puts before the input of each `Dcls1d`, on top of the layer's own
                  padding.  Unless given, as many as make the layer causal, if it has no padding of its own.
    statistic:    read-out of the last layer; no read-out unless given, since the network has none.

    Weights are kept as float64, which holds float32 exactly.  Raises `ForeignError` for what a Graph cannot
    say.
    """
    return _network(layers, step, positions, left_padding, statistic)


def from_snntorch(
    layers: Any,
    *,
    step: float = 1e-3,
    positions: Positions = "rounded",
    left_padding: int | None = None,
    statistic: str | None = None,
) -> tuple[Graph, Losses]:
    """A feed-forward network of snnTorch (1.0): torch.nn.Linear or a delay layer, then `Leaky` or `Synaptic`,
    and so on.

    Arguments as in `from_dcls`; delay layers are `Dcls1d` and SpikingJelly's `Delay`, as snnTorch has none.
    A reset by subtraction, and no reset, need a synapse from each neuron to itself; they are in the losses as
    added.  Spikes are equal in every step, but where a potential lies within float64 rounding of the
    threshold.
    """
    return _network(layers, step, positions, left_padding, statistic)


def from_spikingjelly(
    layers: Any,
    *,
    step: float = 1e-3,
    positions: Positions = "rounded",
    left_padding: int | None = None,
    statistic: str | None = None,
) -> tuple[Graph, Losses]:
    """A feed-forward network of SpikingJelly (2.0): `Delay`, `Linear`, LIF, parametric LIF and IF nodes, and
    non-spiking ones as read-out.

    Arguments as in `from_dcls`.  Potentials are measured from ``v_reset``; a node's ``decode`` becomes the
    read-out.
    """
    return _network(layers, step, positions, left_padding, statistic)


def _network(
    layers: Any, step: float, positions: Positions, left_padding: int | None, statistic: str | None
) -> tuple[Graph, Losses]:
    read: list[tuple[str, Layer]] = []
    losses = Losses()
    for place, module in flat(layers):
        found = (
            dcls_layer(place, module, positions, left_padding)
            or spikingjelly_layer(place, module)
            or snntorch_neurons(place, module)
            or torch_layer(place, module)
        )
        if found is None:
            raise ForeignError.at(
                place,
                f"no Graph is known for a {kind(module)}",
                (
                    "use Linear, BatchNorm1d, Dcls1d, Delay, Leaky, Synaptic, LIFNode, "
                    "ParametricLIFNode, IFNode; else Graph.from_arrays"
                ),
            )
        read.append((place, found[0]))
        losses += found[1]
    return gathered(read, step=step, statistic=statistic, losses=losses)
