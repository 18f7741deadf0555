"""How the layers show themselves: in a line, and printed with all that is in them, as modules of torch do."""

from __future__ import annotations

from torch import nn

from delaycore._shown import one_line

__all__ = ["ShownModule"]


class ShownModule(nn.Module):
    """Base of modules whose ``repr`` is a line, and whose ``str`` has a line for each module in it."""

    @one_line
    def __repr__(self) -> str:
        inside = self.extra_repr() or ", ".join(f"{name}={m!r}" for name, m in self.named_children())
        return f"{type(self).__name__}({inside})"

    def __str__(self) -> str:
        return nn.Module.__repr__(self)
