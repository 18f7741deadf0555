"""Findings about cores: limits that a core breaks, and cores that a chip does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from delaycore.hardware import Constant, Finding
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.mapping._cores import CoreUse, Demand
from delaycore_loihi.mapping._filling import Filling
from delaycore_loihi.options import Options

__all__ = ["find_broken_limits", "find_missing_cores"]

_REMEDIES = {
    "core.compartments": "use shorter delays: fewer delay bits leave more compartments",
    "core.synaptic_words": "prune: keep fewer synapses for each neuron",
    "core.input_axons": "let each neuron listen to fewer sources",
    "core.output_axons": "project to fewer populations, or force more cores",
    "core.decay_profiles": "let neurons share their decays and refractory periods",
    "core.threshold_profiles": "let neurons share their thresholds",
    "core.synapse_formats": "join projections into the population",
}


def find_broken_limits(filling: Filling, uses: Mapping[int, CoreUse], given: bool) -> Iterator[Finding]:
    """Yield neurons that no core can hold, and every limit that a core breaks.

    uses:  of each core.
    given: whether the placement was given rather than found.
    """
    for (name, code), (count, worst) in filling.oversized.items():
        message = f"{count} neurons each need more than one core has"
        yield Finding.over(code, f"populations[{name!r}]", message, worst, LIMITS[code], _REMEDIES[code])
    oversized = {code for _, code in filling.oversized}
    message = (
        "the given placement breaks this limit"
        if given
        else "no placement was found that respects this limit"
    )
    for core, use in uses.items():
        yield from _exceed(use, f"core {core}", message, oversized)


def find_missing_cores(demand: Demand, uses: Mapping[int, CoreUse], options: Options) -> Iterator[Finding]:
    """Yield why the network does not lie on as many cores as were asked for, and cores that the chips do not
    have.
    """
    needed, wanted = len(uses), options.cores
    if wanted == 1 < needed:  # what it is that one core cannot hold
        use = demand.measure((name, 0, demand.graph.populations[name].size) for name in demand.computed)
        yield from _exceed(use, "core 0", "one core cannot hold the whole network", set())
    if wanted is not None and needed != wanted:
        yield Finding(
            code="cores.forced",
            place="chip",
            message=(
                f"{needed} cores are needed, {wanted} were asked for"
                if needed > wanted
                else f"{wanted} cores were asked for, but there are {needed} neurons to place"
            ),
            needed=needed,
            available=wanted,
            unit="cores",
            source="the option cores",
            remedy="leave the option away, or ask for a number that works",
        )
    last = max(uses, default=-1) + 1  # a given placement may leave cores out
    if last > options.all_cores:
        limit = LIMITS["chip.cores"]
        if options.chips == 1 and options.cores_per_chip == limit.value:
            message = "the network does not fit one chip"
        else:
            message = (
                f"the network does not fit {options.chips} chips with {options.cores_per_chip} cores each"
            )
            source = f"options chips and cores_per_chip; {limit.source}"
            limit = Constant(value=options.all_cores, unit="cores", source=source)
        chips = -(-last // options.cores_per_chip)
        remedy = f"prune, use fewer neurons or shorter delays, or map onto chips={chips}"
        yield Finding.over("chip.cores", "chip", message, last, limit, remedy)


def _exceed(use: CoreUse, place: str, message: str, known: set[str]) -> Iterator[Finding]:
    """Yield a finding for each limit that a core exceeds, without those ``known`` already."""
    for code in use.broken:
        if code not in known:
            yield Finding.over(code, place, message, use.use[code], use.limit(code), _REMEDIES[code])
