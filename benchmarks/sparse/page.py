"""The page of the study: means over seeds with intervals, and differences to random synapses, paired."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.sparse.networks import WAYS, Candidate, Measured
from delaycore.experiment import Recordings
from delaycore.registry import load_backend
from delaycore.report import compute_mean, format_mean
from delaycore.settings import Settings

__all__ = ["write_page"]


def write_page(found: Sequence[Measured], data: Recordings, settings: Settings, config: str) -> str:
    """Write a Markdown page of what was ``found``, with the settings of the file ``config``."""
    by: dict[str, list[Measured]] = {}
    for measured in found:
        by.setdefault(measured.candidate, []).append(measured)
    chips = list(found[0].chips)
    titles = [load_backend(chip).spec.title for chip in chips]
    head = ["synapses", "found by", "synapses into a neuron, from each population", "seeds", "validation %"]
    head += ["test %", "over random, points"]
    head += [f"{title} {what}" for title in titles for what in ("%", "uJ", "ms")]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, here in by.items():
        way, _, fan_in = name.rpartition("-")
        control = {m.seed: m for m in by.get(Candidate("random", int(fan_in)).name, [])}
        gains = [
            100 * ((m.software.accuracy or 0.0) - (control[m.seed].software.accuracy or 0.0))
            for m in here
            if m.seed in control
        ]
        cells = [
            f"{np.mean([m.software.synapses or 0 for m in here]):,.0f}",
            WAYS[way],  # type: ignore[index]
            fan_in if int(fan_in) < data.framing.inputs else "one per pair",
            str(len(here)),
            _percent([m.validation for m in here]),
            _percent([m.software.accuracy or 0.0 for m in here]),
            "-" if way == "random" else format_mean(compute_mean(gains), 1, "+"),
        ]
        for chip in chips:
            rows = [m.chips[chip] for m in here]
            refused = next((row.note for row in rows if row.accuracy is None), None)
            if refused is not None:
                cells += [refused, "-", "-"]
                continue
            cells.append(_percent([row.accuracy or 0.0 for row in rows]))
            cells.append(f"{1e6 * np.mean([row.energy or np.nan for row in rows]):.2f}")
            cells.append(f"{1e3 * np.mean([row.latency or np.nan for row in rows]):.2f}")
        lines.append("| " + " | ".join(cells) + " |")
    n, t = settings.network, settings.training
    size = "-".join(map(str, (data.framing.inputs, *n.hidden, len(data.classes))))
    seeds = len({m.seed for m in found})
    return f"""# Learned and random synapses on {data.name}

{size}, {data.framing.steps} steps, delays of 0 to {n.delays.longest} steps on all projections,
{t.epochs} epochs for every network, the epoch chosen on validation samples.  {seeds} seeds: mean and 95 %
interval (Student's t) over seeds; "over random" is paired over seeds, against random pairs and delays with as
many synapses.  {len(data.test)} test samples of other speakers, read once per network.  Chips take it by
post-training quantization; their spikes equal those of their quantized reference in every step of every
sample.

{chr(10).join(lines)}

Made by `python -m benchmarks.sparse {config}` with `benchmarks/sparse/{config}.toml`.
A version or machine that adds in another order trains other networks: expect figures within these
intervals, not these.
"""


def _percent(values: Sequence[float]) -> str:
    mean, half = compute_mean(values)
    return format_mean((100 * mean, 100 * half), 1)
