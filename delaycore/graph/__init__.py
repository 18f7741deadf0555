"""The network as a value: populations joined by delayed projections, with its arithmetic, read-out and
framing.
"""

from delaycore.graph._arithmetic import Arithmetic, families
from delaycore.graph._arrays import synapses
from delaycore.graph._formats import BFLOAT16, FLOAT32, FLOAT64, Format, fixed_point
from delaycore.graph._framing import FramedSpikes, Framing
from delaycore.graph._graph import Graph, load
from delaycore.graph._order import find_loop_problems
from delaycore.graph._populations import (
    LIF,
    AdaptiveLIF,
    CurrentLIF,
    Input,
    Integrator,
    PerNeuron,
    Population,
    Spiking,
    compute_retain,
    kinds,
    per_neuron,
)
from delaycore.graph._projection import Projection
from delaycore.graph._readout import Readout

__all__ = [
    "find_loop_problems",
    "BFLOAT16",
    "FLOAT32",
    "FLOAT64",
    "LIF",
    "AdaptiveLIF",
    "Arithmetic",
    "CurrentLIF",
    "Format",
    "FramedSpikes",
    "Framing",
    "Graph",
    "Input",
    "Integrator",
    "PerNeuron",
    "Population",
    "Projection",
    "Readout",
    "Spiking",
    "families",
    "compute_retain",
    "fixed_point",
    "kinds",
    "load",
    "per_neuron",
    "synapses",
]
