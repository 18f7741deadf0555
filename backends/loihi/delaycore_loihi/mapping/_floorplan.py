"""A picture of a program on the mesh, with each core shaded by how full it is and its populations named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from delaycore.hardware import Program
from delaycore_loihi.limits import LIMITS, TILE_COLUMNS, TILE_CORES, TILE_ROWS
from delaycore_loihi.mapping._mesh import locate_tile
from delaycore_loihi.mapping._record import CORE_LIMITS, CoreUse, LoihiMapping
from delaycore_loihi.options import Options
from delaycore_loihi.spec import SPEC

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["find_fullest_limit", "draw_floor_plan"]

_INK, _LINE, _EMPTY = "#1b1f24", "#8a939c", "#f4f5f6"
_ACROSS = 4
"""Chips that are drawn beside each other."""


def find_fullest_limit(load: CoreUse) -> tuple[str, float]:
    """Return the limit that a core comes nearest to, and the fraction of it that is used."""
    shares = {
        code.removeprefix("core.").replace("_", " "): load.used(code) / load.limit(code).value
        for code in CORE_LIMITS
    }
    name = max(shares, key=lambda key: shares[key])
    return name, shares[name]


def draw_floor_plan(program: Program[Options, LoihiMapping], path: str | os.PathLike[str]) -> None:
    """Draw the cores of ``program`` to a PNG file: shaded by the limit that each comes nearest to, which is
    named below its populations.

    Raises `DataError` for a program of another chip; needs matplotlib.
    """
    program.require_target(SPEC.name)
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    from delaycore.report import save_figure

    per_chip = program.options.cores_per_chip
    chips = max(program.placement.cores, default=0) // per_chip + 1
    across = min(chips, _ACROSS)
    figure = Figure(figsize=(1.0 + 9.0 * across, 1.2 + 4.6 * -(-chips // across)), layout="constrained")
    colours, axes = colormaps["Blues"], figure.subplots(-(-chips // across), across, squeeze=False).ravel()
    for chip, ax in enumerate(axes):
        _draw_mesh(ax, f"chip {chip}" if chip < chips else "", chip < chips)
    for core in program.placement.cores:
        chip, local = divmod(core, per_chip)
        name, share = find_fullest_limit(program.mapping.cores[core])
        x, y = _locate_corner(local)
        axes[chip].add_patch(_make_square(x, y, colours(0.1 + 0.8 * min(share, 1.0))))
        here = [s.name for s in program.placement.on(core)]
        label = "\n".join(
            [*here[:2], *(["..."] if len(here) > 2 else []), f"{share:.0%} {name.replace(' ', chr(10))}"]
        )
        if chips <= _ACROSS:
            axes[chip].text(
                x + 0.23,
                y + 0.23,
                label,
                ha="center",
                va="center",
                fontsize=3.6,
                color="white" if share > 0.6 else _INK,
            )
    scale = ScalarMappable(Normalize(0, 100), colours)
    figure.colorbar(scale, ax=list(axes), label="% of the limit that the core comes nearest to", shrink=0.7)
    figure.suptitle(f"{len(program.placement.cores)} cores of {SPEC.title}", color=_INK)
    save_figure(figure, Path(path), dpi=160)


def _locate_corner(local: int) -> tuple[float, float]:
    """Return where a core of a chip is drawn: four in a square to a tile."""
    column, row = locate_tile(local)
    within = local % TILE_CORES
    return column + 0.46 * (within % 2), row + 0.46 * (within // 2)


def _make_square(x: float, y: float, colour: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x + 0.02, y + 0.02), 0.44, 0.44, facecolor=colour, edgecolor=_LINE, linewidth=0.4)


def _draw_mesh(ax: Axes, title: str, there: bool) -> None:
    ax.set(xlim=(-0.05, TILE_COLUMNS), ylim=(TILE_ROWS, -0.05), aspect="equal", xticks=[], yticks=[])
    ax.set_title(title, fontsize=9, color=_INK)
    for side in ax.spines.values():
        side.set_visible(False)
    if there:
        for local in range(int(LIMITS["chip.cores"])):
            ax.add_patch(_make_square(*_locate_corner(local), _EMPTY))
