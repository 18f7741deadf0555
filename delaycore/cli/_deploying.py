"""Commands from a model file to a simulated chip: ``check``, ``quantize``, ``map``, ``simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from delaycore import deploy
from delaycore._wording import pluralize
from delaycore.cli._app import app, console, print_json, refuse
from delaycore.cli._options import OPTION, parsed
from delaycore.errors import DataError
from delaycore.graph import load
from delaycore.hardware import Program, Result
from delaycore.registry import load_backend

__all__ = ["check", "map_", "quantize", "simulate"]

MODEL = typer.Argument(help="A model file (safetensors).", show_default=False)
TARGET = typer.Option(..., "--target", "-t", help="A chip; see `delaycore targets`.", show_default=False)
CORES = typer.Option(
    None, "--cores", help="Use this many cores; as few as possible unless given.", show_default=False
)
TRACE = (
    "Write what every unit does during the first sample: Chrome trace events (JSON), for Perfetto.  "
    "Not every backend offers it.  "
    "Where it also counts what units hold, a picture of that is written beside it, as .png."
)
AS_JSON = typer.Option(False, "--json", help="Print one JSON document.")


def _options(cores: int | None, option: list[str]) -> dict[str, Any]:
    return ({} if cores is None else {"cores": cores}) | parsed(option)


@app.command(epilog="Example: delaycore check model.safetensors --target loihi")
def check(
    model: Path = MODEL,
    target: str = TARGET,
    cores: int | None = CORES,
    option: list[str] = OPTION,
    as_json: bool = AS_JSON,
) -> None:
    """Hold a model against a chip's limits: every violation at once.  Exit code 1 if it does not fit."""
    report = deploy.check(load(model), target, **_options(cores, option))
    if as_json:
        print_json(report.model_dump(mode="json") | {"ok": report.ok})
    else:
        console.print(str(report), markup=False)
    if not report.ok:
        refuse()


@app.command(epilog="Example: delaycore quantize model.safetensors --target seneca --out on_grid.safetensors")
def quantize(
    model: Path = MODEL,
    target: str = TARGET,
    out: Path | None = typer.Option(None, "--out", "-o", help="Where to write the model on the chip's grid."),
    option: list[str] = OPTION,
    as_json: bool = AS_JSON,
) -> None:
    """Move a model onto a chip's number grid, and list everything that this altered."""
    exact, losses = deploy.quantize(load(model), target, **parsed(option))
    if out is not None:
        exact.save(out)
    if as_json:
        print_json({"losses": losses.model_dump(mode="json")["entries"], "out": str(out) if out else None})
    else:
        console.print(str(losses), markup=False)


@app.command(
    "map", epilog="Example: delaycore map model.safetensors --target loihi --out program.safetensors"
)
def map_(
    model: Path = MODEL,
    target: str = TARGET,
    out: Path | None = typer.Option(None, "--out", "-o", help="Where to write the program."),
    cores: int | None = CORES,
    option: list[str] = OPTION,
    as_json: bool = AS_JSON,
) -> None:
    """Place a model on a chip's cores, quantizing it first.  Exit code 1 if it does not fit."""
    program = deploy.map(load(model), target, **_options(cores, option))
    if out is not None:
        program.save(out)
    if as_json:
        print_json(
            {
                "target": target,
                "losses": program.losses.model_dump(mode="json")["entries"],
                "findings": program.report.model_dump(mode="json")["findings"],
                "cores": len(program.placement.cores),
                "offsets": dict(program.placement.offsets),
                "facts": dict(program.facts),
                "out": str(out) if out else None,
            }
        )
    else:
        console.print(program.describe(), markup=False)


