"""Base class of all layers of delayed synapses.

However delays are learned, a forward pass sees one thing: a kernel [delays, rows, columns], a weight at every
delay of ``delays``.  A `Connectivity` says which neurons its rows and columns are.  What is exported is the
kernel of evaluation mode, so it is what was validated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from delaycore._values import LARGEST, MOST
from delaycore.errors import GraphError
from delaycore.graph import Format, Graph, Input, Integrator, Projection
from delaycore.hardware import Losses
from delaycore.memory import SYNAPSE_BYTES, describe_need
from delaycore.nn._connectivity import Connectivity
from delaycore.nn._inputs import keep_precision, prepare
from delaycore.nn._shown_modules import ShownModule
from delaycore.nn._torch_hooks import find_torch_mask
from delaycore.nn._wrappers import evaluate
from delaycore.nn.functional import (
    Deliver,
    OrderedSums,
    deliver,
    deliver_gradients,
    has_order,
    run_eagerly,
    straight_through,
)

__all__ = ["DelayedLayer", "as_delays", "as_steps", "is_replaced"]


def as_steps(place: str, delays: Any) -> tuple[int, ...]:
    """Return delays in steps as they are given: one, or any collection of numpy and torch too.

    Raises `GraphError`, at ``place``, for anything else than whole numbers from 0 on.
    """
    given = delays.tolist() if isinstance(delays, Tensor | np.ndarray) else delays
    found = list(islice(given, MOST + 1)) if isinstance(given, Iterable) else [given]
    whole = all(
        isinstance(d, int | np.integer) and not isinstance(d, bool) and 0 <= d <= LARGEST for d in found
    )
    if not found or not whole or len(found) > MOST:
        many = f", at most {MOST} of them" if len(found) > MOST else ""
        raise GraphError.at(
            place,
            f"must be whole numbers of steps from 0 to {LARGEST}{many}, not {delays!r:.80}",
            "give such as range(0, 60, 2)",
        )
    return tuple(int(d) for d in found)


def as_delays(place: str, delays: Any) -> tuple[int, ...]:
    """Return the delays of a kernel, in steps.  Raises `GraphError`, at ``place``, unless they ascend:
    weights are counted in this order.
    """
    found = as_steps(place, delays)
    ascending = tuple(sorted(set(found)))
    if found != ascending:
        raise GraphError.at(
            place,
            f"must ascend, each delay once, not {delays!r}: weight[k] is that of delays[k]",
            f"give {_describe(ascending)}, and weights in this order",
        )
    return found


def is_replaced(layer: nn.Module, name: str, base: type[nn.Module]) -> bool:
    """Return whether a derived class of ``base``, or somebody in the object, replaced a method of it."""
    return name in vars(layer) or getattr(type(layer), name) is not getattr(base, name)


class DelayedLayer(ShownModule, ABC):
    """Synapses with delays: spikes of the sources become synaptic input of the targets.

    connectivity: which neurons the entries of a kernel join.
    delays:       in steps, ascending: those at which a kernel has an entry.
    batch_first:  whether inputs and outputs are [batch, steps, features] instead of [steps, batch, features].

    Derived classes set ``weight`` and bring `kernel` and `exists`.
    """

    weight: nn.Parameter

    def __init__(self, connectivity: Connectivity, delays: tuple[int, ...], batch_first: bool) -> None:
        super().__init__()
        self.connectivity, self.delays, self.batch_first = connectivity, delays, batch_first
        self._kernel_hooks: OrderedDict[int, Callable[[Tensor], None]] = OrderedDict()

    @property
    def in_features(self) -> int:
        """Source neurons."""
        return self.connectivity.sources

    @property
    def out_features(self) -> int:
        """Target neurons."""
        return self.connectivity.targets

    @property
    def synapses(self) -> int:
        """Synapses that exist in evaluation mode."""
        return self.count_synapses(self.exists())

    @abstractmethod
    def kernel(self, number: Format | None = None) -> Tensor:
        """Return the weights as a forward pass uses them, [delays, rows, columns]; as ``number`` holds them,
        if that is given.
        """

    def make_kernel(self, number: Format | None = None) -> Tensor:
        """Return the `kernel` for a forward pass in which the hooks see its gradient."""
        kernel = self.kernel(number)
        if self.training and kernel.requires_grad:
            for hook in self._kernel_hooks.values():
                kernel.register_hook(hook)  # type: ignore[no-untyped-call]
        return kernel

    def register_kernel_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Have ``hook`` called with the gradient of the kernel, [delays, rows, columns], in every backward
        pass of training mode, until the handle that is returned is removed.
        """
        handle = RemovableHandle(self._kernel_hooks)
        self._kernel_hooks[handle.id] = hook
        return handle

    @abstractmethod
    def exists(self) -> NDArray[np.bool_]:
        """Return which entries of the kernel of evaluation mode are synapses, [delays, rows, columns]."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the input of the targets, [steps, batch, out_features], from spikes [steps, batch,
        in_features].
        """
        x = prepare(type(self).__name__, x, self.in_features, self.weight.dtype, self.batch_first)
        with keep_precision(x):
            sums = self._order_sums(x)
            current = self.current(x, deliver=deliver if sums is None else deliver_gradients)
            current = current if sums is None else straight_through(current, sums.sum("out"))
        return current.transpose(0, 1) if self.batch_first else current

    @property
    def computes_projection(self) -> bool:
        """Whether a forward pass computes what `to_projection` says: not while positions are trained, which
        spreads synapses over steps, nor where a method that no projection knows was replaced.
        """
        return not (self.training and self.positions()) and not is_replaced(self, "current", DelayedLayer)

    @run_eagerly
    def _order_sums(self, spikes: Tensor) -> OrderedSums | None:
        """Return the sums of what arrives, where they have the order of a Graph."""
        if not has_order(spikes) or not self.computes_projection:
            return None
        ends = {"in": Input(self.in_features), "out": Integrator(self.out_features, retain=0.0)}
        try:
            graph = Graph(1.0, ends, [self.to_projection("in", "out")])
        except GraphError:  # of numbers that no Graph holds, such as NaN
            return None
        sums = OrderedSums(graph, spikes)
        sums.note("in", spikes)
        return sums

    def current(self, spikes: Tensor, number: Format | None = None, deliver: Deliver = deliver) -> Tensor:
        """Return what `forward` does, time first, by the weights as ``number`` holds them; ``deliver`` brings
        spikes to their targets.
        """
        c = self.connectivity
        return c.fold(deliver(c.unfold(spikes), self.make_kernel(number), self.delays), spikes.shape[1])

    def count_synapses(self, entries: NDArray[np.bool_]) -> int:
        """Return the number of synapses for which ``entries`` [..., rows, columns] stand."""
        c = self.connectivity
        return int(c.copies @ entries.sum(axis=-1).reshape(-1, c.rows).sum(axis=0))

    def positions(self) -> list[nn.Parameter]:
        """Return the trained delays, if there are any."""
        return []

    def clamp_delays(self) -> None:
        """Bring trained delays that a step of the optimiser moved too far back into the range of
        ``delays``.
        """

    def anneal(self, progress: float) -> None:
        """Set what changes over a training, of which ``progress`` in [0, 1] is done.  Raises `GraphError` for
        another number, such as that of an epoch.
        """
        if not 0 <= progress <= 1:
            raise GraphError.at(
                f"{type(self).__name__}.anneal",
                f"takes the part of the training that is done, in [0, 1], not {progress!r}",
                "give epoch / (epochs - 1)",
            )

    def losses(self, place: str, source: str) -> Losses:
        """Return what evaluation mode, and so the export, alters in what is trained, the synapses that
        ``torch.nn.utils.prune`` masked, and the source neurons that no window reaches.

        place, source: what the entries call the projection and its source population.
        """
        unreached, sources = self.connectivity.unreached
        return self._masked_losses(place) + Losses.counted(
            "neuron",
            "dropped",
            f"populations[{source!r}]",
            unreached,
            sources,
            detail=f"no window of {place} reaches them",
        )

    def _masked_losses(self, place: str) -> Losses:
        """Return the synapses that do not exist because torch masked their weights."""
        kept = find_torch_mask(self)
        if kept is None:
            return Losses()
        return Losses.counted(
            "synapse",
            "dropped",
            place,
            self.count_synapses(~kept),
            self.count_synapses(np.ones_like(kept)),
            detail="masked by torch.nn.utils.prune",
        )

    def to_projection(
        self, source: str, target: str, number: Format | None = None, name: str = ""
    ) -> Projection:
        """Return the projection of a Graph between these populations: every synapse that exists, in
        evaluation mode.

        Raises `GraphError` for more synapses than memory holds: a convolution has its weights at every
        position.
        """
        exists = self.exists()
        if need := describe_need(self.count_synapses(exists), "synapses", SYNAPSE_BYTES):
            remedy = "use a smaller grid, a larger stride, fewer maps or fewer delays"
            raise GraphError.at(f"projections['{source}->{target}']", f"stands for {need}", remedy)
        with torch.no_grad(), evaluate(self):
            kernel = self.kernel(number).double().cpu().numpy()
        level, row, column = np.nonzero(exists)
        entry, pre, post = self.connectivity.synapses(row, column)
        return Projection(
            source,
            target,
            pre,
            post,
            kernel[level, row, column][entry],
            np.asarray(self.delays)[level][entry],
            name,
        )

    def extra_repr(self) -> str:
        levels = f"delays={_describe(self.delays)}"
        return f"{self.in_features}, {self.out_features}, {levels}" + (
            ", batch_first=True" if self.batch_first else ""
        )


def _describe(delays: tuple[int, ...]) -> str:
    """Return delays in short: as a range where they are one."""
    if len(delays) == 1:
        return str(delays[0])
    stride = delays[1] - delays[0]
    if len(delays) > 2 and delays == tuple(range(delays[0], delays[-1] + 1, stride)):
        return f"range({delays[0]}, {delays[-1] + stride}, {stride})"
    return str(delays) if len(delays) <= 6 else f"({delays[0]}, {delays[1]}, ..., {delays[-1]})"
