"""The baseline without time: how much of a task can be solved from spike counts alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore.datasets import Samples

__all__ = ["spike_count_baseline"]

_STRENGTHS = (0.003, 0.03, 0.3)
"""Inverse regularisation strengths from which validation samples choose."""


def spike_count_baseline(train: Samples, valid: Samples, test: Samples, seed: int) -> NDArray[np.int64]:
    """Return the predictions for ``test``, [samples], of a logistic regression on the number of spikes per
    input.

    Its regularisation is chosen on ``valid``.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    models = [
        make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=300, random_state=seed))
        for c in _STRENGTHS
    ]
    for model in models:
        model.fit(_count_spikes(train), train.labels)
    best = max(models, key=lambda model: float(model.score(_count_spikes(valid), valid.labels)))
    return np.asarray(best.predict(_count_spikes(test)), dtype=np.int64)


def _count_spikes(samples: Samples) -> NDArray[np.float64]:
    return np.asarray(samples.spikes.sum(axis=1), dtype=np.float64)
