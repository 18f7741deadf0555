"""Workloads for the price of a network on a chip without a run: its shape and its spikes, which are described
in a file, recorded, or assumed.
"""

from delaycore.pricing._activity import load_spikes, save_spikes, spread_spikes
from delaycore.pricing._workload_file import WorkloadFile, load

__all__ = ["WorkloadFile", "load", "load_spikes", "save_spikes", "spread_spikes"]