@app.command(epilog="Example: delaycore simulate model.safetensors words_test.h5 --target loihi")
def simulate(
    model: Path = typer.Argument(
        help="A model file, or a program file that `map` wrote.", show_default=False
    ),
    events: Path = typer.Argument(
        help="Events in the SHD layout (HDF5); the model's own framing makes steps of them.",
        show_default=False,
    ),
    target: str = TARGET,
    cores: int | None = CORES,
    option: list[str] = OPTION,
    record: Path | None = typer.Option(
        None, "--record", help="Write the spikes of all populations to this file, for `price`."
    ),
    trace: Path | None = typer.Option(None, "--trace", help=TRACE),
    samples: int | None = typer.Option(
        None, "--samples", min=1, help="Only this many samples, from the first.", show_default=False
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Run a model on a chip's simulator, and say what it answers and what it costs."""
    from delaycore.datasets import frame_events, read_events
    from delaycore.pricing import save_spikes

    program = _program(model, target, _options(cores, option))
    framing = program.graph.framing
    if framing is None:
        raise DataError.at(
            model,
            "has no framing, so events cannot become spikes",
            "save the graph with one: graph.with_(framing=Framing(...))",
        )
    recorded = read_events(events, channels=framing.channels)
    if not len(recorded):
        raise DataError.at(events, "holds no sample", "give a file with recordings")
    if samples is not None:
        recorded = recorded.select(range(min(samples, len(recorded))))
    framed, losses = frame_events(recorded, framing)
    result = deploy.simulate(program, framed.spikes)
    written = []
    if record is not None:
        written.append(record)
        save_spikes(
            record, {name: s for name, s in result.spikes.items() if program.graph.populations[name].spikes}
        )
    if trace is not None:
        drawn = load_backend(target).trace(program, framed.spikes)
        drawn.save(trace)
        written.append(trace)
        if drawn.levels:
            from delaycore.report._levels import draw

            written.append(trace.with_suffix(".png"))
            draw(written[-1], drawn)
    right = float((result.predictions == framed.labels).mean()) if program.graph.readout else None
    if as_json:
        print_json(_described(result, right) | {"data": losses.model_dump(mode="json")["entries"]})
        return
    cost = result.cost
    console.print(
        f"{pluralize(len(framed), 'sample')} on {target}, {pluralize(len(program.placement.cores), 'core')}",
        markup=False,
    )
    if right is not None:
        console.print(f"accuracy {right:.1%}")
    for what, amount, unit, factor in (
        ("latency", cost.latency, "ms", 1e3),
        ("energy", cost.energy, "uJ", 1e6),
    ):
        parts = ", ".join(f"{k} {float(v.mean()) * factor:.3g}" for k, v in amount.parts.items())
        console.print(f"{what} {amount.mean * factor:.4g} {unit} per sample ({parts})", markup=False)
    console.print(
        f"memory {cost.memory_total / 1e6:.4g} Mb, {cost.delay_memory_share:.1%} of it holds delayed spikes"
    )
    for line in (
        *losses,
        *result.findings,
        *result.expectations,
        *(f"not modelled: {n}" for n in cost.not_modelled),
    ):
        console.print(f"  {line}", markup=False)
    for path in written:
        console.print(f"written: {path}", markup=False)


def _program(path: Path, target: str, options: dict[str, Any]) -> Program:
    from delaycore.errors import FileError

    try:
        graph = load(path)
    except FileError as not_a_graph:
        if "holds a program" not in str(not_a_graph):
            raise
        program = Program.load(path)
        if program.target != target:
            raise DataError.at(
                path,
                f"is a program for {program.target}, not {target}",
                f"use --target {program.target}, or map the model again",
            ) from None
        if options:
            raise DataError.at(
                path,
                f"is placed already, so {', '.join(options)} would change nothing",
                "map the model with these options",
            ) from None
        return program
    return deploy.map(graph, target, **options)


def _described(result: Result, accuracy: float | None) -> dict[str, Any]:
    activity = result.activity
    return {
        "target": result.program.target,
        "accuracy": accuracy,
        "predictions": result.predictions.tolist() if result.program.graph.readout else None,
        "spikes_per_sample": {n: float(s.sum() / max(len(s), 1)) for n, s in result.spikes.items()},
        "late": {n: int(v.sum()) for n, v in activity.late.items()},
        "overflow": {n: int(v.sum()) for n, v in activity.overflow.items()},
        "cost": result.cost.to_dict(),
        "findings": [f.model_dump(mode="json") for f in result.findings],
        "expectations": [e.model_dump(mode="json") for e in result.expectations],
        "losses": result.program.losses.model_dump(mode="json")["entries"],
    }
