"""Backends whose costs are not those of what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import delaycore as dc
from delaycore.hardware import Cost, CostEstimate, Quantity
from tests.conformance.broken.breaking import Backend, caught_by, costs


@caught_by("costs", "is negative")
def gives_a_discount(base: Backend) -> Backend:
    return costs(
        base,
        lambda cost: replace(
            cost, energy=Quantity("J", dict(cost.energy.parts) | {"discount": -cost.energy.total / 2})
        ),
    )


@caught_by("costs", "is in 'pJ'")
def counts_in_picojoules(base: Backend) -> Backend:
    return costs(base, lambda cost: replace(cost, energy=Quantity("pJ", cost.energy.parts)))


@caught_by("costs", "is not that of its samples one by one")
def charges_for_the_batch(base: Backend) -> Backend:
    def batch(cost: Cost) -> Cost:
        return replace(
            cost, latency=Quantity("s", {name: v + 1e-3 * len(v) for name, v in cost.latency.parts.items()})
        )

    return costs(base, batch)


@caught_by("costs", "the cost does not")
def hides_what_it_leaves_out(base: Backend) -> Backend:
    return costs(base, lambda cost: replace(cost, not_modelled=()))


@caught_by("energy_grows", "energy falls with activity")
def energy_falls_with_activity(base: Backend) -> Backend:
    def inverse(cost: Cost) -> Cost:
        return replace(cost, energy=Quantity("J", {"all": 1 / (1e-12 + cost.energy.total)}))

    return costs(base, inverse)


@caught_by("energy_grows", "not more than")
def energy_is_always_the_same(base: Backend) -> Backend:
    return costs(
        base, lambda cost: replace(cost, energy=Quantity("J", {"all": np.full_like(cost.energy.total, 1e-6)}))
    )


@caught_by("pricing", "not_modelled does not say why")
def prices_twice_the_run(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def price(self, workload: Any, **options: Any) -> CostEstimate:
            program = self.map(workload.graph)
            result = self.simulate(program, workload.spikes["in"])
            double = Quantity("J", {name: 2 * v for name, v in result.cost.energy.parts.items()})
            return CostEstimate(replace(result.cost, energy=double), program.report, program.placement)

    return Broken
