"""The two things that a step does, compiled: arrivals are added, and neurons are updated.

Arrays are of one chunk of samples.  Each kernel is specialised by what it does, never by a function that it
is given, since such a kernel would miss its disk cache in every new process.  What kernels call is compiled
once and inlined by LLVM; inlining it in Numba (``inline="always"``) gains a tenth in speed and takes a minute
more to compile.

Python hands plain tuples over, and a kernel names their fields first: Numba takes a microsecond longer to
find the type of every named tuple that it is called with, which is as long as a kernel on a small network
takes.
"""

# Numba infers the types of what it compiles; annotations would not be checked.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore._compilation import compile_kernel
from delaycore.engine._inbox import Inbox
from delaycore.engine._numbers import Family, Number, add, add_all, overflow, round_number

__all__ = [
    "Adaptation",
    "Lists",
    "Membrane",
    "Outcome",
    "Rules",
    "adaptive_lif",
    "arrive",
    "current_lif",
    "decay",
    "integrator",
    "lif",
    "note_spikes",
]

Floats = NDArray[np.float64]


class Lists(NamedTuple):
    """The neurons that fired in each step.

    events: their indices, int32 [samples, steps, all neurons], a population's from its own column on.
    counts: how many they are, [samples, steps, populations].
    """

    events: NDArray[np.int32]
    counts: NDArray[np.int64]


class Membrane(NamedTuple):
    """Parameters of a potential that can fire, each [neurons]."""

    retain: Floats
    bias: Floats
    threshold: Floats


class Adaptation(NamedTuple):
    """Parameters of a threshold that rises with each spike, each [neurons]."""

    retain: Floats
    amount: Floats


class Rules(NamedTuple):
    """Rules of all neurons of a population.

    refractory: steps for which the potential is held at 0 after a spike.
    subtracts:  whether a spike takes the threshold off, instead of setting the potential to 0.
    strict:     whether neurons fire strictly above their threshold only.
    last:       whether the potential is rounded after the last addition only.
    """

    refractory: int
    subtracts: bool
    strict: bool
    last: bool


class Outcome(NamedTuple):
    """Arrays that a kernel writes to.

    potential, blocked: state, [samples, neurons]; blocked counts the steps that are left of a refractory
                        period.
    trace, fired:       potentials before a reset, and spikes, [samples, steps, neurons].
    overflow:           additions that left the range of their format, [samples, steps].
    """

    potential: Floats
    blocked: NDArray[np.int64]
    trace: Floats
    fired: NDArray[np.bool_]
    overflow: NDArray[np.int64]


class _Place(NamedTuple):
    """One neuron in one step of one sample."""

    sample: int
    step: int
    neuron: int


class _Drive(NamedTuple):
    """Terms of the new potential of one neuron."""

    kept: float
    arrived: float
    bias: float


@compile_kernel
def note_spikes(fired, t, first, population, lists):
    """Write the neurons that fired in step t, fired [samples, steps, neurons], to the `Lists`.

    first: column at which the list of the population with number ``population`` starts.
    """
    lists = Lists(*lists)
    for n in range(fired.shape[0]):
        c = 0
        for i in range(fired.shape[2]):
            if fired[n, t, i]:
                lists.events[n, t, first + c] = i
                c += 1
        lists.counts[n, t, population] = c


@compile_kernel
def arrive(running, t, lists, inbox, total, on_grid, lost):
    """Add the arrivals of step t to ``running`` [samples, neurons], in the canonical order.

    lists:   `Lists`; inbox: `Inbox`; total: `Number`, the format of the running sums.
    on_grid: weights and running sums are multiples of the step of a fixed ``total``, so that a sum within its
             range is one of its numbers already.
    lost:    [samples, steps], to which the additions are added whose result left the range.
    """
    lists, inbox, total = Lists(*lists), Inbox(*inbox), Number(*total)
    events, counts = lists.events, lists.counts
    row, post, weight = inbox.row, inbox.post, inbox.weight
    for n in range(running.shape[0]):
        left_range = 0
        for r in range(len(inbox.run_delay)):
            sent = t - inbox.run_delay[r]
            if sent < 0:
                continue
            first = inbox.run_first[r]
            for e in range(first, first + counts[n, sent, inbox.run_pop[r]]):
                at = inbox.run_row[r] + events[n, sent, e]
                begin, end = row[at], row[at + 1]
                if inbox.line[at]:
                    into = running[n, post[begin] : post[begin] + end - begin]
                    left_range += add_all(into, weight[begin:end], total, on_grid)
                elif total.family == Family.FLOAT64:
                    for k in range(begin, end):
                        running[n, post[k]] += weight[k]
                else:
                    for k in range(begin, end):
                        running[n, post[k]], outside = add(running[n, post[k]], weight[k], total, on_grid)
                        left_range += outside
        lost[n, t] += left_range


@compile_kernel
def decay(retain, state, number, out):
    """Write ``retain * state``, rounded, to ``out`` [samples, neurons]."""
    number = Number(*number)
    for n in range(state.shape[0]):
        for i in range(state.shape[1]):
            out[n, i] = round_number(retain[i] * state[n, i], number)


