"""The command ``delay-memory``: every kind of delay memory for a network and its activity, at the word
widths of the installed chips.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray

from delaycore import registry
from delaycore._files import make_folder
from delaycore._values import MOST
from delaycore.cli._app import answer, app
from delaycore.cli._examples import show_example
from delaycore.cli._networks import NETWORK, load_network
from delaycore.cli._options import AS_JSON, require_number
from delaycore.cli._temporary import provide_temporary
from delaycore.delay_memory import Memory, Widths
from delaycore.errors import DataError, NotOffered
from delaycore.graph import Graph
from delaycore.memory import require_memory

__all__ = ["delay_memory"]


@app.command("delay-memory", epilog=show_example("delay-memory"))
def delay_memory(
    network: Path = NETWORK,
    activity: Path | None = typer.Option(
        None, "--activity", help="Recorded spikes, as `delaycore simulate --record` writes them."
    ),
    density: float = typer.Option(
        0.1,
        "--density",
        min=0.0,
        max=1.0,
        callback=require_number,
        help="Spikes per neuron and step, spread evenly, where none are recorded.",
    ),
    target: str | None = typer.Option(
        None, "--target", "-t", help="Only this chip; every installed one unless given.", show_default=False
    ),
    steps: int = typer.Option(64, "--steps", min=1, max=MOST, help="Steps of a sample of assumed spikes."),
    plots: Path | None = typer.Option(
        None, "--plots", help="A folder for plots over density, largest delay and neurons."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Say what each kind of delay memory would take for a model, at the word widths of every installed chip
    or of one, and which is the cheapest.
    """
    from delaycore.delay_memory import compare_memories, list_demands

    model = load_network(network)
    spikes = (
        _assume_spikes(model, density, steps) if activity is None else _load_spikes(activity, _firing(model))
    )
    wanted = list_demands(model, spikes)
    if not wanted:
        raise DataError.at(
            network, "has no synapse with a delay, so it needs no delay memory", "give a network with delays"
        )
    widths: dict[str, Widths]
    without: dict[str, str]
    if target is None:
        widths, without = _find_widths()
    else:
        widths, without = {target: registry.ask_backend(target).delay_widths()}, {}
    memories = {target: compare_memories(wanted, width) for target, width in widths.items()}
    if plots is not None and widths:
        provide_temporary(plots)
        from delaycore.report import draw_delay_memories

        make_folder(plots)
        for target, width in widths.items():
            draw_delay_memories(plots / f"delay_memory_{target}.png", wanted, width, target)
    lines = [line for target, width in widths.items() for line in _describe(target, width, memories[target])]
    lines += without.values()
    if not widths:
        lines.append(f"no installed backend gives widths; {registry.install_hint()}")
    document = {
        target: {
            "source": width.source,
            "cheapest": memories[target][0].kind,
            "memories": [m.to_dict() for m in memories[target]],
        }
        for target, width in widths.items()
    }
    answer({"targets": document, "without widths": without}, lines, as_json=as_json)


def _firing(model: Graph) -> dict[str, int]:
    """Return the number of neurons of each population that fires."""
    return {name: int(p.size) for name, p in model.populations.items() if p.spikes}


def _load_spikes(path: Path, sizes: Mapping[str, int]) -> dict[str, NDArray[np.bool_]]:
    """Read recorded spikes of populations of these ``sizes``.

    Raises `DataError` if some are not recorded.
    """
    from delaycore.pricing import load_spikes

    spikes = load_spikes(path)
    if missing := [
        name for name, size in sizes.items() if name not in spikes or spikes[name].shape[2] != size
    ]:
        raise DataError.at(
            path, f"has no spikes of the neurons of {', '.join(missing)}", "record a run of this model"
        )
    return spikes


def _assume_spikes(model: Graph, density: float, steps: int) -> dict[str, NDArray[np.bool_]]:
    """Spread ``density`` spikes per neuron and step evenly over one sample."""
    from delaycore.pricing import spread_spikes

    sizes = _firing(model)
    need = {f"spikes of {name!r}": 2 * size * steps for name, size in sizes.items()}
    require_memory(f"--steps {steps}", need, "give fewer")
    return {
        name: spread_spikes(round(density * size * steps), size, steps, seed=i)
        for i, (name, size) in enumerate(sizes.items())
    }


@dataclass(frozen=True)
class _Answer:
    """The word widths of a chip, or why it has none."""

    widths: Widths | None = None
    refusal: str = ""


def _find_widths() -> tuple[dict[str, Widths], dict[str, str]]:
    """Return the word widths of each installed chip, and why the others have none.

    Nobody asked for any of them by name, so each is loaded in a process of its own.
    """
    asks = {target: partial(_ask_for_widths, target) for target in registry.targets()}
    widths, without = {}, {}
    for target, given in registry.call_each_apart(asks, answer=_Answer).items():
        if isinstance(given, registry.BackendError):
            without[target] = str(given)
        elif given.widths is None:
            without[target] = given.refusal
        else:
            widths[target] = given.widths
    return widths, without


def _ask_for_widths(target: str) -> _Answer:
    try:
        return _Answer(registry.ask_backend(target).delay_widths())
    except NotOffered as refusal:
        return _Answer(refusal=str(refusal))


def _describe(target: str, width: Widths, memories: list[Memory]) -> list[str]:
    """Write a line per kind of memory, the cheapest first."""
    lines = [f"{target}: sums of {width.slot} bits, events of {width.event} bits ({width.source})"]
    for m in memories:
        energy = "" if m.energy is None else f"{m.energy * 1e9:12.4g} nJ"
        lines.append(
            f"  {m.kind:21} {m.words:9} words {m.bits:11} bits {m.accesses:14.6g} accesses a sample{energy}"
        )
    return [*lines, f"  cheapest in bits: {memories[0].kind}"]
