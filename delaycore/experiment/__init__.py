"""The main job, end to end: from recordings to a table that compares software and chips."""

from delaycore.experiment._chip_setting import (
    STRIDE_FACTORS,
    WEIGHT_BITS,
    ChipSetting,
    list_chip_settings,
    list_volunteer_settings,
)
from delaycore.experiment._compare import METHODS, Method, compare
from delaycore.experiment._evaluation import Evaluation, evaluate_on_chip
from delaycore.experiment._folder import is_same_run
from delaycore.experiment._folds import run_folds
from delaycore.experiment._limits import LimitCheck, check_limits, load_limits
from delaycore.experiment._preflight import choose_targets
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._run import Outcome, run
from delaycore.experiment._spike_count_baseline import spike_count_baseline
from delaycore.experiment._stage import EpochCallback, MessageCallback, Stage, TrainedNetwork
from delaycore.experiment._train_model import TrainedFile, train_model
from delaycore.experiment._trainer import Trainer
from delaycore.experiment._volunteers import Volunteers

__all__ = [
    "METHODS",
    "STRIDE_FACTORS",
    "WEIGHT_BITS",
    "ChipSetting",
    "EpochCallback",
    "Evaluation",
    "LimitCheck",
    "MessageCallback",
    "Method",
    "Outcome",
    "Recordings",
    "Stage",
    "TrainedFile",
    "TrainedNetwork",
    "Trainer",
    "Volunteers",
    "check_limits",
    "choose_targets",
    "compare",
    "evaluate_on_chip",
    "is_same_run",
    "list_chip_settings",
    "list_volunteer_settings",
    "load_limits",
    "run",
    "run_folds",
    "spike_count_baseline",
    "train_model",
]