@compile_kernel
def _combine(drive, last, number):
    """Return the new potential, and how many of the additions that made it left the range of its format."""
    if last:
        total = drive.kept + drive.arrived + drive.bias
        return round_number(total, number), overflow(total, number)
    u, first = add(drive.kept, drive.arrived, number, False)
    u, second = add(u, drive.bias, number, False)
    return u, first + second


@compile_kernel
def _fire(place, drive, threshold, subtracted, rules, number, out):
    """Add input and bias to one neuron, test its threshold, and apply reset and refractory period.

    threshold: what the potential is compared with; subtracted: what a reset by subtraction takes off.
    """
    n, t, i = place
    if out.blocked[n, i] > 0:
        out.blocked[n, i] -= 1
        out.potential[n, i] = 0.0
        out.trace[n, t, i] = 0.0
        out.fired[n, t, i] = False
        return
    v, left_range = _combine(drive, rules.last, number)
    out.overflow[n, t] += left_range
    out.trace[n, t, i] = v
    fires = v > threshold if rules.strict else v >= threshold
    out.fired[n, t, i] = fires
    if not fires:
        out.potential[n, i] = v
        return
    out.blocked[n, i] = rules.refractory
    if rules.subtracts:
        out.overflow[n, t] += overflow(v - subtracted, number)
        out.potential[n, i] = round_number(v - subtracted, number)
    else:
        out.potential[n, i] = 0.0


@compile_kernel
def lif(t, kept, arrived, membrane, rules, number, out):
    """Compute step t of `LIF` neurons.

    kept, arrived: what was left of the potential, and the step's input, [samples, neurons].
    The other arguments are a `Membrane`, `Rules`, a `Number` and an `Outcome`, as plain tuples.
    """
    membrane, rules, number, out = Membrane(*membrane), Rules(*rules), Number(*number), Outcome(*out)
    threshold = membrane.threshold
    for n in range(kept.shape[0]):
        for i in range(kept.shape[1]):
            drive = _Drive(kept[n, i], arrived[n, i], membrane.bias[i])
            _fire(_Place(n, t, i), drive, threshold[i], threshold[i], rules, number, out)


@compile_kernel
def current_lif(t, kept, arrived, membrane, current, rules, formats, out):
    """Compute step t of `CurrentLIF` neurons; ``kept`` is what was left of the ``current`` [samples,
    neurons].

    formats: the `Number` of the decay, of the current, and of the potential.
    """
    membrane, rules, out = Membrane(*membrane), Rules(*rules), Outcome(*out)
    decayed, summed, number = Number(*formats[0]), Number(*formats[1]), Number(*formats[2])
    threshold = membrane.threshold
    for n in range(kept.shape[0]):
        for i in range(kept.shape[1]):
            total = kept[n, i] + arrived[n, i]
            out.overflow[n, t] += overflow(total, summed)
            current[n, i] = round_number(total, summed)
            left = round_number(membrane.retain[i] * out.potential[n, i], decayed)
            drive = _Drive(left, current[n, i], membrane.bias[i])
            _fire(_Place(n, t, i), drive, threshold[i], threshold[i], rules, number, out)


@compile_kernel
def adaptive_lif(t, kept, arrived, membrane, adaptation, raised, rules, formats, out):
    """Compute step t of `AdaptiveLIF` neurons; ``raised`` [samples, neurons] is what the threshold is raised
    by.

    adaptation: an `Adaptation`; formats: the `Number` of the decay, and of the potential.
    """
    membrane, adaptation = Membrane(*membrane), Adaptation(*adaptation)
    rules, out = Rules(*rules), Outcome(*out)
    decayed, number = Number(*formats[0]), Number(*formats[1])
    threshold = membrane.threshold
    for n in range(kept.shape[0]):
        for i in range(kept.shape[1]):
            more = adaptation.amount[i] if t > 0 and out.fired[n, t - 1, i] else 0.0
            total = round_number(adaptation.retain[i] * raised[n, i], decayed) + more
            raised[n, i] = round_number(total, number)
            effective = threshold[i] + raised[n, i]
            out.overflow[n, t] += overflow(total, number) + overflow(effective, number)
            drive = _Drive(kept[n, i], arrived[n, i], membrane.bias[i])
            effective = round_number(effective, number)
            _fire(_Place(n, t, i), drive, effective, threshold[i], rules, number, out)


@compile_kernel
def integrator(t, kept, arrived, bias, rules, number, out):
    """Compute step t of `Integrator` neurons."""
    rules, number, out = Rules(*rules), Number(*number), Outcome(*out)
    for n in range(kept.shape[0]):
        for i in range(kept.shape[1]):
            drive = _Drive(kept[n, i], arrived[n, i], bias[i])
            out.potential[n, i], left_range = _combine(drive, rules.last, number)
            out.overflow[n, t] += left_range
            out.trace[n, t, i] = out.potential[n, i]
