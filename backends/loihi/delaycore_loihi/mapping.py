"""What a program says beside its placement; untyped until the backend is moved onto plans."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from delaycore.hardware import ChipMapping

__all__ = ["Facts"]


@dataclass(frozen=True)
class Facts(ChipMapping):
    """Plain values by name."""

    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", json.loads(json.dumps(dict(self.facts))))

    @property
    def cores(self) -> dict[int, Any]:
        """Those of each core."""
        return {int(core): facts for core, facts in self.facts.get("cores", {}).items()}
