"""The section ``[baselines]``: what the networks without delays do otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from delaycore._part import Part, Positive

__all__ = ["BaselineSettings"]


class BaselineSettings(Part):
    """Settings of the networks without delays where they differ from those of the network with delays.

    A fair comparison gives them settings that suit them.  They get the same number of epochs in all, and the
    same of everything that is not named here.

    learning_rate_scale:  as a multiple of `TrainingSettings.learning_rate`.
    leak:                 as in `NetworkSettings`.
    time_constants:       as in `NetworkSettings`.
    """

    learning_rate_scale: Positive = 2.5
    leak: Literal["neuron", "layer", "none"] = "neuron"
    time_constants: tuple[Positive, Positive] = (0.02, 0.2)
    units: ClassVar[Mapping[str, str]] = {
        "time_constants": "s",
    }
