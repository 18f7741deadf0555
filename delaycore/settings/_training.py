"""The section ``[training]``: how weights, leaks and delays are fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from delaycore._part import Count, CountOrNone, NonNegative, Part, Positive

__all__ = ["Schedule", "TrainingSettings"]

Schedule = Literal["decay", "cosine", "one_cycle"]
"""How learning rates change over a training."""


class TrainingSettings(Part):
    """How a network is fitted: Adam on the cross-entropy of the read-out's softmax, summed over time, or of
    its spike counts.

    epochs:             passes over the training samples.
    batch_size:         samples per step of the optimiser.
    threads:            of torch.  Networks of this size run fastest on one, and results repeat exactly only
                        for the same number.
    device:             ``cpu``, or ``cuda`` where there is a GPU.  Layers of some hundred neurons run on the
                        processor in compiled loops.
    learning_rate:      of the weights.
    schedule:           of the learning rates of weights and leaks: ``decay`` multiplies them by
                        `learning_rate_decay` after each epoch; ``cosine`` lets them fall to nearly 0 along
                        half a cosine; ``one_cycle`` lets them rise from 1/25 for 30 % of the training, and
                        then fall to nearly 0, each along half a cosine (Smith and Topin, arXiv 1708.07120).
    position_schedule:  of the learning rate of continuous delays, one of these.
    learning_rate_decay: factor of learning rates after each epoch, where the schedule is ``decay``.
    annealing:          part of the training after which continuous delays are interpolated over their last
                        width.
    leak_learning_rate_scale: learning rate of the leaks, as a multiple of `learning_rate`.
    position_learning_rate_scale: learning rate of continuous delays, which are measured in steps, as a
                        multiple of `learning_rate` (100 in the public code of arXiv 2306.17670).
    surrogate_slope:    steepness of `NetworkSettings.surrogate`; the derivative of the fast sigmoid is
                        1 / (surrogate_slope * |u - threshold| + 1) ** 2.
    dropout:            fraction of input spikes that are left out at random.
    channel_shift:      largest random shift of a sample in inputs.
    time_shift:         largest random shift of a sample in steps.
    weight_decay:       decoupled weight decay, per step and unit of learning rate.
    """

    epochs: Count = 20
    batch_size: Count = 128
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    device: Literal["cpu", "cuda"] = "cpu"
    learning_rate: Positive = 2e-3
    schedule: Schedule = "decay"
    position_schedule: Schedule = "decay"
    learning_rate_decay: Annotated[float, Field(gt=0, le=1)] = 0.97
    annealing: Annotated[float, Field(gt=0, le=1)] = 1.0
    leak_learning_rate_scale: NonNegative = 5.0
    position_learning_rate_scale: Positive = 100.0
    surrogate_slope: Positive = 10.0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    channel_shift: CountOrNone = 0
    time_shift: CountOrNone = 0
    weight_decay: NonNegative = 0.0
    units: ClassVar[Mapping[str, str]] = {
        "epochs": "epochs",
        "batch_size": "samples",
        "threads": "threads",
        "channel_shift": "inputs",
        "time_shift": "steps",
    }
