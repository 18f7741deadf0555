"""Labels of one list of classes as those of another: classes are the same where their names are.

Names are compared in Unicode's normal form C: folders of a Mac have other code points than what is typed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import DataError

__all__ = ["have_same_names", "translate_labels"]


def have_same_names(classes: Sequence[str], others: Sequence[str]) -> bool:
    """Whether both lists hold the same classes, in any order."""
    return {*map(_normalize, classes)} == {*map(_normalize, others)}


def translate_labels(
    place: str, labels: NDArray[np.int64], classes: Sequence[str], wanted: Sequence[str]
) -> NDArray[np.int64]:
    """Return ``labels``, [samples] indices of ``classes``, as indices of ``wanted``.

    place: of the labels, for messages.

    Raises `DataError` for labels that are no index of ``classes``, and with the classes that have samples and
    are not in ``wanted``.
    """
    beyond = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if beyond.size:
        raise DataError.at(
            place,
            f"{beyond.size} of {len(labels)} labels are no index of its {len(classes)} classes; the first is "
            f"{labels[beyond[0]]} of sample {beyond[0]}",
            "number the classes from 0 in the order of their names",
        )
    index = {_normalize(name): i for i, name in enumerate(wanted)}
    unknown = [n for i, n in enumerate(classes) if _normalize(n) not in index and (labels == i).any()]
    if unknown:
        samples = int(np.isin(labels, [i for i, name in enumerate(classes) if name in unknown]).sum())
        raise DataError.at(
            place,
            f"{samples} of {len(labels)} samples are of classes that are not known here: {_list(unknown)}; "
            f"the classes are {_list(wanted)}",
            "give recordings of these classes, or name the classes alike",
        )
    return np.array([index.get(_normalize(name), -1) for name in classes], dtype=np.int64)[labels]


def _normalize(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:20]))
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown
