"""What a chip is, said in a form that can be shown, compared, cited, and held against a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, Literal, get_args

from delaycore._names import by_name
from delaycore._shown import align, one_line, show_line
from delaycore._wording import guess_meant, pluralize
from delaycore.errors import HardwareError, Problem
from delaycore.graph import Arithmetic

__all__ = ["Constant", "Feature", "HardwareSpec", "Reason"]

Feature = Literal["zero_delay", "several_synapses", "synaptic_delays", "loops", "bias", "refractory", "leak"]
"""Something that the core's neurons and synapses can do and a chip may not.

zero_delay:       a spike that acts in its own step.       several_synapses: more than one synapse between two
                  neurons.
synaptic_delays:  different delays of the synapses of one source neuron; without it, delays are axonal: a
                  neuron has one, on the way to all its targets.
loops:            projections that lead back.              bias:             a bias other than 0.
refractory:       a refractory period other than 0.        leak:             a ``retain`` other than 1.
"""


@dataclass(frozen=True)
class Constant:
    """A number of a chip: a limit, an energy, a time.

    source: where it comes from: paper and table, public code, or "calibrated on ..." or "assumed: ..." with
            the reason.

    Raises `HardwareError` for a value that is no number, and without a unit or a source.
    """

    value: float
    unit: str
    source: str
    note: str = ""

    __repr__ = show_line

    def __post_init__(self) -> None:
        problems = []
        place = f"Constant({self.value!r:.40}, {self.unit!r:.40})"
        if not isinstance(self.value, Real) or isinstance(self.value, bool):
            problems.append(Problem(f"{place}.value", f"must be a number, not {self.value!r:.80}"))
        else:
            object.__setattr__(self, "value", float(self.value))
        for name in ("unit", "source", "note"):
            if not isinstance(getattr(self, name), str):
                problems.append(Problem(f"{place}.{name}", f"must be text, not {getattr(self, name)!r:.80}"))
        if isinstance(self.source, str) and len(self.source) < 3:
            problems.append(
                Problem(
                    f"{place}.source",
                    f"must say where the number comes from, not {self.source!r}",
                    "name a paper and its table, or write 'assumed: ' and the reason",
                )
            )
        HardwareError.collect(problems)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)


@dataclass(frozen=True)
class Reason:
    """A chip's own words for a finding that the core makes from its spec.

    source:  why the chip cannot do it, and where that is written.
    remedy:  what to do about it.
    message: what is wrong, in a few words that follow the place.
    Each may be empty: the core then has words of its own.
    """

    source: str = ""
    remedy: str = ""
    message: str = ""

    __repr__ = show_line


@dataclass(frozen=True)
class HardwareSpec:
    """The abstract description of a chip; `delaycore.hardware.find_unsupported` and its neighbours turn it
    into findings.

    name:         the target's name.
    title:        what people call the chip.
    populations:  kinds of population that it takes (see `delaycore.graph.kinds`).
    resets:       resets that it takes.
    hop_delay:    steps that a spike spends on its way beyond its delay: with delay field f it acts
                  hop_delay + f steps later.  Where it is 0, every delay is stored as it is; where it is
                  more, populations are moved in time until every delay fits (`delaycore.hardware.retime`).
    max_delay:    largest delay field f, in steps.
    limits:       every limit by its code, each with unit and source.  Three codes have a meaning to the
                  core: ``delay.range``, ``refractory.range`` and ``chip.cores``.
    costs:        every energy and time by its name, each with unit and source.
    not_modelled: what the simulator and its costs leave out, as sentences.
    unsupported:  what it cannot do; a network that needs it gets a finding, and the conformance suite
                  holds the chip to that.
    arithmetics:  those that the chip computes in.  A graph in one of them is taken as it is, one in
                  floating-point numbers is quantized, and any other is foreign.
    late_start:   whether a population's state may be held at 0 until a later step than 0.
    reasons:      the chip's own words for a finding, by the finding's code.

    Raises `HardwareError` with every value of a wrong type.
    """

    name: str
    title: str
    populations: frozenset[str]
    max_delay: int
    limits: Mapping[str, Constant]
    costs: Mapping[str, Constant]
    resets: frozenset[str] = frozenset({"zero"})
    hop_delay: int = 0
    not_modelled: tuple[str, ...] = ()
    unsupported: frozenset[Feature] = frozenset()
    arithmetics: tuple[Arithmetic, ...] = ()
    late_start: bool = False
    reasons: Mapping[str, Reason] = field(default_factory=dict)

    def __post_init__(self) -> None:
        HardwareError.collect(_find_wrong_fields(self))
        for name in ("populations", "resets", "unsupported"):
            object.__setattr__(self, name, frozenset(getattr(self, name)))
        for name in ("limits", "costs", "reasons"):
            object.__setattr__(self, name, by_name(name, getattr(self, name)))
        for name in ("not_modelled", "arithmetics"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def reason(self, code: str, *, message: str, remedy: str, source: str = "") -> Reason:
        """The words for a finding: the chip's own where it has them, else those given."""
        own = self.reasons.get(code, Reason())
        return Reason(own.source or source, own.remedy or remedy, own.message or message)

    def limit(self, code: str) -> Constant:
        """The limit of this code.  Raises `HardwareError`, with the nearest that there is, for another."""
        if code not in self.limits:
            remedy = f"{guess_meant(code, self.limits)}the limits are {', '.join(self.limits)}"
            raise HardwareError.at(f"limit {code!r}", f"is not in the spec of {self.title}", remedy)
        return self.limits[code]

    def with_delay_range(self, limit: Constant) -> HardwareSpec:
        """This chip with another limit ``delay.range``, as options may choose it; `max_delay` moves with
        it.
        """
        moved = limit.value - self.delay_range.value
        return replace(
            self, max_delay=self.max_delay + int(moved), limits={**self.limits, "delay.range": limit}
        )

    @property
    def delay_range(self) -> Constant:
        """The limit ``delay.range``; where the chip declares none, `max_delay` beyond the hop."""
        declared = f"declared by {self.title}: max_delay {self.max_delay}, hop_delay {self.hop_delay}"
        return self.limits.get("delay.range", Constant(self.max_delay + self.hop_delay, "steps", declared))

    @one_line
    def __repr__(self) -> str:
        return (
            f"<HardwareSpec {self.name}: {self.title}, {pluralize(len(self.limits), 'limit')}, "
            f"{pluralize(len(self.costs), 'cost')}, "
            f"delays up to {self.hop_delay + self.max_delay}>"
        )

    def __str__(self) -> str:
        constants = {**self.limits, **self.costs}
        rows = [(name, f"{c.value:g}", c.unit, f"[{c.source}]") for name, c in constants.items()]
        return "\n".join([f"{self.name}: {self.title}", *align(rows, "  ")])


