"""The conformance suite for weights of fewer bits; the project's own tests hold bfloat16 to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from delaycore_seneca import SenecaBackend
from delaycore_seneca.options import Options

from delaycore.conformance import _suite as suite


class FewBits(SenecaBackend):
    """The chip with weights of so many bits unless it is told otherwise."""

    def __init__(self, bits: int) -> None:
        self.chosen = {"weight_bits": bits}

    def parse(self, options: Mapping[str, Any]) -> Options:
        return super().parse(self.chosen | dict(options))


@pytest.mark.thorough
@pytest.mark.parametrize("bits", [8, 3])
def test_all_checks_pass(bits):
    verdict = suite.run(FewBits(bits))
    assert verdict.ok, str(verdict)
