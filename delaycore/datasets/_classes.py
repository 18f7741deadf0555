"""Labels of one list of classes as those of another: classes are the same where their names are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import DataError

__all__ = ["translate_labels"]


def translate_labels(
    place: str, labels: NDArray[np.int64], classes: Sequence[str], wanted: Sequence[str]
) -> NDArray[np.int64]:
    """Return ``labels``, [samples] indices of ``classes``, as indices of ``wanted``.

    place: of the labels, for messages.

    Raises `DataError` with the classes that have samples and are not in ``wanted``.
    """
    index = {name: i for i, name in enumerate(wanted)}
    unknown = [name for i, name in enumerate(classes) if name not in index and (labels == i).any()]
    if unknown:
        samples = int(np.isin(labels, [i for i, name in enumerate(classes) if name in unknown]).sum())
        raise DataError.at(
            place,
            f"{samples} of {len(labels)} samples are of classes that are not known here: {_list(unknown)}; "
            f"the classes are {_list(wanted)}",
            "give recordings of these classes, or name the classes alike",
        )
    return np.array([index.get(name, -1) for name in classes], dtype=np.int64)[labels]


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:20]))
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown
