"""What people write is read or refused, and data of the package that were changed are refused."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(7_200)


def test_changed_data_of_the_package_are_refused_or_as_they_were(fuzz) -> None:
    fuzz("packed")


@pytest.mark.parametrize("kind", ["settings", "workload", "sound"])
def test_what_somebody_wrote_is_read_or_refused(kind: str, fuzz) -> None:
    fuzz(kind)
