"""The section ``[qat]``: quantization-aware training on the number grid of a chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from delaycore._part import CountOrNone, Part, Positive

__all__ = ["ForwardPass", "QATSettings"]

ForwardPass = Literal["chip", "fast"]
"""How a training for a chip computes its forward passes; see `QATSettings.forward`."""


class QATSettings(Part):
    """Fine-tuning of a trained network on the numbers that a chip can hold (QAT fine-tuning).

    epochs:  0 leaves it at post-training quantization (PTQ).
    learning_rate_scale: learning rate of the fine-tuning, as a multiple of `TrainingSettings.learning_rate`.
    forward: ``chip``: forward passes run the quantized network in a simulator of the chip's arithmetic.
             ``fast``: they sum the chip's numbers in float32, as long as their predictions agree with the
             chip's; see `delaycore.training.fit`.
    """

    epochs: CountOrNone = 2
    learning_rate_scale: Positive = 0.1
    forward: ForwardPass = "chip"
    units: ClassVar[Mapping[str, str]] = {
        "epochs": "epochs",
    }
