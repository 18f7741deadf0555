"""What a run took can be told from its spikes alone, where the backend says that it prices."""

from __future__ import annotations

from collections.abc import Iterator

from delaycore.conformance._subject import Subject
from delaycore.errors import NotOffered
from delaycore.hardware import Workload

__all__ = ["pricing"]


def pricing(subject: Subject) -> Iterator[str]:
    """Recorded spikes of a run are priced in the parts of that run, and in its amounts but for what
    `not_modelled` owns up to; or not at all.
    """
    for seed in range(subject.few):
        case = subject.case(seed)
        result = subject.backend.simulate(case.program, case.spikes)
        try:
            priced = subject.backend.price(Workload(case.exact, result.spikes, case.program.placement.slices))
        except NotOffered:
            return
        more = set(priced.cost.not_modelled) - set(result.cost.not_modelled)
        for name in ("energy", "latency"):
            ours, run = getattr(priced.cost, name), getattr(result.cost, name)
            if ours.parts.keys() != run.parts.keys():
                yield (
                    f"network {seed}: {name} is priced in parts {sorted(ours.parts)}, a run has "
                    f"{sorted(run.parts)}"
                )
            elif not more and abs(ours.total - run.total).max(initial=0.0) > 1e-9 * run.total.max(
                initial=0.0
            ):
                yield (
                    f"network {seed}: {name} is priced as {ours.mean:g} {ours.unit}, the run took "
                    f"{run.mean:g}, and not_modelled does not say why"
                )
        if priced.cost.memory.keys() != result.cost.memory.keys():
            yield (
                f"network {seed}: memory is priced in parts {sorted(priced.cost.memory)}, a run has "
                f"{sorted(result.cost.memory)}"
            )
