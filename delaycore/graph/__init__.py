"""The network as a value: populations joined by delayed projections, with its arithmetic, read-out and framing."""

from delaycore.graph.arithmetic import Arithmetic
from delaycore.graph.arrays import from_arrays, synapses
from delaycore.graph.formats import BFLOAT16, FLOAT32, FLOAT64, Format, fixed_point
from delaycore.graph.framing import Framed, Framing
from delaycore.graph.graph import Graph
from delaycore.graph.populations import LIF, AdaptiveLIF, CurrentLIF, Input, Integrator, Population, Spiking
from delaycore.graph.projection import Projection
from delaycore.graph.readout import Readout
from delaycore.graph.storage import load

__all__ = [
    "BFLOAT16",
    "FLOAT32",
    "FLOAT64",
    "LIF",
    "AdaptiveLIF",
    "Arithmetic",
    "CurrentLIF",
    "Format",
    "Framed",
    "Framing",
    "Graph",
    "Input",
    "Integrator",
    "Population",
    "Projection",
    "Readout",
    "Spiking",
    "fixed_point",
    "from_arrays",
    "load",
    "synapses",
]
