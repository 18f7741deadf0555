"""The settings of a run: one validated value, in TOML or in Python; importable without torch."""

from delaycore.settings._baselines import BaselineSettings
from delaycore.settings._budget import Budget
from delaycore.settings._convolution import ConvolutionLayer
from delaycore.settings._delays import ContinuousDelays, LevelDelays, RandomDelays
from delaycore.settings._framing import FramingSettings
from delaycore.settings._network import NetworkSettings
from delaycore.settings._pruning import PruningSettings
from delaycore.settings._qat import ForwardPass, QATSettings
from delaycore.settings._rewiring import RewiringSettings
from delaycore.settings._settings import Settings
from delaycore.settings._training import Schedule, TrainingSettings

__all__ = [
    "BaselineSettings",
    "Budget",
    "ContinuousDelays",
    "ConvolutionLayer",
    "ForwardPass",
    "FramingSettings",
    "LevelDelays",
    "NetworkSettings",
    "PruningSettings",
    "QATSettings",
    "RandomDelays",
    "RewiringSettings",
    "Schedule",
    "Settings",
    "TrainingSettings",
]
