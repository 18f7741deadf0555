"""Networks of torch frameworks as a Graph: DCLS, snnTorch and SpikingJelly, whose layers may stand in one
network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from delaycore.errors import ForeignError
from delaycore.graph import Graph
from delaycore.hardware import Losses
from delaycore.interop._chain import Layer, build_chain
from delaycore.interop._dcls_layers import Positions, read_dcls_layer
from delaycore.interop._modules import get_kind, list_layers
from delaycore.interop._problems import ProblemList
from delaycore.interop._snntorch_neurons import read_snntorch_neurons
from delaycore.interop._spikingjelly_layers import read_spikingjelly_layer
from delaycore.interop._torch_layers import read_torch_layer

__all__ = ["from_dcls", "from_snntorch", "from_spikingjelly"]


def from_dcls(
    layers: Any,
    *,
    step: float = 1e-3,
    positions: Positions = "rounded",
    left_padding: int | None = None,
    statistic: str | None = None,
) -> tuple[Graph, Losses]:
    """Read a trained network with delays by DCLS (0.1.1): `Dcls1d` layers, each followed by neurons of
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

    A bias that goes through a current or a delay becomes synapses of a neuron that fires in every step, which
    are in the losses as added.  Weights are kept as float64, which holds float32 exactly.  Raises
    `ForeignError` with everything that a Graph cannot say.
    """
    return _read_network(
        layers, step, statistic, lambda place, module: read_dcls_layer(place, module, positions, left_padding)
    )


def from_snntorch(layers: Any, *, step: float = 1e-3, statistic: str | None = None) -> tuple[Graph, Losses]:
    """Read a feed-forward network of snnTorch (1.0): torch.nn.Linear or a delay layer, then `Leaky` or
    `Synaptic`, and so on.

    Arguments and biases as in `from_dcls`; a delay layer is SpikingJelly's `Delay`, or `Dcls1d` with its
    positions rounded, as snnTorch has none.  A reset by subtraction, and no reset, need a synapse from each
    neuron to itself; they are in the losses as added.  Spikes are equal in every step, but where a potential
    lies within float64 rounding of the threshold.
    """
    return _read_network(layers, step, statistic)


def from_spikingjelly(
    layers: Any, *, step: float = 1e-3, statistic: str | None = None
) -> tuple[Graph, Losses]:
    """Read a feed-forward network of SpikingJelly (2.0): `Delay`, `Linear`, LIF, parametric LIF and IF
    nodes, and non-spiking ones as read-out.

    Arguments and biases as in `from_dcls`.  Potentials are measured from ``v_reset``; a node's ``decode``
    becomes the read-out.
    """
    return _read_network(layers, step, statistic)


_Read = tuple[Layer, Losses] | None


def _read_network(
    layers: Any,
    step: float,
    statistic: str | None,
    read_delays: Callable[[str, Any], _Read] = read_dcls_layer,
) -> tuple[Graph, Losses]:
    read: list[tuple[str, Layer]] = []
    losses = Losses()
    problems = ProblemList()
    for place, module in list_layers(layers):
        with problems.gather():
            layer, lost = _read_layer(place, module, read_delays)
            read.append((place, layer))
            losses += lost
    problems.raise_any()
    graph, added = build_chain(read, step=step, statistic=statistic, problems=problems)
    return graph, losses + added


def _read_layer(place: str, module: Any, read_delays: Callable[[str, Any], _Read]) -> tuple[Layer, Losses]:
    read = (
        read_delays(place, module)
        or read_spikingjelly_layer(place, module)
        or read_snntorch_neurons(place, module)
        or read_torch_layer(place, module)
    )
    if read is None:
        raise ForeignError.at(
            place,
            f"no Graph is known for a {get_kind(module)}",
            (
                "use Linear, BatchNorm1d, Dcls1d, Delay, Leaky, Synaptic, LIFNode, "
                "ParametricLIFNode, IFNode; else Graph.from_arrays"
            ),
        )
    return read
