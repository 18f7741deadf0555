"""Training with torch: delay levels as parallel synapses, pruning, fine-tuning on a chip's number grid."""

from delaycore.training.agreement import Agreement, agreement
from delaycore.training.fit import TrainingError, fit, predictions
from delaycore.training.network import DelayNetwork
from delaycore.training.pruning import prune, random_delays, strongest_axons, strongest_synapses
from delaycore.training.settings import Controls, Fitting, Network, OnGrid, Pruning, Settings

__all__ = [
    "Agreement",
    "Controls",
    "DelayNetwork",
    "Fitting",
    "Network",
    "OnGrid",
    "Pruning",
    "Settings",
    "TrainingError",
    "agreement",
    "fit",
    "predictions",
    "prune",
    "random_delays",
    "strongest_axons",
    "strongest_synapses",
]
