"""Modules around modules: those that compute the very same in another way are looked through."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.nn.parallel import DistributedDataParallel

from delaycore.nn._shown_modules import ShownModule

__all__ = ["OtherArithmetic", "evaluate", "unwrap"]


class OtherArithmetic(ShownModule):
    """Base of modules that compute what their ``module`` does in another arithmetic, such as a chip's: it is
    their ``module`` that becomes a Graph.
    """

    module: nn.Module


def unwrap(module: nn.Module) -> nn.Module:
    """Return the module that ``torch.compile``, ``nn.DataParallel`` or ``DistributedDataParallel`` was given,
    which computes the same and has the same parameters; any other module as it is.
    """
    dynamo: Any = sys.modules.get("torch._dynamo.eval_frame")  # seconds to import, and there once it is used
    while True:
        if dynamo is not None and isinstance(module, dynamo.OptimizedModule):
            module = module._orig_mod
        elif isinstance(module, nn.DataParallel | DistributedDataParallel):
            module = module.module
        else:
            return module


@contextmanager
def evaluate(module: nn.Module) -> Iterator[None]:
    """Put ``module`` into evaluation mode; afterwards every module inside it has its own mode again."""
    modes = {inner: inner.training for inner in module.modules()}
    module.eval()
    try:
        yield
    finally:
        module.train(modes[module])
        for inner, mode in modes.items():
            inner.training = mode
