"""The inner loops of training, compiled by Numba: events through delayed synapses, and neurons over all
steps.
"""

from delaycore.nn._kernels._events import (
    BLOCK,
    count_spikes,
    deliver,
    list_steps,
    pad_gradients,
    sum_gradients,
)
from delaycore.nn._kernels._parallel import map_ranges
from delaycore.nn._kernels._plain_neurons import (
    adaptive_backward,
    adaptive_forward,
    integrate_backward,
    integrate_forward,
    lif_backward,
    lif_forward,
)
from delaycore.nn._kernels._ruled_neurons import Rule, ruled_backward, ruled_forward
from delaycore.nn._kernels._surrogates import Slope, SurrogateKind

__all__ = [
    "BLOCK",
    "Rule",
    "Slope",
    "SurrogateKind",
    "adaptive_backward",
    "adaptive_forward",
    "count_spikes",
    "deliver",
    "integrate_backward",
    "integrate_forward",
    "lif_backward",
    "lif_forward",
    "list_steps",
    "map_ranges",
    "pad_gradients",
    "ruled_backward",
    "ruled_forward",
    "sum_gradients",
]
