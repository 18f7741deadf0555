"""Additions whose results lay outside the range of their numbers: only a run can show them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore._wording import pluralize
from delaycore.activity import Activity
from delaycore.hardware._findings import Finding
from delaycore.hardware._spec import Constant

__all__ = ["find_overflow"]


def find_overflow(
    activity: Activity, limit: Constant, became: str, remedy: str, code: str = "arithmetic.overflow"
) -> Iterator[Finding]:
    """A warning for every population in which additions left their range (`Activity.overflow`).

    limit:  the range that they left; became: what the chip makes of such a sum, such as ``were clipped``.
    """
    for name, count in activity.overflow.items():
        if count.any():
            samples = int(np.count_nonzero(count.any(axis=1)))
            yield Finding(
                code=code,
                severity="warning",
                place=f"populations[{name!r}]",
                message=(
                    f"{pluralize(int(count.sum()), 'addition')} in {samples} of "
                    f"{pluralize(len(count), 'sample')} left the range "
                    f"and {became}"
                ),
                needed=float(count.sum()),
                available=0,
                unit="additions",
                source=limit.source,
                remedy=remedy,
            )
