"""The conformance suite, for weights of fewer bits as for bfloat16."""

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


@pytest.mark.parametrize(
    "backend", [SenecaBackend(), FewBits(8), FewBits(3)], ids=["bfloat16", "int8", "3 bits"]
)
def test_all_checks_pass(backend):
    verdict = suite.run(backend)
    assert verdict.ok, str(verdict)
