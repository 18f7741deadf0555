"""Work that processes share."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

__all__ = ["each"]

T = TypeVar("T")

_work: Callable[..., Any]
"""What this process does again and again; sent to it once, since it may hold a whole data set."""


def each(
    work: Callable[..., T], cases: Sequence[tuple[Any, ...]], workers: int, begins: Callable[..., None]
) -> list[T]:
    """``work(*case)`` of all ``cases``, in their order, by ``workers`` processes; ``begins(*case)`` is told
    when one is taken up.

    An error of one stops the others at the end of what they are at, and is raised here.
    """
    if workers == 1:
        return list(_one_by_one(work, cases, begins))
    # a process that is forked from one that computes in threads may wait for ever for a lock of theirs
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _take_up, (work,)) as pool:
        found: list[Future[T]] = [pool.submit(_do, case) for case in cases]
        try:
            made = []
            for case, future in zip(cases, found, strict=True):
                begins(*case)
                made.append(future.result())
            return made
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one_by_one(
    work: Callable[..., T], cases: Sequence[tuple[Any, ...]], begins: Callable[..., None]
) -> Iterator[T]:
    for case in cases:
        begins(*case)
        yield work(*case)


def _take_up(work: Callable[..., Any]) -> None:
    global _work  # a process of the pool has no other place for what it is to do
    _work = work


def _do(case: tuple[Any, ...]) -> Any:
    return _work(*case)
