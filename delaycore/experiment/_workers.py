"""Work that several processes share."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import Thread
from typing import Any, TypeVar

from delaycore.experiment._stage import MessageCallback
from delaycore.training import TrainingError

__all__ = ["map_cases"]

T = TypeVar("T")

_work: Callable[..., Any]
"""Function that this process calls for every task; it is sent once, since it may hold a whole data set."""


def map_cases(
    work: Callable[..., T],
    cases: Sequence[tuple[Any, ...]],
    workers: int,
    describe: Callable[..., str],
    on_message: MessageCallback,
) -> list[T]:
    """Return ``work(*case)`` of all ``cases``, in their order, computed by ``workers`` processes.

    describe:   gives a line about a case, from its entries.
    on_message: called with that line when it is the case's turn.

    An error of one case stops the others at the end of what they are doing, and is raised here.  Raises
    `TrainingError` if a process ends in the middle of a case.
    """

    def start(case: tuple[Any, ...]) -> tuple[Any, ...]:
        on_message(describe(*case))
        return case

    if workers == 1:
        return [work(*start(case)) for case in cases]
    # a process that is forked from one that computes in threads may wait for ever for a lock of theirs
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _take_up, (work,)) as pool:
        futures: list[Future[T]] = [pool.submit(_do, case) for case in cases]
        results: list[T] = []
        try:
            for case, future in zip(cases, futures, strict=True):
                start(case)
                results.append(future.result())
            return results
        except BrokenProcessPool as error:
            begun = cases[len(results) : len(results) + workers]  # they are taken in their order
            message = "the process that computed this, or one of these, ended by itself"
            causes = "there may be too little memory, or a backend that crashes"
            remedy = f"see what it said: {causes}; the same command goes on where it was"
            raise TrainingError.at("; ".join(describe(*case) for case in begun), message, remedy) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


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
