"""Populations cut into slices on cores, under all limits at once.

Few cores first: neurons go in order onto the current core until one of its limits is reached, then onto the
next.  Contiguous slices keep the order in which arrivals are added, so the placement never changes a spike.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import accumulate

from delaycore_loihi.limits import LIMITS
from delaycore_loihi.mapping._contents import CoreContents
from delaycore_loihi.mapping._cores import Demand, Piece

__all__ = ["Filling", "fill_cores"]

_OUTPUTS = LIMITS["core.output_axons"].value
_ROUNDS = 12
"""At most: output axons depend on where targets lie, so cores are filled anew with the last counts."""
_ALMOST = 0.05
"""The fraction of the limit below which counts are nearly right."""


@dataclass
class Filling:
    """Holds which neurons lie on which core.

    cores:     the pieces of each core.
    oversized: the neurons that no core can hold, by (population, limit): how many, and the largest need.
    """

    cores: list[list[Piece]] = field(default_factory=list)
    oversized: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def fill_cores(demand: Demand, wanted: int | None = None) -> Filling:
    """Return the cores of a network, as few as the order allows, or ``wanted`` if that is more and there are
    neurons enough.
    """
    room = _OUTPUTS
    for _ in range(_ROUNDS):
        filling = _fill_in_order(demand, room)
        filling.cores = _split_until(filling.cores, wanted or 0)
        if not demand.update_output_axons(filling.cores):
            break
        over = max((demand.count_outputs(pieces) for pieces in filling.cores), default=0) - _OUTPUTS
        if over <= 0:
            break
        if over < _ALMOST * _OUTPUTS:  # or counts would go up and down about the limit: leave so much free
            room -= over
    return filling


def _fill_in_order(demand: Demand, room: float) -> Filling:
    """Fill cores in order, with ``room`` for output axons on each."""
    filling = Filling()
    pieces: list[Piece] = []
    contents = CoreContents()
    for name in demand.computed:
        at, size = 0, demand.graph.populations[name].size
        guess = 1
        while at < size:
            stop = _find_largest_end(demand, contents, (name, at, size), guess, room)
            guess = max(1, stop - at)
            if (
                stop == at and not pieces
            ):  # even alone the neuron breaks a limit: it gets a core, and is found
                stop = at + 1
                core = demand.measure([(name, at, stop)])
                for code in core.broken:
                    count, worst = filling.oversized.get((name, code), (0, 0))
                    filling.oversized[name, code] = (count + 1, max(worst, core.used(code)))
            if stop > at:
                pieces.append((name, at, stop))
                contents.add(demand.measure_piece((name, at, stop)))
                at = stop
            if at < size:
                filling.cores.append(pieces)
                pieces, contents = [], CoreContents()
    if pieces:
        filling.cores.append(pieces)
    return filling


def _find_largest_end(demand: Demand, core: CoreContents, rest: Piece, guess: int, room: float) -> int:
    """Return the largest end of a slice at the beginning of ``rest`` that fits onto ``core``; every limit is
    used up monotonically.

    guess: neurons that may fit, such as those of the last slice: leaps away from it find the answer in few
           trials.
    """
    name, at, size = rest

    def fits(stop: int) -> bool:
        use = core.measure(demand.measure_piece((name, at, stop)))
        return not use.broken and use.output_axons <= room

    good, bad = at, size + 1
    probe, leap = min(at + guess, size), max(1, guess // 16)
    while bad - good > 1:
        if fits(probe):
            good, probe = probe, probe + leap
        else:
            bad, probe = probe, probe - leap
        leap *= 2
        if not good < probe < bad:
            probe = (good + bad) // 2
    return good


def _split_until(cores: list[list[Piece]], wanted: int) -> list[list[Piece]]:
    """Halve the fullest core, the first of several, until there are ``wanted`` or none has two compartments;
    return the cores in the order of their neurons.
    """
    # A core is known by where its neurons begin, counted through all cores.
    first = [0, *accumulate(map(_count_neurons, cores))]
    waiting = [(-_count_neurons(pieces), at, pieces) for at, pieces in zip(first, cores, strict=False)]
    heapq.heapify(waiting)
    while waiting and len(waiting) < wanted and -waiting[0][0] > 1:
        size, at, pieces = heapq.heappop(waiting)
        left, right = _halve(pieces)
        for begin, half in ((at, left), (at + -size // 2, right)):
            heapq.heappush(waiting, (-_count_neurons(half), begin, half))
    return [pieces for _, _, pieces in sorted(waiting, key=lambda entry: entry[1])]


def _count_neurons(pieces: list[Piece]) -> int:
    return sum(stop - start for _, start, stop in pieces)


def _halve(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Return the first half of the neurons of ``pieces``, and the second, which has one more of an odd
    number.
    """
    left: list[Piece] = []
    right: list[Piece] = []
    room = _count_neurons(pieces) // 2
    for name, start, stop in pieces:
        middle = min(stop, start + room)
        room -= middle - start
        left += [(name, start, middle)] if middle > start else []
        right += [(name, middle, stop)] if stop > middle else []
    return left, right
