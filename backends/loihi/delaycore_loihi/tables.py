"""What events, steps and words cost: named tables of sourced constants, one of which prices a run.

``davies2018``: what was published of the design.  ``nahuku``: what was fitted to measurements of boards.
``host``: a step on a board that a host drives.

D18: Davies et al. 2018, "Loihi: a neuromorphic manycore processor with on-chip learning", IEEE Micro 38(1).
S: the Loihi description of SANA-FE 2.2.9, whose authors claim 12 % in energy and 25 % in latency.  N:
   nengo-loihi 1.1.0.
"""

from __future__ import annotations

from delaycore.hardware import Constant

__all__ = ["COSTS", "SIZES", "SYNCHRONISATION"]

_D18_2 = "Davies et al. 2018, IEEE Micro 38(1), table 2 (0.75 V, before silicon)"
_S = "SANA-FE 2.2.9, description of Loihi, fitted to Nahuku boards"
_N = "nengo-loihi 1.1.0"


def _constant(value: float, unit: str, source: str, note: str = "") -> Constant:
    return Constant(value=value, unit=unit, source=source, note=note)


def _event(
    table: str, name: str, source: str, joules: float, seconds: float, note: str = ""
) -> dict[str, Constant]:
    """Energy and time of one event."""
    energy = {f"{table}.energy.{name}": _constant(joules, "J", source, note)}
    return energy | {f"{table}.time.{name}": _constant(seconds, "s", source, note)}


SYNCHRONISATION = {
    tiles: _constant(us * 1e-6, "s", _S, f"end of a step, {tiles} tiles in use")
    for tiles, us in ((1, 0.6), (2, 1.0), (4, 1.4), (29, 1.8))
}
"""``nahuku``: by tiles in use; in between: assumed linear; beyond 29: assumed constant."""

COSTS = {
    **_event(
        "davies2018",
        "synapse",
        _D18_2,
        23.6e-12,
        3.5e-9,
        "synaptic operation: the least energy, the most time",
    ),
    **_event("davies2018", "active", _D18_2, 81e-12, 8.4e-9, "neuron update, active"),
    **_event("davies2018", "inactive", _D18_2, 52e-12, 5.3e-9, "neuron update, inactive"),
    **_event("davies2018", "message", _D18_2, 1.7e-12, 2.1e-9, "spike within a tile"),
    **_event("davies2018", "east_west", _D18_2, 3.0e-12, 4.1e-9, "hop to the next tile"),
    **_event("davies2018", "north_south", _D18_2, 4.0e-12, 6.5e-9, "hop to the next tile"),
    "davies2018.time.barrier_least": _constant(113e-9, "s", _D18_2, "end of a step, 1 tile"),
    "davies2018.time.barrier_most": _constant(
        465e-9, "s", _D18_2, "end of a step, 32 tiles; in between: assumed linear in tiles"
    ),
    **_event("nahuku", "access", _S, 51.2e-12, 6.0e-9, "every mapped neuron, every step"),
    **_event(
        "nahuku", "update", _S, 21.6e-12, 3.7e-9, "on top of the access, of a neuron that is not at rest"
    ),
    **_event("nahuku", "spike", _S, 69.3e-12, 30e-9, "on top of both, of a neuron that fires"),
    **_event("nahuku", "dense", _S, 35.5e-12, 3.8e-9, "synaptic operation in a dense list"),
    **_event("nahuku", "sparse", _S, 33.6e-12, 4.7e-9, "synaptic operation in a sparse list"),
    **_event("nahuku", "convolution", _S, 24.0e-12, 3.1e-9, "not used: no list is stored as a convolution"),
    **_event("nahuku", "message_in", _S, 0.0, 16e-9),
    **_event("nahuku", "message_out", _S, 111e-12, 5.1e-9),
    **_event(
        "nahuku", "east_west", _S, 3.0e-12, 4.1e-9, "its simple timing leaves flights out of a step's time"
    ),
    **_event(
        "nahuku", "north_south", _S, 4.2e-12, 6.5e-9, "its simple timing leaves flights out of a step's time"
    ),
    **{f"nahuku.time.synchronisation_{tiles}": constant for tiles, constant in SYNCHRONISATION.items()},
    "host.time.step": _constant(
        142e-6,
        "s",
        "arXiv 2404.10597: 9.1 ms for 64 steps of 48-48-20 and of 32-32-20",
        "a step with the host in the loop",
    ),
}

SIZES = {
    "word": _constant(64, "bit", _N),
    "block": _constant(64, "synapses", f"{_N}: a list of synapses is cut in blocks of at most 64"),
    "block.header": _constant(10, "bit", _N),
    "accumulator": _constant(
        22, "bit", "assumed: the width of the accumulator, 21 bits and sign, in every slot of the ring"
    ),
    "input_axon": _constant(
        32, "bit", "assumed: pointer to a list of synapses, its length and its format in a 32-bit word"
    ),
    "output_axon": _constant(32, "bit", "assumed: destination core and axon in a 32-bit word"),
    "state": _constant(48, "bit", "brian2-loihi 0.5.2: u and v of 24 bits each"),
    "configuration": _constant(
        32,
        "bit",
        "assumed: bias (13 + 3 bits), profile numbers, refractory count in a 32-bit word per compartment",
    ),
}
