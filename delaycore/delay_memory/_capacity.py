"""How much a delay memory must hold (arXiv 2404.10597 and 2501.13610).

sources I: presynaptic neurons; targets J: postsynaptic neurons; levels D: largest delay in steps + 1;
density alpha: spikes per source neuron and step.  Queues are counted in events, ring buffers in slots as wide
               as a weighted sum.
"""

from __future__ import annotations

__all__ = ["circular_queue_events", "ring_buffer_slots", "entry_per_delay_queue_events", "single_fifo_events"]


def ring_buffer_slots(targets: int, levels: int) -> int:
    """Compute the slots of ring buffers behind the synapses: J * D, whatever the activity."""
    return targets * levels


def entry_per_delay_queue_events(sources: int, levels: int, density: float = 1.0) -> float:
    """Compute the events of a queue with an entry per delay, the shared delay queue of the papers:
    alpha * I * (D * D + D) / 2.
    """
    return density * sources * (levels * levels + levels) / 2


def circular_queue_events(sources: int, levels: int, density: float = 1.0) -> float:
    """Compute the events of the circular queue (SCDQ): alpha * I * D in the pre-processing and
    alpha * I * (D - 1) in the post-processing FIFO.
    """
    return density * sources * (2 * levels - 1)


def single_fifo_events(sources: int, levels: int, density: float = 1.0) -> float:
    """Compute the events of the circular queue with one FIFO and shared counters: alpha * I * D."""
    return density * sources * levels
