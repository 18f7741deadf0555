"""Training with torch: delays learned by weight or by position, pruning, fine-tuning on a chip's number grid."""

from delaycore.training.agreement import Agreement, agreement
from delaycore.training.build import build, from_graph
from delaycore.training.chip import Chip
from delaycore.training.divergence import TrainingError
from delaycore.training.fit import fit, predictions
from delaycore.training.growth import regrown
from delaycore.training.network import DelayNetwork
from delaycore.training.pruning import prune, random_delays, strongest_axons, strongest_of_layer, strongest_synapses
from delaycore.training.settings import Controls, ConvolutionLayer, Fitting, Network, OnGrid, Pruning, Settings

__all__ = [
    "Agreement",
    "Chip",
    "Controls",
    "ConvolutionLayer",
    "DelayNetwork",
    "Fitting",
    "Network",
    "OnGrid",
    "Pruning",
    "Settings",
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
