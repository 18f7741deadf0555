"""The statistics of `delaycore.Readout` in torch, for training to differentiate."""

from __future__ import annotations

import torch
from torch import Tensor

from delaycore.errors import DataError
from delaycore.graph import Readout

__all__ = ["score"]


def score(readout: Readout, trace: Tensor) -> Tensor:
    """Return the statistic of each class, [batch, classes], as `delaycore.Readout.scores` does.

    trace: potentials of the read-out, or its spikes if it counts those, [steps, batch, classes].
    """
    window = trace[slice(*readout.window)] if readout.window else trace
    if not len(window):
        raise DataError.at(
            "readout.window",
            f"{readout.window} lies after the {len(trace)} steps of a sample",
            "give longer samples",
        )
    match readout.statistic:
        case "last":
            return window[-1]
        case "maximum":
            return window.amax(dim=0)
        case "mean":
            return window.mean(dim=0)
        case "spike_count":
            return window.sum(dim=0)
    scaled = window if readout.scale == 1 else window / readout.scale
    return torch.softmax(scaled, dim=2).sum(dim=0)
