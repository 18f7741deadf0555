"""What a network would take on a chip, from its shape and its spikes: described in a file, recorded, or
assumed.
"""

from delaycore.pricing._activity import recorded_spikes, save_spikes, spread
from delaycore.pricing._workload_file import WorkloadFile, load

__all__ = ["WorkloadFile", "load", "recorded_spikes", "save_spikes", "spread"]
