"""Commands from a model file to a simulated chip: ``check``, ``quantize``, ``map``, ``simulate``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from delaycore import deploy
from delaycore._values import LARGEST
from delaycore._wording import pluralize
from delaycore.cli._app import answer, app
from delaycore.cli._examples import show_example
from delaycore.cli._networks import NETWORK, TARGET_OF_MODEL, load_model, load_program, require_target
from delaycore.cli._options import AS_JSON, OPTION, TARGET, TargetCommand, parse_options
from delaycore.cli._temporary import provide_temporary
from delaycore.errors import DataError, DelaycoreError, SettingsError
from delaycore.graph import Graph, Readout
from delaycore.hardware import FitReport, Losses, Result, Trace, to_plain
from delaycore.registry import ask_backend

if TYPE_CHECKING:
    from delaycore.datasets import Samples
    from delaycore.report import Confusion, Row

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
    known = [o.name for o in ask_backend(target).describe_options()]
    if cores is not None and "cores" not in known:
        remedy = f"leave it out; there are {', '.join(known) or 'none'} (--option NAME=VALUE)"
        raise SettingsError.at("--cores", f"target {target!r} has no option cores", remedy)
    return ({} if cores is None else {"cores": cores}) | parse_options(option)


def _name_options(cores: int | None, option: list[str]) -> list[str]:
    """Name the options of a backend that a command gives."""
    return [*([] if cores is None else ["cores"]), *parse_options(option)]


@app.command(cls=TargetCommand, epilog=show_example("check"))
def check(
    network: Path = NETWORK,
    target: str | None = TARGET_OF_MODEL,
    cores: int | None = CORES,
    option: list[str] = OPTION,
    as_json: bool = AS_JSON,
) -> None:
    """Hold a model against a chip's limits: every violation at once.  Exit code 1 if it does not fit.

    A program fits; its findings are those of its mapping.
    """
    program = load_program(network, target, _name_options(cores, option))
    if program is None:
        chip = require_target(network, target)
        report = deploy.check(load_model(network, chip), chip, **_gather_options(chip, cores, option))
    else:
        report = program.report
    document = report.to_dict() | {"ok": report.ok}
    answer(document, [report], as_json=as_json, ok=report.ok)


@app.command(
    cls=TargetCommand,
    epilog=show_example("quantize"),
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
    graph, options = load_model(model, target), parse_options(option)
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
    epilog=show_example("map"),
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
    program = deploy.map(load_model(model, target), target, **_gather_options(target, cores, option))
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


@app.command(cls=TargetCommand, epilog=show_example("simulate"))
def simulate(
    network: Path = NETWORK,
    events: Path = typer.Argument(
        help="Events in the SHD layout (HDF5); the model's own framing makes steps of them.",
        show_default=False,
    ),
    target: str | None = TARGET_OF_MODEL,
    cores: int | None = CORES,
    option: list[str] = OPTION,
    record: Path | None = typer.Option(
        None, "--record", help="Write the spikes of all populations to this file, for `price`."
    ),
    trace: Path | None = typer.Option(None, "--trace", help=TRACE),
    samples: int | None = typer.Option(
        None,
        "--samples",
        min=1,
        max=LARGEST,
        help="Only this many samples, from the first.",
        show_default=False,
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Run a model on a chip's simulator, and say what it answers and what it costs."""
    from delaycore.datasets import frame_events, read_events
    from delaycore.report import describe_accuracy

    program = load_program(network, target, _name_options(cores, option))
    if program is None:
        chip = require_target(network, target)
        program = deploy.map(load_model(network, chip), chip, **_gather_options(chip, cores, option))
    framing = program.graph.framing
    if framing is None:
        raise DataError.at(
            network,
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
    # Drawn first, so that a chip that draws none refuses before the run.
    drawn = None if trace is None else ask_backend(program.target).trace(program, framed.spikes)
    result = deploy.simulate(program, framed.spikes)
    written = _write(result, record, drawn, trace)
    scored = None if matched is None else _score(result, matched)
    size = pluralize(len(program.placement.cores), "core")
    answer(
        _to_document(result, scored) | {"data": losses.to_dict()["entries"], "notes": recorded.notes},
        [
            *(f"changed: {loss}" for loss in program.losses),
            *_describe_findings(program.report),
            *(f"data: {loss}" for loss in losses),
            *(f"data: {recorded.name}: {line}" for line in recorded.notes),
            *_describe_classes(program.graph.readout, framed),
            *result.findings,
            *result.expectations,
            *(f"not modelled: {line}" for line in result.cost.not_modelled),
            *(f"written: {path}" for path in written),
            f"{pluralize(len(framed), 'sample')} on {program.target}, {size}",
            *([] if scored is None else (f"  {line}" for line in scored.confusion.describe())),
            *result.cost.summarize(),
            *([] if scored is None else [f"accuracy {describe_accuracy(scored.row)}"]),
        ],
        as_json=as_json,
    )


def _write(result: Result, record: Path | None, drawn: Trace | None, trace: Path | None) -> list[Path]:
    """Write recorded spikes, and a trace with the picture of what it counts; return the files."""
    from delaycore.pricing import save_spikes

    written = []
    if record is not None:
        populations = result.program.graph.populations
        save_spikes(record, {name: s for name, s in result.spikes.items() if populations[name].spikes})
        written.append(record)
    if drawn is not None and trace is not None:
        drawn.save(trace)
        written.append(trace)
        if drawn.levels:
            provide_temporary(trace.resolve().parent)
            from delaycore.report import draw_queue_levels

            written.append(trace.with_suffix(".png"))
            draw_queue_levels(written[-1], drawn)
    return written


@dataclass(frozen=True)
class _Score:
    """How right the answers are."""

    row: Row
    confusion: Confusion


def _score(result: Result, samples: Samples) -> _Score:
    """Count right answers; labels are neurons of the read-out."""
    from delaycore.report import count_confusion, make_row

    graph, predictions = result.program.graph, result.predictions
    neurons = int(graph.populations[graph.readout.population].size) if graph.readout else 0
    return _Score(
        make_row("", "", predictions, samples.labels, speakers=samples.speakers),
        count_confusion(samples.labels, predictions, samples.classes or [str(i) for i in range(neurons)]),
    )


def _describe_findings(report: FitReport) -> Iterator[str]:
    """Yield the findings of a mapping, and the notes, which `check` explains, by their codes."""
    yield from (str(finding) for finding in report.by_severity if finding.severity != "note")
    notes = [finding.code for finding in report.findings if finding.severity == "note"]
    if notes:
        yield f"notes: {', '.join(notes)}; `delaycore check` explains them"


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
        yield "the model names no classes: those of the file were taken in their order"
    elif readout.classes != samples.classes:
        yield "the file lists its classes differently from the model: labels were matched by name"


def _to_document(result: Result, scored: _Score | None) -> dict[str, Any]:
    activity, readout = result.activity, result.program.graph.readout
    return {
        "target": result.program.target,
        "accuracy": None if scored is None else scored.row.accuracy,
        "interval": None if scored is None else scored.row.interval,
        "confusion": None if scored is None else to_plain(scored.confusion),
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
