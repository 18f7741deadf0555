"""The recurrences of neurons, forwards and backwards over all steps in one compiled pass, on tensors [steps,
samples, neurons].

They are the single steps of `delaycore.training.neurons.kinds`, for processors.  A reset is not
differentiated: a spike's effect on its own neuron's later potential is taken as given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore.training.compiled import neurons as kernels
from delaycore.training.compiled.parallel import in_parts
from delaycore.training.neurons.record import Record
from delaycore.training.neurons.surrogates import Surrogate

__all__ = ["adaptive_lif", "compiles", "integrate", "lif"]

_COLUMNS = 1024
"""Columns that go through all steps together, so that the steps around the present one stay in the
first-level cache.
"""


class _Kind(NamedTuple):
    """The compiled passes of a kind of neurons, and how many arrays the forward one makes."""

    through: Callable[..., None]
    back: Callable[..., None]
    arrays: int


_INTEGRATE = _Kind(kernels.integrate_through, kernels.integrate_back, 1)
_LIF = _Kind(kernels.lif_through, kernels.lif_back, 2)
_ADAPTIVE = _Kind(kernels.adaptive_through, kernels.adaptive_back, 3)


class _Recurrence(torch.autograd.Function):
    """Neurons of one kind; parameters: [parameters, neurons], in the order that its kernels name.

    known: what the forward pass would make, if it is given already; then values of ``current`` are not used.
    """

    @staticmethod
    def forward(
        ctx: Any,
        current: Tensor,
        parameters: Tensor,
        kind: _Kind,
        surrogate: Surrogate | None,
        known: tuple[Tensor, ...],
    ) -> Tensor:
        steps, samples, neurons = current.shape
        if known:
            made = torch.stack(known)
        else:
            made = current.new_empty(kind.arrays, steps, samples, neurons)
            given, values, filled = _flat(current), _columns(parameters, samples), _flat(made)
            _over(samples * neurons, lambda a, b: kind.through(given, values, a, b, filled))
        ctx.save_for_backward(made, parameters)
        ctx.kind, ctx.surrogate = kind, surrogate
        return made[0]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        made, parameters = ctx.saved_tensors
        _, _, samples, neurons = made.shape
        code, steepness = (0, 1.0) if ctx.surrogate is None else (ctx.surrogate.code, ctx.surrogate.steepness)
        to_current, to_parameters = (
            torch.empty_like(made[0]),
            parameters.new_zeros(len(parameters), samples, neurons),
        )
        given, values, known = _flat(grads[0]), _columns(parameters, samples), _flat(made)
        scale, filled, sums = (
            np.full(1, steepness, dtype=given.dtype),
            _flat(to_current),
            _flat(to_parameters),
        )
        _over(
            samples * neurons,
            lambda a, b: ctx.kind.back(given, values, code, scale, known, a, b, filled, sums),
        )
        return to_current, to_parameters.sum(dim=1), None, None, None


def _flat(tensor: Tensor) -> NDArray[Any]:
    """[..., samples, neurons] as an array [..., columns] of the same memory."""
    array: NDArray[Any] = tensor.detach().contiguous().flatten(-2).numpy()
    return array


def _columns(parameters: Tensor, samples: int) -> NDArray[Any]:
    """A value per neuron as one per column."""
    array: NDArray[Any] = parameters.detach().repeat(1, samples).numpy()
    return array


def _over(columns: int, run: Callable[[int, int], None]) -> None:
    def part(first: int, end: int) -> None:
        for start in range(first, end, _COLUMNS):
            run(start, min(end, start + _COLUMNS))

    in_parts(part, columns)


def compiles(current: Tensor) -> bool:
    """Whether the passes are compiled for ``current``: for the processor, in single and double precision."""
    return current.device.type == "cpu" and current.dtype in (torch.float32, torch.float64)


def _apply(
    kind: _Kind,
    current: Tensor,
    parameters: list[Tensor],
    surrogate: Surrogate | None,
    known: tuple[Tensor, ...],
) -> Tensor:
    out: Tensor = _Recurrence.apply(current, torch.stack(parameters), kind, surrogate, known)  # type: ignore[no-untyped-call]
    return out


def integrate(current: Tensor, retain: Tensor, potentials: Tensor | None = None) -> Tensor:
    """Potentials of neurons that integrate and never fire, [steps, samples, neurons]; retain: [neurons].

    With ``potentials``, those, and the gradients of the neurons there.
    """
    return _apply(_INTEGRATE, current, [retain], None, () if potentials is None else (potentials,))


def lif(
    current: Tensor, retain: Tensor, threshold: Tensor, surrogate: Surrogate, record: Record | None = None
) -> Tensor:
    """Spikes of LIF neurons with reset to zero (arXiv 2404.10597, eq. 1), [steps, samples, neurons]; retain,
    threshold: [neurons].

    With ``record``, its spikes, and the gradients of the neurons there.
    """
    return _apply(_LIF, current, [retain, threshold], surrogate, record or ())


def adaptive_lif(
    current: Tensor,
    retain: Tensor,
    threshold: Tensor,
    retain_trace: Tensor,
    adaptation: Tensor,
    surrogate: Surrogate,
    record: Record | None = None,
) -> Tensor:
    """Spikes of LIF neurons whose threshold rises by ``adaptation`` with each spike, all parameters
    [neurons].  That rise is differentiated.

    With ``record``, its spikes, and the gradients of the neurons there.
    """
    known = () if record is None else (*record, _rises(record.spikes, retain_trace, adaptation))
    return _apply(_ADAPTIVE, current, [retain, threshold, retain_trace, adaptation], surrogate, known)


def _rises(spikes: Tensor, retain: Tensor, adaptation: Tensor) -> Tensor:
    """How far the thresholds have risen in each step."""
    before = torch.cat([torch.zeros_like(spikes[:1]), spikes[:-1]])
    return integrate(before * adaptation, retain).detach()
