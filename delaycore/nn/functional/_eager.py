"""Functions that `torch.compile` leaves as they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

__all__ = ["run_eagerly"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def run_eagerly(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Return ``function`` so that `torch.compile` breaks its graph there and calls it as it is.

    Needed for functions that run loops compiled by Numba.  `torch.compiler.disable` as a decorator would
    import the compiler of torch, which takes a second, in every process that imports delaycore.nn.
    """

    @wraps(function)
    def call(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
        if torch.compiler.is_compiling():
            eager: Callable[Arguments, Result] = torch.compiler.disable(function)  # type: ignore[no-untyped-call]  # torch gives it no types
            return eager(*args, **options)
        return function(*args, **options)

    return call
