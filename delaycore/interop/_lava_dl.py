"""A network that lava-dl exported, with SLAYER's integer neuron, as a Graph.

Layers compute in whole numbers (lava-dl 0.6, `slayer.neuron.cuba` and `slayer.neuron.dynamics`), where
``shift(x, d)`` is ``x * (4096 - d) / 4096`` without its fraction, towards zero::

    i[t] = shift(i[t-1], iDecay) + 64 * weight @ s[t]
    v[t] = shift(v[t-1], vDecay) + i[t] + 64 * bias
    fires where v[t] >= 64 * vThMant; then v[t] = 0

and an axon's delay postpones its spikes.  Releases before the one that added ``threshold_eps`` fire at the
threshold, as this has it; from then on SLAYER fires strictly above it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Arithmetic, CurrentLIF, Format, Graph, Population
from delaycore.hardware import Losses
from delaycore.interop._chain import Layer, Neurons, Synapses, build_chain
from delaycore.interop._lava_dl_file import DECAY_UNITS, DenseLayer, read_layers
from delaycore.interop._modules import Floats, read_number
from delaycore.interop._problems import ProblemList
from delaycore.interop._times import check_steps

__all__ = ["from_lava_dl"]

_UNIT = 64
"""What one unit of a weight, a bias or a threshold of the file is in a state (``s_scale / w_scale``)."""

_WHOLE = Format(family="fixed")

_SLAYER = Arithmetic(
    name="slayer",
    weight=Format(family="fixed", step=_UNIT),
    decay=Format(family="fixed", rounding="toward_zero"),
    total=_WHOLE,
    current=_WHOLE,
    potential=_WHOLE,
    additions="last",
)
"""Whole numbers without limits: SLAYER computes with 64 bits."""


def from_lava_dl(
    path: str | os.PathLike[str],
    *,
    step: float = 1e-3,
    hop_delay: int = 0,
    fires: Literal[">=", ">"] = ">=",
    statistic: str | None = None,
) -> tuple[Graph, Losses]:
    """Read a network that lava-dl exported to HDF5 (``net.export_hdf5("network.net")``): dense layers of CUBA
    neurons with axonal delays, in SLAYER's integer arithmetic.

    step:      seconds of a step, which the file does not hold.
    hop_delay: steps from a layer to the next on top of axonal delays.  SLAYER's blocks have one unless
               ``delay_shift=False``, which the file does not say; it shifts each layer's spikes as a whole.
    fires:     at the threshold, or strictly above it; the file does not say which version of SLAYER trained
               it.
    statistic: read-out of the last layer; no read-out unless given, since the file has none.

    Populations are called ``in``, ``h1``, ``h2``, ..., ``out``; weights of 0 make no synapse.  Delays of the
    last layer's axons, which lead nowhere, are in the losses as dropped.  The file holds no digest, so damage
    that leaves it readable is not noticed.  Raises `FileError` for a file that
    HDF5 cannot read, and `ForeignError` with everything that a Graph cannot say: other layers and neurons.
    """
    problems = ProblemList()
    hop = np.zeros((), np.int64)
    with problems.gather():
        hop = check_steps("hop_delay", read_number("hop_delay", hop_delay))
    if fires not in get_args(Literal[">=", ">"]):
        problems.add("fires", f"must be '>=' or '>', not {fires!r}")
    layers = read_layers(path, problems)
    _check_chain(layers, problems)
    problems.raise_any()
    read: list[tuple[str, Layer]] = []
    axons = np.zeros(layers[0].weight.shape[1], np.int64)
    for layer in layers:
        read += [(layer.place, _make_synapses(layer, axons)), (layer.place, _make_neurons(layer, fires))]
        axons = layer.delay.astype(np.int64) + hop
    graph, losses = build_chain(read, step=step, statistic=statistic, problems=problems, arithmetic=_SLAYER)
    return graph, losses + _drop_last_delays(layers[-1])


def _check_chain(layers: list[DenseLayer], problems: ProblemList) -> None:
    if not layers:
        problems.add("layer", "the file holds no dense layer", "export a network of dense layers")
    for before, layer in pairwise(layers):
        sources, channels = layer.weight.shape[1], before.weight.shape[0]
        if sources != channels:
            message = f"takes {sources} channels, but {before.place} has {channels}"
            problems.add(f"{layer.place}/weight", message, "export the network again")


def _make_synapses(layer: DenseLayer, axons: NDArray[np.int64]) -> Synapses:
    """Make the layer's synapses, which lie behind ``axons``, the delays of its sources."""
    dense = Synapses.from_matrix(_UNIT * layer.weight, _UNIT * layer.bias)
    return replace(dense, delay=axons[dense.pre])


def _make_neurons(layer: DenseLayer, fires: Literal[">=", ">"]) -> Neurons:
    def make(size: int, bias: Floats) -> Population:
        return CurrentLIF(
            size,
            retain=(DECAY_UNITS - layer.potential_decay) / DECAY_UNITS,
            threshold=_UNIT * layer.threshold,
            bias=bias,
            retain_current=(DECAY_UNITS - layer.current_decay) / DECAY_UNITS,
        )

    return Neurons(make, fires=fires)


def _drop_last_delays(layer: DenseLayer) -> Losses:
    return Losses.counted(
        "delay",
        "dropped",
        f"{layer.place}/delay",
        int(np.count_nonzero(layer.delay)),
        layer.delay.size,
        "of axons that lead nowhere: the output's spikes are those before them",
        float(layer.delay.max(initial=0)),
    )
