"""A training that has gone wrong stops, and says where and what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor

from delaycore.errors import DelaycoreError
from delaycore.nn import DelayNetwork

__all__ = ["TrainingError", "describe_divergence", "require_sound"]


class TrainingError(DelaycoreError):
    """A training that cannot go on, such as one whose loss is no longer finite."""


def describe_divergence(network: DelayNetwork, epoch: int, what: str) -> TrainingError:
    """Return the error for ``what`` happened in ``epoch``.

    It names the first part of the network that is not finite, or else whose gradient is not, or else with the
    largest gradient.
    """
    parts = list(_list_parts(network))
    bad = [place for place, p in parts if not p.isfinite().all()]
    bad = bad or [place for place, p in parts if p.grad is not None and not p.grad.isfinite().all()]
    bad = bad or [max(parts, key=lambda part: 0.0 if part[1].grad is None else float(part[1].grad.norm()))[0]]
    place = f"epoch {epoch}, {bad[0]}"
    error = TrainingError.at(place, f"the {what}", "lower training.learning_rate or network.gain")
    assert isinstance(error, TrainingError)
    return error


def require_sound(network: DelayNetwork, epoch: int, loss: float, before: float) -> None:
    """Raise `TrainingError` if an epoch left anything that is not finite, or if its mean ``loss`` has
    exploded.

    before: the smallest mean loss of an earlier epoch; for the first one, the loss of its first batch.

    Exploded means over 1.5 times that, and over four times the loss of a network that guesses: the
    cross-entropy of a time-summed softmax is bounded by the number of steps, so it never becomes infinite by
    itself.
    """
    if not all(bool(p.isfinite().all()) for _, p in _list_parts(network)):
        raise describe_divergence(network, epoch, "last step left numbers that are not finite")
    classes = network.neurons[network.output].features
    if loss > 1.5 * before and loss > 4 * math.log(max(2, classes)):
        raise describe_divergence(network, epoch, f"loss exploded from {before:.3g} to {loss:.3g}")


def _list_parts(network: DelayNetwork) -> Iterator[tuple[str, Tensor]]:
    """Yield everything that is trained, named as the graph names it."""
    for name, layer in network.projections.items():
        yield f"projections[{name!r}]", layer.weight
        for position in layer.positions():
            yield f"projections[{name!r}].delay", position
    for name, neurons in network.neurons.items():
        for parameter, raw in neurons.trained.items():
            yield f"populations[{name!r}].{parameter}", raw
