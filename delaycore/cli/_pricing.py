"""The command ``price``: what a network would take on a chip, from a description of its shape and its
spikes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from delaycore import deploy
from delaycore._wording import pluralize
from delaycore.cli._app import app, console, print_json, refuse
from delaycore.cli._options import OPTION, parsed

__all__ = ["price"]


@app.command(epilog="Example: delaycore price activity.toml --target loihi --option costs=nahuku")
def price(
    file: Path = typer.Argument(
        help="A TOML file: layers with sizes, delays and spikes, or a model with recorded spikes.",
        show_default=False,
    ),
    target: str = typer.Option(
        ..., "--target", "-t", help="A chip; see `delaycore targets`.", show_default=False
    ),
    option: list[str] = OPTION,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Price a network on a chip without running it.  Exit code 1 if the chip could not hold it so; the price
    is shown all the same.
    """
    from delaycore import pricing

    workload, options = pricing.load(file, target)
    priced = deploy.price(workload, target, **options | parsed(option))
    cost, report = priced.cost, priced.report
    if as_json:
        where = [
            {"population": s.population, "first": s.start, "end": s.stop, "core": s.core}
            for s in priced.placement.slices
        ]
        said: dict[str, Any] = {
            "target": target,
            "feasible": priced.feasible,
            "cost": cost.to_dict(),
            "placement": where,
        }
        print_json(said | {"findings": report.model_dump(mode="json")["findings"]})
    else:
        verdict = "" if priced.feasible else ": INFEASIBLE, the chip cannot hold it so"
        cores = pluralize(len(priced.placement.cores), "core")
        console.print(
            (
                f"{pluralize(workload.samples, 'sample')} of {pluralize(workload.steps, 'step')} on "
                f"{target}, {cores}{verdict}"
            ),
            markup=False,
        )
        for what, amount, unit, factor in (
            ("latency", cost.latency, "ms", 1e3),
            ("energy", cost.energy, "uJ", 1e6),
        ):
            console.print(f"{what} {amount.mean * factor:.4g} {unit} per sample", markup=False)
            for part, each in amount.parts.items():
                console.print(
                    f"  {part:28} {float(each.mean()) * factor:10.4g} {unit} {amount.share(part):7.1%}",
                    markup=False,
                )
        console.print(
            f"memory {cost.memory_total / 1e6:.4g} Mb, {cost.delay_memory_share:.1%} of it holds "
            "delayed spikes"
        )
        for part, bits in cost.memory.items():
            console.print(f"  {part:28} {bits / 1e6:10.4g} Mb", markup=False)
        for line in (
            f"costs: {cost.model}",
            *report.findings,
            *(f"not modelled: {n}" for n in cost.not_modelled),
        ):
            console.print(f"  {line}", markup=False)
    if not priced.feasible:
        refuse()
