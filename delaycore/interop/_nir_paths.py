"""The weighted, delayed ways through a NIR graph that lead from neurons to neurons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import ForeignError
from delaycore.interop._tensors import Floats, array

__all__ = ["THROUGH", "Bias", "Path", "into"]

Whole = NDArray[np.int64]

THROUGH = ("Linear", "Affine", "Scale", "Delay", "Flatten", "Identity", "Output")


@dataclass(frozen=True)
class Path:
    """A way that ends at a population: ``y[i] = after[i] * sum over j of weight[i, j] * before[j] * x[j]``,
    delayed.

    source: where the way begins.
    weight: [targets, sources]; None where channels stay what they are.
    before, after: factors on either side of the weight.
    early, late:   delays in seconds on either side of it.
    """

    source: str
    after: Floats
    late: Floats
    before: Floats
    early: Floats
    weight: Floats | None = None

    @property
    def sources(self) -> int:
        """Channels that the way takes at its beginning."""
        return self.after.size if self.weight is None else self.before.size

    def columns(self) -> tuple[Whole, Whole, Floats, Floats]:
        """Synapses as columns (pre, post, weight, delay in seconds); weights of 0 make none."""
        weight = np.diag(np.ones(self.after.size)) if self.weight is None else self.weight
        scaled = self.after[:, None] * weight * self.before
        post, pre = np.nonzero(scaled)
        return pre, post, scaled[post, pre], self.late[post] + self.early[pre]


@dataclass(frozen=True)
class Bias:
    """A constant input [targets] that an affine node on the way adds."""

    values: Floats


def into(
    target: str, size: int, nodes: Mapping[str, Any], sources: Mapping[str, list[str]]
) -> Iterator[Path | Bias]:
    """Every way into population ``target`` of ``size`` neurons from other populations, and every bias on it.

    ``sources`` says for each node which nodes lead to it.  Raises `ForeignError` for ways that no projection
    can say.
    """
    start = Path(target, np.ones(size), np.zeros(size), np.ones(size), np.zeros(size))
    yield from _back(start, (), nodes, sources)


def _back(
    path: Path, seen: tuple[str, ...], nodes: Mapping[str, Any], sources: Mapping[str, list[str]]
) -> Iterator[Path | Bias]:
    for name in sources.get(path.source, []):
        place = f"nodes[{name!r}]"
        if name in seen:
            raise ForeignError.at(place, "lies on a loop without neurons", "put neurons into the loop")
        node = nodes[name]
        if type(node).__name__ not in THROUGH:
            yield replace(path, source=name)
            continue
        passed, bias = _through(place, node, path)
        if bias is not None:
            yield bias
        yield from _back(replace(passed, source=name), (*seen, name), nodes, sources)


def _through(place: str, node: Any, path: Path) -> tuple[Path, Bias | None]:
    match type(node).__name__:
        case "Scale":
            factor = _channels(place, node.scale, path)
            return (
                replace(path, before=path.before * factor)
                if path.weight is not None
                else replace(path, after=path.after * factor)
            ), None
        case "Delay":
            seconds = _channels(place, node.delay, path)
            return (
                replace(path, early=path.early + seconds)
                if path.weight is not None
                else replace(path, late=path.late + seconds)
            ), None
        case "Linear" | "Affine":
            return _weighted(place, node, path)
        case _:
            return path, None


def _weighted(place: str, node: Any, path: Path) -> tuple[Path, Bias | None]:
    if path.weight is not None:
        raise ForeignError.at(
            place,
            "is followed by another weighted node without neurons between them",
            "multiply the two into one",
        )
    weight = array(node.weight)
    if weight.ndim != 2 or weight.shape[0] != path.after.size:
        raise ForeignError.at(
            place,
            f"has weights of shape {weight.shape} for {path.after.size} targets",
            "give [targets, sources]",
        )
    bias = None
    if type(node).__name__ == "Affine":
        values = np.broadcast_to(array(node.bias).ravel(), (path.after.size,))
        if np.any((values != 0) & (path.late != 0)):
            raise ForeignError.at(
                place,
                "a delay after a bias holds the bias back in the first steps",
                "put the delay before the weights",
            )
        bias = Bias(path.after * values)
    return replace(
        path, weight=weight, before=np.ones(weight.shape[1]), early=np.zeros(weight.shape[1])
    ), bias


def _channels(place: str, values: Any, path: Path) -> Floats:
    """A parameter of each channel at the beginning of ``path``."""
    size = path.sources
    given = array(values).ravel()
    if given.size not in (1, size):
        raise ForeignError.at(
            place, f"has {given.size} channels where {size} pass", "check the shapes of the graph"
        )
    return np.broadcast_to(given, (size,))
