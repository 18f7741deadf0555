"""The chip as the core sees it: what it takes, its limits and costs, and what is not modelled."""

from __future__ import annotations

from delaycore.hardware import HardwareSpec, Reason
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.numbers import ARITHMETIC
from delaycore_loihi.tables import COSTS, SIZES

__all__ = ["HOST", "NOT_MODELLED", "SPEC"]

HOST = "a host in the loop, which made a step take 142 us on a board (arXiv 2404.10597): option timing='host'"

NOT_MODELLED = (
    HOST,
    "static power, about 104 mW a chip (Frady et al. 2020)",
    "the x86 cores: delayed start of biased populations, reset between samples, reading of potentials",
    "bringing input spikes onto the chip: their messages cost no energy, their synaptic operations do",
    "traffic jams in the mesh; messages of a step fly at once, the longest flight counts",
    "the ring buffers' own energy: it is part of a synaptic operation",
    "links between chips: a hop to the next chip is taken for one to the next tile",
    "zeros that a dense list of synapses holds between them are read for nothing",
    "learning, dendrite trees, weight exponents below 0",
)

_RANGE = int(LIMITS["delay.range"])

SPEC = HardwareSpec(
    name="loihi",
    title="Intel Loihi",
    populations=frozenset({"input", "lif", "current_lif", "integrator"}),
    resets=frozenset({"zero"}),
    hop_delay=1,
    max_delay=_RANGE,
    limits=LIMITS,
    costs=COSTS | {f"size.{name}": size for name, size in SIZES.items()},
    not_modelled=NOT_MODELLED,
    arithmetics=(ARITHMETIC,),
    reasons={
        "population.start": Reason("compartments take arrivals in every step", "use start 0"),
        "delay.range": Reason(
            remedy=f"train with shorter delays: with the largest delay level below {_RANGE + 2} steps"
        ),
    },
)
