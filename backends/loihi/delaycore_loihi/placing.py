"""Populations cut into slices on cores, under all limits at once.

Few cores first: neurons go in order onto the current core until one of its limits is reached, then onto the
                 next.  Contiguous
slices keep the order in which arrivals are added, so the placement never changes a spike.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from delaycore_loihi.cores import Chip, Piece
from delaycore_loihi.spec import LIMITS

__all__ = ["Cut", "cut"]

_OUTPUTS = LIMITS["core.output_axons"].value
_ROUNDS = 12
"""Output axons depend on where targets lie, so cores are filled again with the counts of the last round."""
_ALMOST = 0.05
"""The fraction of the limit below which counts are nearly right."""


@dataclass
class Cut:
    """Pieces of each core, and the neurons that no core can hold, by (population, limit): how many, the
    largest need.
    """

    cores: list[list[Piece]] = field(default_factory=list)
    homeless: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def cut(chip: Chip, wanted: int | None = None) -> Cut:
    """The cores of a chip, as few as the order allows, or ``wanted`` if that is more and there are neurons
    enough.
    """
    room = _OUTPUTS
    for _ in range(_ROUNDS):
        done = _filled(chip, room)
        while wanted is not None and len(done.cores) < wanted and _split_one(done.cores):
            pass
        if not chip.count_output_axons(done.cores):
            break
        over = max((chip.outputs(pieces) for pieces in done.cores), default=0) - _OUTPUTS
        if over <= 0:
            break
        if (
            over < _ALMOST * _OUTPUTS
        ):  # filled anew, counts would go up and down about the limit: leave so much free
            room -= over
    return done


def _filled(chip: Chip, room: float) -> Cut:
    """Cores filled in order, with ``room`` for output axons on each."""
    done = Cut()
    pieces: list[Piece] = []
    for name in chip.computed:
        at, size = 0, chip.graph.populations[name].size
        guess = 1
        while at < size:
            stop = _most(chip, pieces, (name, at, size), guess, room)
            guess = max(1, stop - at)
            if (
                stop == at and not pieces
            ):  # even alone the neuron breaks a limit: it gets a core, and is reported
                stop = at + 1
                load = chip.load([(name, at, stop)])
                for code in load.broken:
                    count, worst = done.homeless.get((name, code), (0, 0))
                    done.homeless[name, code] = (count + 1, max(worst, load.use[code]))
            if stop > at:
                pieces.append((name, at, stop))
                at = stop
            if at < size:
                done.cores.append(pieces)
                pieces = []
    if pieces:
        done.cores.append(pieces)
    return done


def _most(chip: Chip, pieces: list[Piece], rest: Piece, guess: int, room: float) -> int:
    """The largest end of a slice at the beginning of ``rest`` that fits beside ``pieces``; every limit is
    used up monotonically.

    guess: neurons that may fit, such as those of the last slice: leaps away from it find the answer in few
           trials.
    """
    name, at, size = rest

    def fits(stop: int) -> bool:
        load = chip.load([*pieces, (name, at, stop)])
        return not load.broken and load.use["core.output_axons"] <= room

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


def _split_one(cores: list[list[Piece]]) -> bool:
    """Halve the core with the most compartments; False if each has one only."""

    def neurons(pieces: list[Piece]) -> int:
        return sum(stop - start for _, start, stop in pieces)

    fullest = max(range(len(cores)), key=lambda i: neurons(cores[i]), default=None)
    if fullest is None or neurons(cores[fullest]) < 2:
        return False
    left, room = [], neurons(cores[fullest]) // 2
    right: list[Piece] = []
    for name, start, stop in cores[fullest]:
        middle = min(stop, start + room)
        room -= middle - start
        left += [(name, start, middle)] if middle > start else []
        right += [(name, middle, stop)] if stop > middle else []
    cores[fullest : fullest + 1] = [left, right]
    return True
