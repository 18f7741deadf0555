"""The worked figures of arXiv 2404.10597 and 2501.13610; D counts steps, the largest delay plus one."""

from __future__ import annotations

import pytest

from delaycore import delay_memory


def test_sixteen_levels_and_256_neurons():
    assert delay_memory.entry_per_delay_queue_events(256, 16) == 34_816
    assert delay_memory.circular_queue_events(256, 16) == 7_936
    assert delay_memory.circular_queue_events(256, 16) * 16 == 126_976
    assert delay_memory.ring_buffer_slots(256, 16) * 16 == 65_536


def test_sixty_four_levels_and_48_neurons():
    ring, circular = (
        delay_memory.ring_buffer_slots(48, 64) * 8,
        delay_memory.circular_queue_events(48, 64) * 16,
    )
    assert (ring, circular) == (24_576, 97_536)
    assert (
        delay_memory.circular_queue_events(48, 64, 0.25) * 16
        < ring
        < delay_memory.circular_queue_events(48, 64, 0.26) * 16
    )


def test_sixteen_levels_and_eight_neurons():
    assert delay_memory.entry_per_delay_queue_events(8, 16) == 1_088
    assert delay_memory.circular_queue_events(8, 16) == 248


def test_the_published_network_needs_its_delays_counted_in_steps():
    assert delay_memory.circular_queue_events(48, 59, 0.18) == pytest.approx(1010, abs=1)
    assert delay_memory.circular_queue_events(48, 30, 0.18) == pytest.approx(
        510, abs=1
    )  # the mistake of counting stored levels


def test_one_fifo_holds_half_of_what_two_do_but_the_last_level():
    assert (
        delay_memory.single_fifo_events(256, 16)
        == 4_096
        == (delay_memory.circular_queue_events(256, 16) + 256) / 2
    )
