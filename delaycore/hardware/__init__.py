"""The vocabulary that every backend speaks: spec, findings, losses, grids, placement, program, cost."""

from delaycore.activity import Activity
from delaycore.hardware.cost import Cost, Quantity
from delaycore.hardware.expectation import Expectation
from delaycore.hardware.findings import DoesNotFit, Finding, FitReport
from delaycore.hardware.grids import Grids, onto, scaled
from delaycore.hardware.losses import Loss, Losses
from delaycore.hardware.overflow import overflowed
from delaycore.hardware.placement import Placement, Slice
from delaycore.hardware.program import Program, Result
from delaycore.hardware.retiming import Retiming, retime
from delaycore.hardware.spec import Constant, HardwareSpec, Lack
from delaycore.hardware.strides import coarsened
from delaycore.hardware.thresholds import vanished_thresholds
from delaycore.hardware.trace import Level, Span, Trace
from delaycore.hardware.workload import Priced, Workload

__all__ = [
    "Activity",
    "Constant",
    "Cost",
    "DoesNotFit",
    "Expectation",
    "Finding",
    "FitReport",
    "Grids",
    "HardwareSpec",
    "Lack",
    "Level",
    "Loss",
    "Losses",
    "Placement",
    "Priced",
    "Program",
    "Quantity",
    "Result",
    "Retiming",
    "Slice",
    "Span",
    "Trace",
    "Workload",
    "coarsened",
    "onto",
    "overflowed",
    "retime",
    "scaled",
    "vanished_thresholds",
]
