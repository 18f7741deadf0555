"""Paths of modules, and keys under which torch takes them."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from delaycore.nn._wrappers import unwrap

__all__ = ["as_module_dict", "name_modules"]


def name_modules(root: nn.Module) -> dict[str, nn.Module]:
    """Return every module inside ``root`` by its path, with wrappers left out of modules and of paths; a
    module that stands at several places has the first.
    """
    found: dict[str, nn.Module] = {}

    def visit(path: str, module: nn.Module) -> None:
        inner = unwrap(module)
        if any(inner is other for other in found.values()):
            return
        found[path] = inner
        for name, child in inner.named_children():
            visit(f"{path}.{name}" if path else name, child)

    visit("", root)
    return found


def as_module_dict(modules: Mapping[str, nn.Module]) -> nn.ModuleDict:
    """Return modules under keys that torch accepts: it refuses dots and the names of its own methods."""
    found = nn.ModuleDict()
    for name, module in modules.items():
        key = name.replace(".", "/")
        while hasattr(found, key):
            key += "/"
        found[key] = module
    return found
