"""Whatever stands on a command line is done or refused in words."""

from __future__ import annotations

import pytest


@pytest.mark.thorough
@pytest.mark.timeout(7_200)
def test_a_command_line_is_done_or_refused(fuzz) -> None:
    fuzz("command")
