"""Training with torch: delays learned by weight or by position, pruning, fine-tuning on a chip's number
grid.
"""

from delaycore.deploy import Chip
from delaycore.training.build import build, from_graph
from delaycore.training.chips.agreement import Agreement, agreement
from delaycore.training.fitting.divergence import TrainingError
from delaycore.training.fitting.fit import fit, predictions
from delaycore.training.network import DelayNetwork
from delaycore.training.synapses.growth import regrown
from delaycore.training.synapses.pruning import (
    prune,
    random_delays,
    strongest_axons,
    strongest_of_layer,
    strongest_synapses,
)

__all__ = [
    "Agreement",
    "Chip",
    "DelayNetwork",
    "TrainingError",
    "agreement",
    "build",
    "fit",
    "from_graph",
    "predictions",
    "prune",
    "random_delays",
    "regrown",
    "strongest_axons",
    "strongest_of_layer",
    "strongest_synapses",
]
