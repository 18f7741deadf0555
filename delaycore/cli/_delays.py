"""The command ``delay-memory``: every kind of delay memory on a network and its activity, at the widths of
the installed chips.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from delaycore import registry
from delaycore.cli._app import app, console, print_json
from delaycore.errors import DataError, NotOffered
from delaycore.graph import load

__all__ = ["delay_memory"]


@app.command(
    "delay-memory", epilog="Example: delaycore delay-memory model.safetensors --density 0.1 --plots plots"
)
def delay_memory(
    graph: Path = typer.Argument(help="A model file (safetensors).", show_default=False),
    activity: Path | None = typer.Option(
        None, "--activity", help="Recorded spikes, as `delaycore simulate --record` writes them."
    ),
    density: float = typer.Option(
        0.1,
        "--density",
        min=0.0,
        max=1.0,
        help="Spikes per neuron and step, spread evenly, where none are recorded.",
    ),
    steps: int = typer.Option(64, "--steps", min=1, help="Steps of a sample of assumed spikes."),
    plots: Path | None = typer.Option(
        None, "--plots", help="A folder for plots over density, largest delay and neurons."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Say what each kind of delay memory would take for a model, at the word widths of every installed chip,
    and which is the cheapest.
    """
    from delaycore.delay_memory import compare_memories, demands
    from delaycore.pricing import recorded_spikes, spread

    model = load(graph)
    fires = {name: int(p.size) for name, p in model.populations.items() if p.spikes}
    if activity is not None:
        spikes = recorded_spikes(activity)
        if missing := [
            name for name, size in fires.items() if name not in spikes or spikes[name].shape[2] != size
        ]:
            raise DataError.at(
                activity,
                f"has no spikes of the neurons of {', '.join(missing)}",
                "record a run of this model",
            )
    else:
        spikes = {
            name: spread(round(density * size * steps), size, steps, seed=i)
            for i, (name, size) in enumerate(fires.items())
        }
    wanted = demands(model, spikes)
    if not wanted:
        raise DataError.at(
            graph, "has no synapse with a delay, so it needs no delay memory", "give a network with delays"
        )
    found: dict[str, Any] = {}
    widths, silent = {}, {}
    for target in registry.targets():
        try:
            widths[target] = registry.load_backend(target).delay_widths()
        except (NotOffered, registry.BackendError) as error:
            silent[target] = str(error)
    for target, width in widths.items():
        memories = compare_memories(wanted, width)
        found[target] = {
            "source": width.source,
            "cheapest": memories[0].kind,
            "memories": [m.to_dict() for m in memories],
        }
        if as_json:
            continue
        console.print(
            f"{target}: sums of {width.slot} bits, events of {width.event} bits ({width.source})",
            markup=False,
        )
        for m in memories:
            energy = "" if m.energy is None else f"{m.energy * 1e9:12.4g} nJ"
            console.print(
                (
                    f"  {m.kind:18} {m.words:9} words {m.bits:11} bits {m.accesses:14.6g} accesses a "
                    f"sample{energy}"
                ),
                markup=False,
            )
        console.print(f"  cheapest in bits: {memories[0].kind}", markup=False)
    if as_json:
        print_json({"targets": found, "without widths": silent})
    else:
        for reason in silent.values():
            console.print(reason, markup=False)
        if not widths:
            console.print(f"no installed backend gives widths; {registry.install_hint()}", markup=False)
    if plots is not None and widths:
        from delaycore.report._delay_memories import draw

        plots.mkdir(parents=True, exist_ok=True)
        for target, width in widths.items():
            draw(plots / f"delay_memory_{target}.png", wanted, width, target)
