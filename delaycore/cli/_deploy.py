"""Commands from a model file to a simulated chip: ``check``, ``quantize``, ``map``, ``simulate``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from delaycore import deploy
from delaycore._files import holds
from delaycore._wording import pluralize
from delaycore.cli._app import answer, app
from delaycore.cli._cost import summarize_cost
from delaycore.cli._options import AS_JSON, OPTION, TARGET, TargetCommand, parse_options
from delaycore.cli._temporary import provide_temporary
from delaycore.errors import DataError, DelaycoreError, SettingsError
from delaycore.graph import Graph, Readout, load
from delaycore.hardware import Losses, Program, Result, to_plain
from delaycore.registry import load_backend

if TYPE_CHECKING:
    from delaycore.datasets import Samples

__all__ = ["check", "map_", "quantize", "simulate"]

MODEL = typer.Argument(help="A model file (safetensors).", show_default=False)
CORES = typer.Option(
    None, "--cores", help="Use this many cores; as few as possible unless given.", show_default=False
)
TRACE = (
    "Write what every unit does during the first sample: Chrome trace events (JSON), for Perfetto.  "
    "Not every backend offers it.  "
    "Where it also counts what units hold, a picture of that is written beside it, as .png."
)


def _gather_options(target: str, cores: int | None, option: list[str]) -> dict[str, Any]:
    """Collect the options of a backend, of which ``cores`` has a name of its own on the command line.

    Raises `SettingsError` for ``--cores`` where the backend has no such option.
    """
    known = [o.name for o in load_backend(target).options.describe()]
    if cores is not None and "cores" not in known:
        remedy = f"leave it out; there are {', '.join(known) or 'none'} (--option NAME=VALUE)"
        raise SettingsError.at("--cores", f"target {target!r} has no option cores", remedy)
    return ({} if cores is None else {"cores": cores}) | parse_options(option)


@app.command(cls=TargetCommand, epilog="Example: delaycore check model.safetensors --target loihi")
def check(
    model: Path = MODEL,
    target: str = TARGET,
    cores: int | None = CORES,
    option: list[str] = OPTION,
    as_json: bool = AS_JSON,
) -> None:
    """Hold a model against a chip's limits: every violation at once.  Exit code 1 if it does not fit."""
    report = deploy.check(_load_model(model, target), target, **_gather_options(target, cores, option))
    document = report.to_dict() | {"ok": report.ok}
    answer(document, [report], as_json=as_json, ok=report.ok)


@app.command(
    cls=TargetCommand,
    epilog="Example: delaycore quantize model.safetensors --target seneca --out on_grid.safetensors",
)
def quantize(
    model: Path = MODEL,
    target: str = TARGET,
    out: Path | None = typer.Option(None, "--out", "-o", help="Where to write the model on the chip's grid."),
    option: list[str] = OPTION,
    as_json: bool = AS_JSON,
) -> None:
    """Move a model onto a chip's number grid, and list everything that this altered.

    Options that say nothing of numbers, such as where neurons lie, change nothing here, and are named.
    """
    graph, options = _load_model(model, target), parse_options(option)
    exact, losses = deploy.quantize(graph, target, **options)
    idle = [name for name in options if _changes_nothing(graph, target, options, name, (exact, losses))]
    if out is not None:
        exact.save(out)
    document = {
        "losses": losses.to_dict()["entries"],
        "options without effect": idle,
        "out": str(out) if out else None,
    }
    unused = [f"option {name} changes nothing of this model's numbers" for name in idle]
    answer(document, [losses, *unused], as_json=as_json)


def _changes_nothing(
    graph: Graph, target: str, options: dict[str, Any], name: str, quantized: tuple[Graph, Losses]
) -> bool:
    """Quantize without one of the options, and compare."""
    others = {key: value for key, value in options.items() if key != name}
    try:
        return deploy.quantize(graph, target, **others) == quantized
    except DelaycoreError:
        return False  # without it there is no result at all


