"""Tables and plots of what a run measured.

Functions that draw are loaded when they are first used, since they need matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from delaycore._wording import describe_missing_name
from delaycore.report._confusion import Confusion, count_confusion
from delaycore.report._delay_bounds import describe_delay_bounds
from delaycore.report._differences import describe_differences
from delaycore.report._method_table import compute_gain, tabulate_methods
from delaycore.report._point import Point
from delaycore.report._row import Row, make_row, pool_rows
from delaycore.report._speakers import SpeakerScore, explain_interval
from delaycore.report._statistics import compute_mean, format_mean
from delaycore.report._table import describe_accuracy, to_markdown, to_terminal

if TYPE_CHECKING:
    from delaycore.report._delay_memories import draw_delay_memories, estimate_bits
    from delaycore.report._figures import SERIES, save_figure
    from delaycore.report._method_plot import draw_methods
    from delaycore.report._queue_levels import draw_queue_levels
    from delaycore.report._run_plots import draw_accuracies, draw_costs, draw_delays, draw_raster

__all__ = [
    "SERIES",
    "Confusion",
    "Point",
    "Row",
    "SpeakerScore",
    "compute_gain",
    "compute_mean",
    "count_confusion",
    "describe_accuracy",
    "describe_delay_bounds",
    "describe_differences",
    "draw_accuracies",
    "draw_costs",
    "draw_delay_memories",
    "draw_delays",
    "draw_methods",
    "draw_queue_levels",
    "draw_raster",
    "estimate_bits",
    "explain_interval",
    "format_mean",
    "make_row",
    "pool_rows",
    "save_figure",
    "tabulate_methods",
    "to_markdown",
    "to_terminal",
]

_DRAWING = {
    "_delay_memories": ("draw_delay_memories", "estimate_bits"),
    "_figures": ("SERIES", "save_figure"),
    "_method_plot": ("draw_methods",),
    "_queue_levels": ("draw_queue_levels",),
    "_run_plots": ("draw_accuracies", "draw_costs", "draw_delays", "draw_raster"),
}
_MODULES = {name: module for module, names in _DRAWING.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(describe_missing_name(__name__, name, __all__))
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
