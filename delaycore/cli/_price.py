"""The command ``price``: what a network would take on a chip, from a description of its shape and its
spikes.
"""

from __future__ import annotations

from pathlib import Path

import typer

from delaycore import deploy
from delaycore._wording import pluralize
from delaycore.cli._app import answer, app
from delaycore.cli._options import AS_JSON, OPTION, TARGET, TargetCommand, parse_options

__all__ = ["price"]


@app.command(
    cls=TargetCommand, epilog="Example: delaycore price activity.toml --target loihi --option costs=nahuku"
)
def price(
    file: Path = typer.Argument(
        help="A TOML file: layers with sizes, delays and spikes, or a model with recorded spikes.",
        show_default=False,
    ),
    target: str = TARGET,
    option: list[str] = OPTION,
    as_json: bool = AS_JSON,
) -> None:
    """Price a network on a chip without running it.  Exit code 1 if the chip could not hold it so; the price
    is shown all the same.
    """
    from delaycore import pricing

    workload, options = pricing.load(file, target)
    estimate = deploy.price(workload, target, **options | parse_options(option))
    slices = [
        {"population": s.population, "first": s.start, "end": s.stop, "core": s.core}
        for s in estimate.placement.slices
    ]
    document = {
        "target": target,
        "feasible": estimate.feasible,
        "cost": estimate.cost.to_dict(),
        "placement": slices,
        "findings": estimate.report.to_dict()["findings"],
    }
    size = f"{pluralize(workload.samples, 'sample')} of {pluralize(workload.steps, 'step')}"
    cores = pluralize(len(estimate.placement.cores), "core")
    verdict = "" if estimate.feasible else ": INFEASIBLE, the chip cannot hold it so"
    answer(
        document,
        [
            f"{size} on {target}, {cores}{verdict}",
            *estimate.cost.itemize(),
            f"  costs: {estimate.cost.model}",
            *(f"  {finding}" for finding in estimate.report.findings),
            *(f"  not modelled: {line}" for line in estimate.cost.not_modelled),
        ],
        as_json=as_json,
        ok=estimate.feasible,
    )
