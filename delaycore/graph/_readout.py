"""The read-out: how an answer is read from a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from delaycore._shown import one_line
from delaycore._wording import guess_meant, is_text
from delaycore.errors import DataError, Problem

__all__ = ["STATISTICS", "Readout"]

STATISTICS = ("last", "maximum", "mean", "softmax_sum", "spike_count")


@dataclass(frozen=True)
class Readout:
    """The class whose neuron has the largest statistic over a window of steps.

    population: whose neurons stand for the classes.
    statistic:  ``last``, ``maximum`` or ``mean`` of the potential; ``softmax_sum``, the sum over steps of the
                softmax over neurons of the potential (the loss of arXiv 2404.10597's networks); or
                ``spike_count``.
    window:     steps [first, end) that count; None is the whole sample.
    scale:      potentials are divided by it before the softmax.  1 for a network as it was trained; a chip's
                integer potentials are that many times larger.
    classes:    the name of each class, in the order of the population's neurons; empty if they have none.
    """

    population: str
    statistic: str = "maximum"
    window: tuple[int, int] | None = None
    scale: float = 1.0
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.window, list | tuple):
            object.__setattr__(
                self,
                "window",
                tuple(step.item() if isinstance(step, np.generic) else step for step in self.window),
            )
        if isinstance(self.classes, list | tuple) or (
            isinstance(self.classes, np.ndarray) and self.classes.ndim
        ):
            object.__setattr__(self, "classes", tuple(map(_to_text, self.classes)))

    @one_line
    def __repr__(self) -> str:
        steps = f", steps {self.window[0]} to {self.window[1] - 1}" if _is_window(self.window) else ""
        scale = "" if isinstance(self.scale, int | float) and self.scale == 1 else f", scale {self.scale}"
        named = isinstance(self.classes, tuple) and all(isinstance(name, str) for name in self.classes)
        names = ", ".join(self.classes) if named else repr(self.classes)
        classes = f", classes {names}" if names else ""
        return f"<Readout {self.statistic} of {self.population!r}{steps}{scale}{classes}>"

    def find_problems(self) -> Iterator[Problem]:
        """Name everything that is wrong with the read-out on its own."""
        if not isinstance(self.population, str):
            yield Problem("readout.population", f"must be a name, not {self.population!r}")
        if not isinstance(self.statistic, str) or self.statistic not in STATISTICS:
            remedy = f"{guess_meant(self.statistic, STATISTICS)}use one of {', '.join(STATISTICS)}"
            yield Problem("readout.statistic", f"unknown: {self.statistic!r}", remedy)
        if self.window is not None and not _is_window(self.window):
            yield Problem("readout.window", f"must be (first, end) with 0 <= first < end, not {self.window}")
        if not isinstance(self.scale, int | float) or not 0 < self.scale < np.inf:
            yield Problem("readout.scale", f"must be positive, not {self.scale}")
        yield from self._find_class_problems()

    def _find_class_problems(self) -> Iterator[Problem]:
        if not isinstance(self.classes, tuple) or not all(map(is_text, self.classes)):
            message = f"must be names in Unicode, not {self.classes!r:.80}"
            yield Problem("readout.classes", message, "give one name per neuron of the read-out")
            return
        twice = [name for name, count in Counter(self.classes).items() if count > 1]
        if twice:
            message = f"has {twice[0]!r} {self.classes.count(twice[0])} times"
            yield Problem("readout.classes", message, "give each class a name of its own")

    def scores(self, potential: NDArray[np.float64], spikes: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Compute the statistic of each class, [samples, classes], from traces [samples, steps, classes]."""
        window = slice(*self.window) if self.window else slice(None)
        if potential[:, window].shape[1] == 0:
            first = self.window[0] if self.window else 0
            raise DataError.at(
                "readout.window",
                f"begins at step {first}, but the samples have {potential.shape[1]} steps",
                "give longer samples",
            )
        u, s = potential[:, window], spikes[:, window]
        match self.statistic:
            case "last":
                return u[:, -1]
            case "maximum":
                return np.asarray(u.max(axis=1))
            case "mean":
                return np.asarray(u.mean(axis=1))
            case "spike_count":
                return np.asarray(s.sum(axis=1), dtype=np.float64)
        if not np.isfinite(u).all():
            raise DataError.at(
                "readout",
                "potentials that are not finite have no softmax",
                "use 'maximum', or smaller weights",
            )
        u = u / self.scale
        e = np.exp(u - u.max(axis=2, keepdims=True))
        return np.asarray((e / e.sum(axis=2, keepdims=True)).sum(axis=1))

    @staticmethod
    def predictions(scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the class of the largest score, the first of them on a tie, [samples]."""
        return np.asarray(scores.argmax(axis=1), dtype=np.int64)

    def name_classes(self, predictions: NDArray[np.int64]) -> list[str]:
        """Return the name of each prediction's class.  Raises `DataError` if the classes have no names."""
        if not self.classes:
            raise DataError.at("readout.classes", "has no names", "give them: graph.with_classes([...])")
        return [self.classes[i] for i in predictions]


def _to_text(name: object) -> object:
    """Return ``name`` as text of Python if it is text of numpy or h5py; the rest stays, to be refused."""
    if isinstance(name, bytes):
        with suppress(UnicodeDecodeError):
            return name.decode()
    return str(name) if isinstance(name, str) else name


def _is_window(window: object) -> TypeGuard[tuple[int, int]]:
    if not isinstance(window, tuple) or len(window) != 2:
        return False
    first, end = window
    return all(isinstance(step, int) for step in window) and bool(0 <= first < end)
