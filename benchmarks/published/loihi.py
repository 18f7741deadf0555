"""The published rows of Loihi, priced: the networks on one core, as the paper has them, whether that is
possible or not.
"""

from __future__ import annotations

from functools import cache

from counts import HIDDEN, LOIHI, STEPS, Published

import delaycore as dc
from delaycore.hardware import CostEstimate
from delaycore.pricing import WorkloadFile

__all__ = ["CHOICE", "priced", "rows"]

CHOICE = {"costs": "nahuku", "timing": "host", "late": True}
"""The one choice: costs fitted to boards, the host's steps, and deliveries after the last step counted, since
a chip does them.
"""

DELAYS = {"levels": 30, "stride": 2, "keep": 15}


@cache
def workload(name: str, inputs: int, samples: int = 4) -> dc.Workload:
    """A network of the paper with its spikes, all neurons on core 0."""
    first, second, classes = (int(n) for n in name.split("-"))
    h1, h2 = HIDDEN["loihi"][name]
    layers = [
        {"name": "in", "size": 700, "spikes": inputs},
        {"name": "h1", "size": first, "spikes": h1},
        {"name": "h2", "size": second, "spikes": h2, "delays": DELAYS},
        {"name": "out", "size": classes, "delays": DELAYS},
    ]
    described = {
        "steps": STEPS,
        "samples": samples,
        "layers": layers,
        "placement": {"h1": 0, "h2": 0, "out": 0},
    }
    return WorkloadFile.parse(described).to_workload()


def priced(name: str, inputs: int, **options: object) -> CostEstimate:
    """The price of a row; ``options`` differ from `CHOICE`."""
    return dc.price(workload(name, inputs), target="loihi", **(CHOICE | options))


def rows() -> dict[str, Published]:
    """The published figures by network."""
    return LOIHI
