"""Files of tensors that were changed are refused; those whose checksum was made anew are read, or refused."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(7_200)


@pytest.mark.parametrize("kind", ["graph", "graph-resealed", "spikes", "spikes-resealed"])
def test_a_changed_file_is_refused_or_as_it_was(kind: str, fuzz) -> None:
    fuzz(kind)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["checkpoint", "checkpoint-resealed"])
def test_a_changed_checkpoint_is_refused_or_as_it_was(kind: str, fuzz) -> None:
    fuzz(kind)
