"""Documents in the folder of a run that were changed are refused; those whose checksum was made anew are
read, or refused.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(7_200)


@pytest.mark.parametrize("kind", ["run", "stage", "limits", "point"])
def test_a_changed_document_is_refused_or_as_it_was(kind: str, fuzz) -> None:
    fuzz(kind)


@pytest.mark.parametrize("kind", ["run", "stage", "limits", "point"])
def test_a_document_of_another_hand_is_read_or_refused(kind: str, fuzz) -> None:
    fuzz(f"{kind}-resealed")
