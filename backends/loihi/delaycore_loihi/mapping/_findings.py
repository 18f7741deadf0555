"""Findings about limits that a core breaks, and about cores that the chips do not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from delaycore.hardware import Constant, Finding, HardwareSpec, Reason, find_core_violations
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.mapping._cores import Demand
from delaycore_loihi.mapping._filling import Filling
from delaycore_loihi.mapping._record import CoreUse
from delaycore_loihi.options import Options
from delaycore_loihi.spec import SPEC

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
        message = "a neuron needs more than one core has"
        if count > 1:
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

    uses: of each core.
    """
    needed, wanted = len(uses), options.cores
    if wanted == 1 < needed:  # what it is that one core cannot hold
        use = demand.measure((name, 0, demand.graph.populations[name].size) for name in demand.computed)
        yield from _exceed(use, "core 0", "one core cannot hold the whole network", set())
    last = max(uses, default=-1) + 1  # a given placement may leave cores out
    spec = _describe_chips(options, last)
    if wanted is not None:
        yield from find_core_violations(needed, spec, wanted)
    yield from find_core_violations(last, spec)
    most = spec.limit("chip.cores")
    if wanted is not None and wanted > most.value:
        message = "more cores are asked for than there are"
        yield Finding.over("chip.cores", "chip", message, wanted, most, "ask for fewer cores")
    elif wanted is not None and needed < wanted:
        neurons = Constant(needed, "cores", "derived: a neuron lies on one core")
        message = "more cores are asked for than there are neurons to place"
        yield Finding.over("chip.cores", "chip", message, wanted, neurons, "ask for fewer cores")


def _describe_chips(options: Options, needed: int) -> HardwareSpec:
    """Return the spec with the cores of all chips, and with the number of chips that would do as remedy."""
    limit, chips = LIMITS["chip.cores"], -(-needed // options.cores_per_chip)
    if options.all_cores != limit.value:
        source = f"options chips and cores_per_chip; {limit.source}"
        limit = Constant(options.all_cores, "cores", source)
    more = f", or map onto chips={chips}" if chips > options.chips else ""
    remedy = f"prune, use fewer neurons or shorter delays, allow more cores{more}"
    reasons = {**SPEC.reasons, "chip.cores": Reason(remedy=remedy)}
    return replace(SPEC, limits={**SPEC.limits, "chip.cores": limit}, reasons=reasons)


def _exceed(use: CoreUse, place: str, message: str, known: set[str]) -> Iterator[Finding]:
    """Yield a finding for each limit that a core exceeds, without those ``known`` already."""
    for code in use.broken:
        if code not in known:
            yield Finding.over(code, place, message, use.used(code), use.limit(code), _REMEDIES[code])
