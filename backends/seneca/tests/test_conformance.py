"""The conformance suite, for weights of fewer bits as for bfloat16."""

from __future__ import annotations

from typing import Any

import pytest
from delaycore_seneca import SenecaBackend

from delaycore.conformance import _suite as suite
from delaycore.graph import Graph
from delaycore.hardware import CostEstimate, FitReport, Losses, Program, QuantizationScheme, Workload


class FewBits(SenecaBackend):
    """The chip with weights of so many bits unless it is told otherwise."""

    def __init__(self, bits: int) -> None:
        self.chosen = {"weight_bits": bits}

    def check(self, graph: Graph, **options: Any) -> FitReport:
        return super().check(graph, **self.chosen | options)

    def quantization_scheme(self, graph: Graph, **options: Any) -> QuantizationScheme:
        return super().quantization_scheme(graph, **self.chosen | options)

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        return super().quantize(graph, **self.chosen | options)

    def map(self, graph: Graph, **options: Any) -> Program:
        return super().map(graph, **self.chosen | options)

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        return super().price(workload, **self.chosen | options)


@pytest.mark.parametrize(
    "backend", [SenecaBackend(), FewBits(8), FewBits(3)], ids=["bfloat16", "int8", "3 bits"]
)
def test_all_checks_pass(backend):
    verdict = suite.run(backend)
    assert verdict.ok, str(verdict)
