"""What can be chosen when a graph is checked, quantized, mapped or priced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from delaycore.errors import Problem, SettingsError
from delaycore_loihi.spec import LIMITS
from delaycore_loihi.tables import TABLES

__all__ = ["Options"]

_WHOLE = {
    "cores": (1, 2**31),
    "chips": (1, int(LIMITS["chips"])),
    "cores_per_chip": (1, int(LIMITS["chip.cores"])),
    "weight_bits": (1, int(LIMITS["weight.bits"])),
    "seed": (0, 2**63),
}
_ONE_OF = {"costs": TABLES, "timing": ("free", "host")}


@dataclass(frozen=True)
class Options:
    """Choices of the mapper and of the price.

    cores:          to use; None for as few as possible.
    chips:          that there are.
    cores_per_chip: that may be used, 128 at most.
    weight_bits:    of every weight, 1 to 8.
    relays:         rewrite delays beyond 62 steps with relay neurons.
    costs:          table of event costs, ``davies2018`` or ``nahuku``.
    timing:         of a step: ``free``, when the slowest core is done, or ``host``, when a host has had its
                    turn.
    seed:           of the search for little traffic.
    active:         fraction of neurons that do not fire but are not at rest either; only `price` assumes it,
                    a run knows.
    late:           whether `price` counts synaptic operations for deliveries that are due after a sample's
                    last step.
    """

    cores: int | None = None
    chips: int = 1
    cores_per_chip: int = int(LIMITS["chip.cores"])
    weight_bits: int = 8
    relays: bool = False
    costs: str = "davies2018"
    timing: str = "free"
    seed: int = 0
    active: float = 1.0
    late: bool = True

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """Options by name.  Raises `SettingsError` with every unknown name and wrong value."""
        known = [f.name for f in fields(cls)]
        unknown = [
            Problem(f"option {name!r}", "is not one of the Loihi backend's", f"it takes {', '.join(known)}")
            for name in given
            if name not in known
        ]
        SettingsError.collect(
            [*unknown, *(p for name, value in given.items() if name in known for p in _wrong(name, value))]
        )
        return cls(**given)

    @property
    def all_cores(self) -> int:
        """Cores of all chips."""
        return self.chips * self.cores_per_chip

    def facts(self) -> dict[str, Any]:
        """As plain values, for the program."""
        return asdict(self)


def _wrong(name: str, value: Any) -> Iterator[Problem]:
    place = f"option {name!r}"
    if name in _WHOLE:
        low, high = _WHOLE[name]
        if name == "cores" and value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            yield Problem(
                place,
                f"must be a whole number from {low} to {high}, not {value!r}",
                "leave it away for the default",
            )
    elif name in _ONE_OF and value not in _ONE_OF[name]:
        yield Problem(
            place, f"must be one of {', '.join(_ONE_OF[name])}, not {value!r}", "leave it away for the first"
        )
    elif name in ("relays", "late") and not isinstance(value, bool):
        yield Problem(place, f"must be True or False, not {value!r}", "leave it away for the default")
    elif name == "active" and (
        isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1
    ):
        yield Problem(place, f"must be a fraction from 0 to 1, not {value!r}", "leave it away for 1")
