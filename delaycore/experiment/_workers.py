"""Work that several processes share."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from threading import Thread
from typing import Any, TypeVar

__all__ = ["map_cases"]

T = TypeVar("T")

_work: Callable[..., Any]
"""Function that this process calls for every task; it is sent once, since it may hold a whole data set."""


def map_cases(
    work: Callable[..., T],
    cases: Sequence[tuple[Any, ...]],
    workers: int,
    on_start: Callable[..., None],
) -> list[T]:
    """Return ``work(*case)`` of all ``cases``, in their order, computed by ``workers`` processes.

    on_start: called with the entries of each case when it is its turn.

    An error of one case stops the others at the end of what they are doing, and is raised here.
    """
    if workers == 1:
        return [_start_and_do(work, case, on_start) for case in cases]
    # a process that is forked from one that computes in threads may wait for ever for a lock of theirs
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _take_up, (work,)) as pool:
        futures: list[Future[T]] = [pool.submit(_do, case) for case in cases]
        try:
            results = []
            for case, future in zip(cases, futures, strict=True):
                on_start(*case)
                results.append(future.result())
            return results
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _start_and_do(work: Callable[..., T], case: tuple[Any, ...], on_start: Callable[..., None]) -> T:
    on_start(*case)
    return work(*case)


def _take_up(work: Callable[..., Any]) -> None:
    global _work  # a process of the pool has no other place for what it is to do
    _work = work
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that started it has been killed, which holds the folder no longer."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a process of a pool has a parent"
    parent.join()
    os._exit(1)


def _do(case: tuple[Any, ...]) -> Any:
    return _work(*case)
