"""The control without time: how much of a task spike counts alone can tell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore.datasets import Samples

__all__ = ["spike_count_baseline"]

_STRENGTHS = (0.003, 0.03, 0.3)
"""Inverse regularisation strengths to choose from on validation samples."""


def spike_count_baseline(train: Samples, valid: Samples, test: Samples, seed: int) -> NDArray[np.int64]:
    """Predictions for ``test``, [samples], of a logistic regression that sees spikes per input and no
    timing.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    models = [
        make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=300, random_state=seed))
        for c in _STRENGTHS
    ]
    for model in models:
        model.fit(_counts(train), train.labels)
    best = max(models, key=lambda model: float(model.score(_counts(valid), valid.labels)))
    return np.asarray(best.predict(_counts(test)), dtype=np.int64)


def _counts(samples: Samples) -> NDArray[np.float64]:
    return np.asarray(samples.spikes.sum(axis=1), dtype=np.float64)
