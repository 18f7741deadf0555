"""The checks, each a question to a backend; what one yields is what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from delaycore.conformance._checks import (
    bad_input,
    costs,
    declared,
    delays,
    files,
    image,
    imports,
    isolation,
    limits,
    losses,
    magnitudes,
    numbering,
    pricing,
    programs,
    same_spikes,
    sizes,
    spec,
    types,
    unsupported,
)
from delaycore.conformance._checks.untried import Skipped
from delaycore.conformance._subject import Subject

__all__ = ["CHECKS", "Check", "Skipped"]


@dataclass(frozen=True)
class Check:
    """A question to a backend.

    ask:   yields what is wrong, in words; its docstring is the sentence that it tests.
    needs: checks without which this one can show nothing: where one of them fails, this one would fail for
           the same cause, and is not run.
    """

    ask: Callable[[Subject], Iterator[str]]
    needs: tuple[str, ...] = ()

    @property
    def holds(self) -> str:
        """The sentence that it tests."""
        return " ".join((self.ask.__doc__ or self.ask.__name__).partition("\n\n")[0].split())


_TAKES = ("declared",)
_RUNS = (*_TAKES, "types")
_ARRIVES = (*_RUNS, "delays")
_FIRES = ("same_spikes",)

CHECKS: Mapping[str, Check] = {
    "spec": Check(spec.spec),
    "imports": Check(imports.imports),
    "declared": Check(declared.declared),
    "types": Check(types.types, _TAKES),
    "delays": Check(delays.delays, _RUNS),
    "largest_delay": Check(delays.largest_delay, _TAKES),
    "several_synapses": Check(delays.several_synapses, _ARRIVES),
    "loops": Check(delays.loops, _ARRIVES),
    "biases": Check(same_spikes.biases, _ARRIVES),
    "same_spikes": Check(same_spikes.same_spikes, (*_ARRIVES, "several_synapses", "loops", "biases")),
    "image": Check(image.image, _FIRES),
    "empty_and_full": Check(same_spikes.empty_and_full, _FIRES),
    "numbering": Check(numbering.numbering, _RUNS),
    "samples": Check(isolation.samples, _RUNS),
    "placement": Check(isolation.placement, _FIRES),
    "determinism": Check(isolation.determinism, _RUNS),
    "untouched": Check(isolation.untouched, _RUNS),
    "limits": Check(limits.limits, _TAKES),
    "sizes": Check(sizes.sizes, _TAKES),
    "unsupported": Check(unsupported.unsupported, _TAKES),
    "all_at_once": Check(limits.all_at_once, (*_TAKES, "largest_delay")),
    "losses": Check(losses.losses, _TAKES),
    "costs": Check(costs.costs, _RUNS),
    "energy_grows": Check(costs.energy_grows, ("costs",)),
    "magnitudes": Check(magnitudes.magnitudes, ("costs", "energy_grows")),
    "pricing": Check(pricing.pricing, ("costs", "magnitudes")),
    "programs": Check(programs.programs, _RUNS),
    "files": Check(files.files, ("programs", "same_spikes")),
    "bad_input": Check(bad_input.bad_input, _RUNS),
}
"""By name, in the order in which they run."""
