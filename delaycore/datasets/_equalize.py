"""Samples in which the number of spikes says nothing: what is left is in their timing.

After the data sets SHD-norm and SSC-norm of Yu, Sun and Goodman, "Beyond Rate Coding" (arXiv 2507.16043):
there, too, every channel keeps a number of spikes that is the same in all samples, drawn from those it has.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from delaycore._values import integers, require_seed
from delaycore.datasets._samples import Samples
from delaycore.errors import DataError
from delaycore.hardware import Losses

__all__ = ["choose_spike_counts", "equalize_spikes"]


def choose_spike_counts(samples: Samples, short: float = 0.0) -> NDArray[np.int64]:
    """Return a number of spikes for each input, [inputs]: the largest that all but a share ``short`` of the
    samples reach.

    short: from 0, where the number is the smallest of any sample, up to, not including, 1.

    Raises `DataError` for no samples, for another ``short``, and if no input reaches a single spike.
    """
    if not 0 <= short < 1:
        raise DataError.at("short", f"is {short!r:.80}", "give a share of the samples, from 0 and below 1")
    if not len(samples):
        raise DataError.at("samples", "there are none to count spikes of", "give training samples")
    counts = np.sort(samples.spikes.sum(axis=1, dtype=np.int64), axis=0)
    chosen: NDArray[np.int64] = counts[int(short * len(samples))]
    if not chosen.any():
        message = f"no input has a spike in all but {short:.1%} of the {len(samples)} samples"
        raise DataError.at("samples", message, "let more samples be short of spikes, or join more channels")
    return chosen


def equalize_spikes(
    samples: Samples, counts: NDArray[np.int64], seed: int = 0, place: str = "samples"
) -> tuple[Samples, Losses]:
    """Return samples in which every input has as many spikes as ``counts`` says, and what that changed.

    Of an input with more spikes, those that stay are drawn, all with the same probability; to one with fewer,
    the missing spikes are added at steps without one, drawn in the same way.  ``seed`` and the spikes of a
    sample decide what is drawn, so that a sample becomes the same one wherever it stands.

    counts: spikes of each input, [inputs], from 0 up to the number of steps.
    place:  of the samples, in the losses: how many spikes were dropped and how many added.

    Raises `DataError` for counts that are not whole numbers in this range, one for each input.
    """
    require_seed(seed)
    _, steps, inputs = samples.spikes.shape
    remedy = "take those of choose_spike_counts"
    try:
        counts = integers(counts)
    except ValueError as error:
        raise DataError.at("counts", str(error), remedy) from error
    if counts.shape != (inputs,) or (counts < 0).any() or (counts > steps).any():
        message = f"are {counts.tolist()!r:.80}, not {inputs} whole numbers within 0..{steps}"
        raise DataError.at("counts", message, remedy)
    spikes = np.empty_like(samples.spikes)
    for sample, equal in zip(samples.spikes, spikes, strict=True):
        order = _draw(sample, seed).argsort(axis=0)
        np.put_along_axis(equal, order, np.arange(steps)[:, None] < counts, axis=0)
    before, after = (int(np.count_nonzero(array)) for array in (samples.spikes, spikes))
    stayed = int(np.count_nonzero(spikes & samples.spikes))
    detail = "each input has as many spikes in every sample"
    losses = Losses.counted("event", "dropped", place, before - stayed, before, detail=detail)
    losses += Losses.counted("event", "added", place, after - stayed, after, detail=detail)
    return replace(samples, spikes=spikes), losses


def _draw(spikes: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    """Draw a number for each step and input, [steps, inputs]; those of spikes are the smaller ones."""
    digest = hashlib.sha256(np.packbits(spikes).tobytes()).digest()
    drawn = np.random.default_rng([seed, *np.frombuffer(digest, np.uint32)]).random(spikes.shape)
    return np.where(spikes, drawn - 1, drawn)
