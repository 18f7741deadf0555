"""The vocabulary of backends: spec, findings, losses, options, plan, placement, program, run, cost."""

from delaycore._contradictions import relation
from delaycore._counting import count_deliveries, count_fan_out
from delaycore.activity import Activity
from delaycore.hardware._arithmetic_changes import find_arithmetic_changes
from delaycore.hardware._capabilities import (
    find_core_violations,
    find_delay_violations,
    find_overuse,
    find_unsupported,
    is_foreign,
    retime_for,
)
from delaycore.hardware._conformance_profile import ConformanceProfile, Draw, LimitCase
from delaycore.hardware._cost import Cost, Quantity
from delaycore.hardware._execution import Execution, estimate_memory, execute, execute_placed, replay
from delaycore.hardware._expectation import Expectation
from delaycore.hardware._findings import DoesNotFit, Finding, FitReport
from delaycore.hardware._losses import Loss, Losses
from delaycore.hardware._options import OptionHelp, Options
from delaycore.hardware._overflow import find_overflow
from delaycore.hardware._placement import Placement, spread_slices
from delaycore.hardware._plain import from_plain, to_plain
from delaycore.hardware._plan import Plan
from delaycore.hardware._program import ChipMapping, Image, MappingT, OptionsT, Program, Result
from delaycore.hardware._quantization import (
    QuantizationScheme,
    choose_scale,
    choose_scales,
    quantize_to,
    rescale,
    rescale_format,
    round_to,
    scheme_for,
)
from delaycore.hardware._registers import store_exactly
from delaycore.hardware._retiming import LATEST, Retiming, list_looping, retime
from delaycore.hardware._slice import Slice
from delaycore.hardware._spec import Constant, Feature, HardwareSpec, Reason
from delaycore.hardware._strides import coarsen_delays
from delaycore.hardware._trace import Level, Span, Trace
from delaycore.hardware._workload import CostEstimate, Workload

__all__ = [
    "Activity",
    "ChipMapping",
    "ConformanceProfile",
    "Constant",
    "Cost",
    "CostEstimate",
    "DoesNotFit",
    "Draw",
    "Execution",
    "Expectation",
    "Feature",
    "Finding",
    "FitReport",
    "HardwareSpec",
    "Image",
    "LATEST",
    "Level",
    "LimitCase",
    "MappingT",
    "OptionsT",
    "Loss",
    "Losses",
    "OptionHelp",
    "Options",
    "Placement",
    "Plan",
    "Program",
    "Quantity",
    "QuantizationScheme",
    "Reason",
    "Result",
    "Retiming",
    "Slice",
    "Span",
    "Trace",
    "Workload",
    "choose_scale",
    "choose_scales",
    "list_looping",
    "coarsen_delays",
    "count_deliveries",
    "count_fan_out",
    "estimate_memory",
    "execute",
    "execute_placed",
    "find_core_violations",
    "find_delay_violations",
    "find_overuse",
    "find_overflow",
    "find_arithmetic_changes",
    "find_unsupported",
    "from_plain",
    "is_foreign",
    "quantize_to",
    "relation",
    "replay",
    "rescale",
    "rescale_format",
    "retime",
    "retime_for",
    "round_to",
    "scheme_for",
    "spread_slices",
    "store_exactly",
    "to_plain",
]