def _find_wrong_fields(spec: HardwareSpec) -> list[Problem]:
    """The fields of a spec that are of a wrong type."""
    problems = []

    def require(name: str, ok: bool, wanted: str) -> None:
        if not ok:
            problems.append(
                Problem(f"HardwareSpec.{name}", f"must be {wanted}, not {getattr(spec, name)!r:.80}")
            )

    for name in ("name", "title"):
        require(name, isinstance(getattr(spec, name), str), "text")
    for name in ("hop_delay", "max_delay"):
        value: Any = getattr(spec, name)
        require(name, isinstance(value, int) and not isinstance(value, bool), "a whole number of steps")
    for name in ("populations", "resets", "not_modelled"):
        value = getattr(spec, name)
        listed = isinstance(value, list | tuple | set | frozenset)
        require(name, listed and all(isinstance(entry, str) for entry in value), "a collection of names")
    features = get_args(Feature)
    require("unsupported", set(spec.unsupported) <= set(features), f"some of {', '.join(features)}")
    require("arithmetics", all(isinstance(a, Arithmetic) for a in spec.arithmetics), "a tuple of Arithmetic")
    for name, kind in (("limits", Constant), ("costs", Constant), ("reasons", Reason)):
        table = getattr(spec, name)
        require(name, isinstance(table, Mapping), f"a mapping to {kind.__name__}")
        for key, entry in table.items() if isinstance(table, Mapping) else ():
            if not isinstance(entry, kind):
                place = f"HardwareSpec.{name}[{key!r}]"
                problems.append(Problem(place, f"must be a {kind.__name__}, not {entry!r:.80}"))
    return problems