@app.command(
    "map",
    cls=TargetCommand,
    epilog="Example: delaycore map model.safetensors --target loihi --out program.safetensors",
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
    program = deploy.map(_load_model(model, target), target, **_gather_options(target, cores, option))
    if out is not None:
        program.save(out)
    document = {
        "target": target,
        "losses": program.losses.to_dict()["entries"],
        "findings": program.report.to_dict()["findings"],
        "cores": len(program.placement.cores),
        "offsets": dict(program.placement.offsets),
        "options": to_plain(program.options),
        "mapping": to_plain(program.mapping),
        "out": str(out) if out else None,
    }
    answer(document, [program.describe()], as_json=as_json)


@app.command(
    cls=TargetCommand, epilog="Example: delaycore simulate model.safetensors words_test.h5 --target loihi"
)
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

    program = _load_program(model, target, _gather_options(target, cores, option))
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
    matched = _match_classes(program.graph, framed, events)
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
            provide_temporary(trace.resolve().parent)
            from delaycore.report import draw_queue_levels

            written.append(trace.with_suffix(".png"))
            draw_queue_levels(written[-1], drawn)
    accuracy = None if matched is None else float((result.predictions == matched.labels).mean())
    samples_of = f"{pluralize(len(framed), 'sample')} on {target}"
    answer(
        _to_document(result, accuracy) | {"data": losses.to_dict()["entries"]},
        [
            f"{samples_of}, {pluralize(len(program.placement.cores), 'core')}",
            *([] if accuracy is None else [f"accuracy {accuracy:.1%}"]),
            *_describe_classes(program.graph.readout, framed),
            *summarize_cost(result.cost),
            *(f"  {line}" for line in (*program.losses, *program.report.by_severity)),
            *(f"  {line}" for line in (*losses, *result.findings, *result.expectations)),
            *(f"  not modelled: {line}" for line in result.cost.not_modelled),
            *(f"written: {path}" for path in written),
        ],
        as_json=as_json,
    )


def _load_model(path: Path, target: str) -> Graph:
    """Load a model after the backend of its target, which may bring the kinds of its neurons."""
    load_backend(target)
    return load(path)


def _load_program(path: Path, target: str, options: dict[str, Any]) -> Program:
    """Load a program, or load a model and map it."""
    if not holds(path, "program"):
        return deploy.map(_load_model(path, target), target, **options)
    program = deploy.load_program(path)
    if program.target != target:
        raise DataError.at(
            path,
            f"is a program for {program.target}, not {target}",
            f"use --target {program.target}, or map the model again",
        )
    if options:
        raise DataError.at(
            path,
            f"is placed already, so {', '.join(options)} would change nothing",
            "map the model with these options",
        )
    return program


def _match_classes(graph: Graph, samples: Samples, path: Path) -> Samples | None:
    """Return ``samples`` with labels as neurons of the read-out, or None for a graph without one."""
    if graph.readout is None:
        return None
    return samples.match(graph.readout, graph.populations[graph.readout.population].size, str(path))


def _describe_classes(readout: Readout | None, samples: Samples) -> Iterator[str]:
    """Yield what a reader should know of the way from labels to neurons."""
    if readout is None or not samples.classes:
        return
    if not readout.classes:
        yield "  the model names no classes: those of the file were taken in their order"
    elif readout.classes != samples.classes:
        yield "  the file lists its classes differently from the model: labels were matched by name"


def _to_document(result: Result, accuracy: float | None) -> dict[str, Any]:
    activity, readout = result.activity, result.program.graph.readout
    return {
        "target": result.program.target,
        "accuracy": accuracy,
        "classes": list(readout.classes) if readout else None,
        "predictions": result.predictions.tolist() if readout else None,
        "predicted_classes": result.predicted_classes if readout and readout.classes else None,
        "spikes_per_sample": {n: float(s.sum() / max(len(s), 1)) for n, s in result.spikes.items()},
        "late": {n: int(v.sum()) for n, v in activity.late.items()},
        "overflow": {n: int(v.sum()) for n, v in activity.overflow.items()},
        "cost": result.cost.to_dict(),
        "report": result.program.report.to_dict()["findings"],
        "findings": to_plain(result.findings),
        "expectations": to_plain(result.expectations),
        "losses": result.program.losses.to_dict()["entries"],
    }
