"""Prices of the published rows of Loihi: the networks on one core, as the paper has them, whether that is
possible or not.
"""

from __future__ import annotations

from functools import cache

import delaycore as dc
from benchmarks.published.counts import HIDDEN, LOIHI, STEPS, Published
from delaycore.hardware import CostEstimate
from delaycore.pricing import WorkloadFile

__all__ = ["CHOICE", "make_workload", "price_network", "rows"]

CHOICE = {"costs": "nahuku", "timing": "host", "late": True}
"""The one choice: costs fitted to boards, the host's steps, and deliveries after the last step counted, since
a chip does them.
"""

DELAYS = {"levels": 30, "stride": 2, "kept": 15}


@cache
def make_workload(name: str, inputs: int, samples: int = 4) -> dc.Workload:
    """Return a network of the paper with its spikes, all neurons on core 0."""
    first, second, classes = (int(n) for n in name.split("-"))
    h1, h2 = HIDDEN["loihi"][name]
    layers = [
        {"name": "in", "size": 700, "spikes": inputs},
        {"name": "h1", "size": first, "spikes": h1},
        {"name": "h2", "size": second, "spikes": h2, "delays": DELAYS},
        {"name": "out", "size": classes, "delays": DELAYS},
    ]
    description = {
        "steps": STEPS,
        "samples": samples,
        "layers": layers,
        "placement": {"h1": 0, "h2": 0, "out": 0},
    }
    return WorkloadFile.parse(description).to_workload()


def price_network(name: str, inputs: int, **options: object) -> CostEstimate:
    """Return the price of a row; ``options`` differ from `CHOICE`."""
    return dc.price(make_workload(name, inputs), target="loihi", **(CHOICE | options))


def rows() -> dict[str, Published]:
    """Return the published figures by network."""
    return LOIHI
