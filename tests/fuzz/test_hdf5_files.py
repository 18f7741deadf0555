"""Files of HDF5, changed or crafted: refused or read, and nothing outside them is opened."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(7_200)


@pytest.mark.parametrize("kind", ["events", "nir"])
def test_a_changed_file_of_ours_is_refused_or_as_it_was(kind: str, fuzz) -> None:
    fuzz(kind)


@pytest.mark.parametrize(
    "kind", ["events-crafted", "events-foreign", "lava-dl", "nir-crafted", "nir-foreign"]
)
def test_a_file_of_another_hand_is_read_or_refused(kind: str, fuzz) -> None:
    fuzz(kind)
