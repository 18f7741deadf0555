"""The vocabulary that every backend speaks: spec, findings, losses, grids, placement, program, cost."""

from delaycore.activity import Activity
from delaycore.hardware._cost import Cost, Quantity
from delaycore.hardware._expectation import Expectation
from delaycore.hardware._findings import DoesNotFit, Finding, FitReport
from delaycore.hardware._quantization import Grids, onto, scaled
from delaycore.hardware._losses import Loss, Losses
from delaycore.hardware._overflow import overflowed
from delaycore.hardware._placement import Placement, Slice
from delaycore.hardware._program import Program, Result
from delaycore.hardware._retiming import Retiming, retime
from delaycore.hardware._spec import Constant, HardwareSpec, Lack
from delaycore.hardware._strides import coarsened
from delaycore.hardware._thresholds import vanished_thresholds
from delaycore.hardware._trace import Level, Span, Trace
from delaycore.hardware._workload import Priced, Workload

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
