"""The command ``price``: what a network would take on a chip, from its spikes alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from delaycore import deploy
from delaycore._files import holds
from delaycore._wording import pluralize
from delaycore.cli._app import answer, app
from delaycore.cli._examples import show_example
from delaycore.cli._networks import TARGET_OF_MODEL, load_model, load_program, require_target
from delaycore.cli._options import AS_JSON, OPTION, TargetCommand, parse_options
from delaycore.errors import SettingsError
from delaycore.hardware import Program, Workload, to_plain

__all__ = ["price"]


@app.command(cls=TargetCommand, epilog=show_example("price"))
def price(
    file: Path = typer.Argument(
        help="A TOML file with layers, delays and spikes; or a model or program file, with --activity.",
        show_default=False,
    ),
    target: str | None = TARGET_OF_MODEL,
    activity: Path | None = typer.Option(
        None, "--activity", help="Recorded spikes, as `delaycore simulate --record` writes them."
    ),
    option: list[str] = OPTION,
    as_json: bool = AS_JSON,
) -> None:
    """Price a network on a chip without running it.  Exit code 1 if the chip could not hold it so; the price
    is shown all the same.
    """
    program = load_program(file, target, parse_options(option))
    chip = require_target(file, target) if program is None else program.target
    workload, options = _read_workload(file, chip, program, activity)
    estimate = deploy.price(workload, chip, **options | parse_options(option))
    slices = [
        {"population": s.population, "first": s.start, "end": s.stop, "core": s.core}
        for s in estimate.placement.slices
    ]
    document = {
        "target": chip,
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
            f"{size} on {chip}, {cores}{verdict}",
            *estimate.cost.itemize(),
            f"  costs: {estimate.cost.model}",
            *(f"  {finding}" for finding in estimate.report.findings),
            *(f"  not modelled: {line}" for line in estimate.cost.not_modelled),
        ],
        as_json=as_json,
        ok=estimate.feasible,
    )


def _read_workload(
    file: Path, target: str, program: Program | None, activity: Path | None
) -> tuple[Workload, dict[str, Any]]:
    """Return what is priced, and the options of the backend for it: those of the TOML file or the program."""
    from delaycore import pricing

    if program is None and not holds(file, "graph"):
        if activity is not None:
            message = f"goes with a model or a program, not with {file}"
            raise SettingsError.at("--activity", message, 'name the spikes in the file: recorded = "FILE"')
        return pricing.load(file, target)
    if activity is None:
        remedy = "record some with `delaycore simulate --record FILE`, or describe them in a TOML file"
        raise SettingsError.at("--activity", f"is missing: nothing says how {file} fires", remedy)
    spikes = pricing.load_spikes(activity)
    if program is None:
        return Workload(load_model(file, target), spikes), {}
    return Workload(program.graph, spikes, program.placement.slices), to_plain(program.options)
