"""The checks, each a question to a backend; what one yields is what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from delaycore.conformance._checks import (
    bad_input,
    costs,
    delays,
    imports,
    isolation,
    limits,
    losses,
    pricing,
    programs,
    same_spikes,
    sizes,
    spec,
)
from delaycore.conformance._checks.untried import Skipped
from delaycore.conformance._subject import Subject

__all__ = ["CHECKS", "Check", "Skipped"]

Check = Callable[[Subject], Iterator[str]]

CHECKS: Mapping[str, Check] = {
    "spec": spec.spec,
    "imports": imports.imports,
    "same_spikes": same_spikes.same_spikes,
    "delays": delays.delays,
    "largest_delay": delays.largest_delay,
    "several_synapses": delays.several_synapses,
    "loops": delays.loops,
    "biases": same_spikes.biases,
    "empty_and_full": same_spikes.empty_and_full,
    "sizes": sizes.sizes,
    "samples": isolation.samples,
    "placement": isolation.placement,
    "determinism": isolation.determinism,
    "untouched": isolation.untouched,
    "limits": limits.limits,
    "unsupported": limits.unsupported,
    "all_at_once": limits.all_at_once,
    "losses": losses.losses,
    "costs": costs.costs,
    "energy_grows": costs.energy_grows,
    "pricing": pricing.pricing,
    "programs": programs.programs,
    "bad_input": bad_input.bad_input,
}
"""By name, in the order in which they run."""
