"""Compiled loops in as many threads as torch has been given."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import torch

__all__ = ["map_ranges"]

Result = TypeVar("Result")


def map_ranges(run: Callable[[int, int], Result], size: int) -> list[Result]:
    """Return what ``run(first, end)`` gives for each of the ranges that together make up 0 to ``size``, one
    range per thread.

    Which thread does what changes no result as long as no two ranges write to one place.
    """
    parts = min(torch.get_num_threads(), size)
    if parts <= 1:
        return [run(0, size)]
    bounds = [size * part // parts for part in range(parts + 1)]
    return list(_pool(parts).map(run, bounds, bounds[1:]))


@cache
def _pool(number: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(number, thread_name_prefix="delaycore-nn")
