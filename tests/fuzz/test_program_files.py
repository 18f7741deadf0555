"""Programs of every chip at hand that were changed are refused; those whose checksum was made anew run, or
are refused.
"""

from __future__ import annotations

import pytest

import delaycore as dc

pytestmark = [pytest.mark.timeout(7_200), pytest.mark.thorough]


@pytest.mark.parametrize("target", list(dc.targets()))
@pytest.mark.parametrize("kind", ["program-{}", "program-{}-resealed"])
def test_a_changed_program_is_refused_or_as_it_was(kind: str, target: str, fuzz) -> None:
    fuzz(kind.format(target))
