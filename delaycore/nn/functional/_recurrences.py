"""The recurrences of neurons, forwards and backwards over all steps in one compiled pass, on tensors [steps,
batch, neurons].

They are the single steps of the neurons in `delaycore.nn`, for processors.  A reset is not differentiated: a
spike's effect on its own neuron's later potential is taken as given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore.nn import _kernels as kernels
from delaycore.nn._kernels import Rule, Slope, map_ranges
from delaycore.nn.functional._eager import run_eagerly
from delaycore.nn.functional._record import Record
from delaycore.nn.functional._surrogates import Surrogate

__all__ = ["Rule", "adaptive_lif", "integrate", "is_compiled_for", "lif"]

_COLUMNS = 1024
"""Columns that go through all steps together, so that the steps around the present one stay in the
first-level cache.
"""


class _Kind(NamedTuple):
    """The compiled passes of a kind of neurons, and how many arrays the forward one makes."""

    forward: Callable[..., None]
    backward: Callable[..., None]
    arrays: int


_INTEGRATE = _Kind(kernels.integrate_forward, kernels.integrate_backward, 1)
_LIF = _Kind(kernels.lif_forward, kernels.lif_backward, 2)
_ADAPTIVE = _Kind(kernels.adaptive_forward, kernels.adaptive_backward, 3)
_RULED = _Kind(kernels.ruled_forward, kernels.ruled_backward, 3)


class _Pass(NamedTuple):
    """Options of a pass over all steps, besides its tensors.

    rule:  None for kinds whose kernels know none.
    known: what the forward pass would make, if it is given already; then values of the current are not used.
    """

    kind: _Kind
    surrogate: Surrogate = Surrogate()
    rule: Rule | None = None
    known: tuple[Tensor, ...] = ()


class _Recurrence(torch.autograd.Function):
    """Neurons of one kind; parameters: [parameters, neurons], in the order that its kernels name."""

    @staticmethod
    def forward(ctx: Any, current: Tensor, parameters: Tensor, task: _Pass) -> Tensor:
        steps, samples, neurons = current.shape
        if task.known:
            made = torch.stack(task.known)
        else:
            made = current.new_empty(task.kind.arrays, steps, samples, neurons)
            given, values, filled = _flatten(current), _repeat(parameters, samples), _flatten(made)
            _run_blocks(
                samples * neurons, lambda a, b: task.kind.forward(given, values, task.rule, a, b, filled)
            )
        ctx.save_for_backward(made, parameters)
        ctx.task = task
        return made[0]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        made, parameters = ctx.saved_tensors
        task: _Pass = ctx.task
        _, _, samples, neurons = made.shape
        to_current = torch.empty_like(made[0])
        to_parameters = parameters.new_zeros(len(parameters), samples, neurons)
        given, values, known = _flatten(grads[0]), _repeat(parameters, samples), _flatten(made)
        filled, sums = _flatten(to_current), _flatten(to_parameters)
        slope = Slope(int(task.surrogate.as_kind()), np.full(1, task.surrogate.steepness, dtype=given.dtype))
        _run_blocks(
            samples * neurons,
            lambda a, b: task.kind.backward(given, values, task.rule, slope, known, a, b, filled, sums),
        )
        return to_current, to_parameters.sum(dim=1), None


def _flatten(tensor: Tensor) -> NDArray[Any]:
    """Return [..., batch, neurons] as an array [..., columns] of the same memory."""
    array: NDArray[Any] = tensor.detach().contiguous().flatten(-2).numpy()
    return array


def _repeat(parameters: Tensor, samples: int) -> NDArray[Any]:
    """Return a value per neuron as one per column."""
    array: NDArray[Any] = parameters.detach().repeat(1, samples).numpy()
    return array


def _run_blocks(columns: int, run: Callable[[int, int], None]) -> None:
    def run_part(first: int, end: int) -> None:
        for start in range(first, end, _COLUMNS):
            run(start, min(end, start + _COLUMNS))

    map_ranges(run_part, columns)


def is_compiled_for(current: Tensor) -> bool:
    """Return whether these passes are compiled for ``current``: for the processor, in single and double
    precision.
    """
    return current.device.type == "cpu" and current.dtype in (torch.float32, torch.float64)


def _apply(current: Tensor, parameters: list[Tensor], task: _Pass) -> Tensor:
    out: Tensor = _Recurrence.apply(current, torch.stack(parameters), task)  # type: ignore[no-untyped-call]
    return out


@run_eagerly
def integrate(
    current: Tensor, retain: Tensor, potentials: Tensor | None = None, *, bias: Tensor | None = None
) -> Tensor:
    """Return the potentials ``u[t] = retain * u[t-1] + current[t] + bias`` of neurons that never fire.

    current: [steps, batch, neurons]; retain, bias: [neurons].  With ``potentials``, return those, with the
    gradients of the neurons there.
    """
    known = () if potentials is None else (potentials,)
    parameters = [retain, torch.zeros_like(retain) if bias is None else bias]
    return _apply(current, parameters, _Pass(_INTEGRATE, known=known))


@run_eagerly
def lif(
    current: Tensor,
    retain: Tensor,
    threshold: Tensor,
    surrogate: Surrogate,
    *,
    bias: Tensor | None = None,
    rule: Rule | None = None,
    record: Record | None = None,
) -> Tensor:
    """Return spikes of LIF neurons (arXiv 2404.10597, eq. 1), [steps, batch, neurons]; parameters: [neurons].

    rule:   with None they fire at their threshold, reset to zero and never rest.
    record: with it, return its spikes, with the gradients of the neurons there.
    """
    if bias is None and rule is None:
        return _apply(current, [retain, threshold], _Pass(_LIF, surrogate, known=record or ()))
    none = torch.zeros_like(retain)
    return _apply_rule(current, [retain, threshold, bias, none, none], surrogate, rule, record)


@run_eagerly
def adaptive_lif(
    current: Tensor,
    retain: Tensor,
    threshold: Tensor,
    retain_trace: Tensor,
    adaptation: Tensor,
    surrogate: Surrogate,
    *,
    bias: Tensor | None = None,
    rule: Rule | None = None,
    record: Record | None = None,
) -> Tensor:
    """Return spikes of LIF neurons whose threshold rises by ``adaptation`` with each spike and decays by
    ``retain_trace``, all parameters [neurons].  That rise is differentiated.  Otherwise as `lif`.
    """
    if bias is None and rule is None:
        parameters = [retain, threshold, retain_trace, adaptation]
        known = () if record is None else (*record, _sum_rises(record.spikes, retain_trace, adaptation))
        return _apply(current, parameters, _Pass(_ADAPTIVE, surrogate, known=known))
    return _apply_rule(current, [retain, threshold, bias, retain_trace, adaptation], surrogate, rule, record)


def _apply_rule(
    current: Tensor,
    parameters: list[Tensor | None],
    surrogate: Surrogate,
    rule: Rule | None,
    record: Record | None,
) -> Tensor:
    """Run the neurons of `ruled_forward`."""
    given = [torch.zeros_like(current[0, 0]) if p is None else p for p in parameters]
    known = () if record is None else (*record, _sum_rises(record.spikes, given[3], given[4]))
    return _apply(current, given, _Pass(_RULED, surrogate, rule or Rule(), known))


def _sum_rises(spikes: Tensor, retain: Tensor, adaptation: Tensor) -> Tensor:
    """Return how far the thresholds have risen in each step."""
    before = torch.cat([torch.zeros_like(spikes[:1]), spikes[:-1]])
    return integrate(before * adaptation, retain).detach()
