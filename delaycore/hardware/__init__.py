"""The vocabulary that every backend speaks: spec, findings, losses, grids, placement, program, cost."""

from delaycore.activity import Activity
from delaycore.hardware._cost import Cost, Quantity
from delaycore.hardware._expectation import Expectation
from delaycore.hardware._findings import DoesNotFit, Finding, FitReport
from delaycore.hardware._losses import Loss, Losses
from delaycore.hardware._overflow import find_overflow
from delaycore.hardware._placement import Placement, Slice
from delaycore.hardware._program import Program, Result
from delaycore.hardware._quantization import QuantizationScheme, rescale, round_to
from delaycore.hardware._retiming import Retiming, retime
from delaycore.hardware._spec import Constant, Feature, HardwareSpec
from delaycore.hardware._strides import coarsen_delays
from delaycore.hardware._thresholds import find_vanished_thresholds
from delaycore.hardware._trace import Level, Span, Trace
from delaycore.hardware._workload import CostEstimate, Workload

__all__ = [
    "Activity",
    "Constant",
    "Cost",
    "DoesNotFit",
    "Expectation",
    "Finding",
    "FitReport",
    "QuantizationScheme",
    "HardwareSpec",
    "Feature",
    "Level",
    "Loss",
    "Losses",
    "Placement",
    "CostEstimate",
    "Program",
    "Quantity",
    "Result",
    "Retiming",
    "Slice",
    "Span",
    "Trace",
    "Workload",
    "coarsen_delays",
    "round_to",
    "find_overflow",
    "retime",
    "rescale",
    "find_vanished_thresholds",
]
