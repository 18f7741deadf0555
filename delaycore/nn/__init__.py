"""Layers of spiking networks with delays, as modules of torch.

Every layer takes and gives [steps, batch, features], or [batch, steps, features] with ``batch_first=True``.
Synapses (`DelayedLinear`, `DCLSLinear`, ...) turn spikes into synaptic input, neurons (`LIF`, ...) turn that
into spikes, and `Integrator` into potentials to read an answer from::

    nn.Sequential(
        DelayedLinear(700, 48, delays=range(0, 60, 2)), LIF(48, tau_mem=0.02, step=1e-3),
        DelayedLinear(48, 20), Integrator(20, tau_mem=0.1, step=1e-3),
    )
"""

from delaycore.nn._adaptive_lif import AdaptiveLIF
from delaycore.nn._connectivity import Connectivity, Convolution, Dense, Grid
from delaycore.nn._current_lif import CurrentLIF
from delaycore.nn._dcls import DCLSConv, DCLSLinear, PositionWeights
from delaycore.nn._delayed_conv import DelayedConv
from delaycore.nn._delayed_layer import DelayedLayer
from delaycore.nn._delayed_linear import DelayedLinear
from delaycore.nn._fixed_delays import FixedDelayLinear
from delaycore.nn._from_graph import from_graph, neurons_of
from delaycore.nn._inputs import require_tensor
from delaycore.nn._integrator import Integrator
from delaycore.nn._level_weights import LevelWeights
from delaycore.nn._lif import LIF
from delaycore.nn._masked_layer import MaskedLayer
from delaycore.nn._network import Connection, DelayNetwork, Forward
from delaycore.nn._neurons import Neurons
from delaycore.nn._overrides import find_hooks
from delaycore.nn._parameters import PerMap
from delaycore.nn._recurrent import Recurrent
from delaycore.nn._to_graph import as_network, losses, read_network, to_graph
from delaycore.nn._tracing import Output
from delaycore.nn._wrappers import OtherArithmetic, evaluate
from delaycore.nn.functional import Surrogate

__all__ = [
    "AdaptiveLIF",
    "Connection",
    "Connectivity",
    "Convolution",
    "CurrentLIF",
    "DCLSConv",
    "DCLSLinear",
    "DelayNetwork",
    "DelayedConv",
    "DelayedLayer",
    "DelayedLinear",
    "Dense",
    "FixedDelayLinear",
    "Forward",
    "Grid",
    "Integrator",
    "LIF",
    "LevelWeights",
    "MaskedLayer",
    "Neurons",
    "OtherArithmetic",
    "evaluate",
    "Output",
    "PerMap",
    "PositionWeights",
    "Recurrent",
    "Surrogate",
    "as_network",
    "find_hooks",
    "from_graph",
    "losses",
    "neurons_of",
    "read_network",
    "require_tensor",
    "to_graph",
]
