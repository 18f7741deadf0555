"""The two things that a step does, compiled: arrivals are added, and neurons are updated.

Arrays are of one chunk of samples.  Each kernel is specialised by what it does, never by a function that it
is given, since such a kernel would miss its disk cache in every new process.  What kernels call is compiled
once and inlined by LLVM; inlining it in Numba (``inline="always"``) gains a tenth in speed and takes a minute
more to compile.
"""

# Numba infers the types of what it compiles; annotations would not be checked.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from numba import njit

from delaycore.engine._numbers import added, added_all, overflow, rounded

__all__ = ["adaptive_lif", "arrive", "current_lif", "decayed", "integrator", "lif", "note_spikes"]


@njit(cache=True, nogil=True)
def note_spikes(fired, t, first, pop, events, counts):
    """Write the indices of the neurons that fired in step t, fired [samples, steps, neurons], to the event
    lists.

    events: [samples, steps, all neurons], a population's list starting at column ``first``; counts: [samples,
            steps, populations].
    """
    for n in range(fired.shape[0]):
        c = 0
        for i in range(fired.shape[2]):
            if fired[n, t, i]:
                events[n, t, first + c] = i
                c += 1
        counts[n, t, pop] = c


@njit(cache=True, nogil=True)
def arrive(
    running,
    t,
    events,
    counts,
    run_delay,
    run_pop,
    run_first,
    run_row,
    row,
    post,
    weight,
    line,
    total,
    whole,
    over,
):
    """Add the arrivals of step t to ``running`` [samples, neurons], in the canonical order.

    A run is all synapses of one delay from one population; runs are sorted, the longest delay first.  Row
    ``run_row[r] + i`` of ``row`` tells where the synapses of source neuron i begin, and of ``line`` whether
    they go to neighbours, one after the other.  ``whole`` says that weights and running sums are multiples of
    the step of a fixed ``total``, so that a sum within its range is one of its numbers already.
    """
    for n in range(running.shape[0]):
        lost = 0
        for r in range(len(run_delay)):
            sent = t - run_delay[r]
            if sent < 0:
                continue
            first = run_first[r]
            for e in range(first, first + counts[n, sent, run_pop[r]]):
                at = run_row[r] + events[n, sent, e]
                begin, end = row[at], row[at + 1]
                if line[at]:
                    into = running[n, post[begin] : post[begin] + end - begin]
                    lost += added_all(into, weight[begin:end], total, whole)
                elif total[0] == 0.0:
                    for k in range(begin, end):
                        running[n, post[k]] += weight[k]
                else:
                    for k in range(begin, end):
                        running[n, post[k]], left = added(running[n, post[k]], weight[k], total, whole)
                        lost += left
        over[n, t] += lost


@njit(cache=True, nogil=True)
def _combined(kept, arrived, bias, last, number):
    """The new potential, and how many of the additions that made it left the range of its format."""
    if last:
        return rounded(kept + arrived + bias, number), overflow(kept + arrived + bias, number)
    u, first = added(kept, arrived, number, False)
    u, second = added(u, bias, number, False)
    return u, first + second


@njit(cache=True, nogil=True)
def _fire(n, t, i, kept, arrived, threshold, base, bias, rules, number, out):
    """Leak, input, bias, threshold, reset, refractory period of one neuron."""
    refractory, subtract, strict, last = rules
    u, blocked, trace, fired, over = out
    if blocked[n, i] > 0:
        blocked[n, i] -= 1
        u[n, i] = 0.0
        trace[n, t, i] = 0.0
        fired[n, t, i] = False
        return
    v, left = _combined(kept, arrived, bias, last, number)
    over[n, t] += left
    trace[n, t, i] = v
    s = v > threshold if strict else v >= threshold
    fired[n, t, i] = s
    if not s:
        u[n, i] = v
        return
    blocked[n, i] = refractory
    if subtract:
        over[n, t] += overflow(v - base, number)
        u[n, i] = rounded(v - base, number)
    else:
        u[n, i] = 0.0


@njit(cache=True, nogil=True)
def lif(t, kept, arrived, bias, threshold, rules, number, out):
    """`LIF` neurons, step t.

    rules: (refractory, reset by subtraction, fires strictly above, rounds after the last addition).
    out:   (u, blocked, trace, fired, over), u and blocked [samples, neurons], trace and fired [samples,
           steps, neurons], over [samples, steps]; all are written to.
    """
    u = out[0]
    for n in range(u.shape[0]):
        for i in range(u.shape[1]):
            _fire(n, t, i, kept[n, i], arrived[n, i], threshold[i], threshold[i], bias[i], rules, number, out)


@njit(cache=True, nogil=True)
def current_lif(t, kept, arrived, retain, bias, threshold, rules, decay, current, number, c, out):
    """`CurrentLIF` neurons; ``c`` [samples, neurons] is the synaptic current."""
    u, over = out[0], out[4]
    for n in range(u.shape[0]):
        for i in range(u.shape[1]):
            over[n, t] += overflow(kept[n, i] + arrived[n, i], current)
            c[n, i] = rounded(kept[n, i] + arrived[n, i], current)
            leaked = rounded(retain[i] * u[n, i], decay)
            _fire(n, t, i, leaked, c[n, i], threshold[i], threshold[i], bias[i], rules, number, out)


@njit(cache=True, nogil=True)
def adaptive_lif(t, kept, arrived, retain_trace, adaptation, bias, threshold, rules, decay, number, a, out):
    """`AdaptiveLIF` neurons; ``a`` [samples, neurons] is the trace that raises the threshold."""
    u, fired, over = out[0], out[3], out[4]
    for n in range(u.shape[0]):
        for i in range(u.shape[1]):
            raised = adaptation[i] if t > 0 and fired[n, t - 1, i] else 0.0
            fading = rounded(retain_trace[i] * a[n, i], decay)
            a[n, i] = rounded(fading + raised, number)
            effective = rounded(threshold[i] + a[n, i], number)
            over[n, t] += overflow(fading + raised, number) + overflow(threshold[i] + a[n, i], number)
            _fire(n, t, i, kept[n, i], arrived[n, i], effective, threshold[i], bias[i], rules, number, out)


@njit(cache=True, nogil=True)
def integrator(t, kept, arrived, bias, last, number, u, trace, over):
    """`Integrator` neurons."""
    for n in range(u.shape[0]):
        for i in range(u.shape[1]):
            u[n, i], left = _combined(kept[n, i], arrived[n, i], bias[i], last, number)
            over[n, t] += left
            trace[n, t, i] = u[n, i]


@njit(cache=True, nogil=True)
def decayed(retain, state, number, out):
    """``retain * state`` rounded, [samples, neurons]."""
    for n in range(state.shape[0]):
        for i in range(state.shape[1]):
            out[n, i] = rounded(retain[i] * state[n, i], number)
