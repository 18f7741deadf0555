"""Training with torch: a loop over the modules of `delaycore.nn`, pruning, regrowth, budgets, and fine-tuning
with a chip in the loop.
"""

from delaycore.deploy import Chip
from delaycore.nn import DelayNetwork
from delaycore.training._agreement import Agreement, measure_agreement
from delaycore.training._amounts import AMOUNTS, UNITS
from delaycore.training._budget_penalty import BudgetPenalty
from delaycore.training._build import build, restore
from delaycore.training._checkpoint import Epoch, History
from delaycore.training._divergence import TrainingError
from delaycore.training._fit import fit, predict
from delaycore.training._on_chip import OnChip, on_chip, run_on_chip
from delaycore.training._process_group import (
    ProcessGroup,
    get_process_group,
    join_process_group,
    require_alone,
)
from delaycore.training._prune_to_fit import prune_to_fit
from delaycore.training._pruning import (
    draw_delays,
    prune,
    select_strongest_axons,
    select_strongest_of_layer,
    select_strongest_synapses,
)
from delaycore.training._regrowth import regrow
from delaycore.training._tensorboard import log_to_tensorboard

__all__ = [
    "AMOUNTS",
    "Agreement",
    "BudgetPenalty",
    "Chip",
    "DelayNetwork",
    "Epoch",
    "History",
    "OnChip",
    "ProcessGroup",
    "TrainingError",
    "UNITS",
    "build",
    "draw_delays",
    "fit",
    "join_process_group",
    "log_to_tensorboard",
    "measure_agreement",
    "on_chip",
    "predict",
    "prune",
    "prune_to_fit",
    "regrow",
    "require_alone",
    "restore",
    "run_on_chip",
    "select_strongest_axons",
    "select_strongest_of_layer",
    "select_strongest_synapses",
    "get_process_group",
]
