"""For the conformance suite: for each limit of the spec, a network at it and one above it, in chip units so
that nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from delaycore.conformance import ConformanceProfile, LimitCase
from delaycore.graph import LIF, Graph, Input, Integrator, Population, Projection
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.numbers import ARITHMETIC

__all__ = ["PROFILE"]


def _make_graph(populations: dict[str, Population], projections: Sequence[Projection] = ()) -> Graph:
    return Graph(1e-3, populations, projections, arithmetic=ARITHMETIC)


def _make_lif(size: int = 1, **options: Any) -> LIF:
    return LIF(size, **{"retain": 0.5, "threshold": 6400.0} | options)


def _make_synapses(
    source: str, target: str, pre: Any, weight: float = 64.0, delay: Any = 1, name: str = ""
) -> Projection:
    pre = np.atleast_1d(pre)
    return Projection(
        source,
        target,
        pre,
        np.zeros(len(pre), int),
        np.full(len(pre), weight),
        np.broadcast_to(delay, len(pre)),
        name,
    )


def _make_delayed(delay: int, neurons: int = 1) -> Graph:
    return _make_graph(
        {"in": Input(1), "h": _make_lif(neurons)}, [_make_synapses("in", "h", [0, 0], delay=[1, delay])]
    )


def _make_listening(inputs: int, per_input: int = 1, more: int = 0) -> Graph:
    """One neuron with ``per_input`` synapses from each input, and ``more`` from the first."""
    pre = np.concatenate([np.repeat(np.arange(inputs), per_input), np.zeros(more, int)])
    delay = np.concatenate([np.tile(np.arange(per_input), inputs) + 41, np.full(more, 62)])
    return _make_graph({"in": Input(inputs), "h": _make_lif()}, [_make_synapses("in", "h", pre, delay=delay)])


def _make_projecting(neurons: int) -> Graph:
    """Neurons that each project to eight others."""
    targets = {f"t{i}": _make_lif() for i in range(8)}
    return _make_graph(
        {"h": _make_lif(neurons), **targets},
        [_make_synapses("h", name, np.arange(neurons)) for name in targets],
    )


def _make_formats(number: int) -> Graph:
    """Projections with a synapse format each: 8 exponents excitatory, then inhibitory ones."""
    weights = [sign * 255 * 64.0 * 2**e for sign in (1, -1) for e in range(8)][:number]
    return _make_graph(
        {"in": Input(1), "h": _make_lif()},
        [_make_synapses("in", "h", 0, weight=w, name=f"p{i}") for i, w in enumerate(weights)],
    )


def _make_thresholds(number: int) -> Graph:
    """So many thresholds, one of them that of the read-out, which never fires."""
    return _make_graph(
        {"h": _make_lif(number - 1, threshold=64.0 * np.arange(1, number)), "out": Integrator(1, retain=0.5)}
    )


_ONE = {"cores": 1}


def _make_leaking(leaks: int) -> Graph:
    return _make_graph({"h": _make_lif(leaks, retain=np.arange(1, leaks + 1) / 4096)})


_CHIP = int(LIMITS["chip.cores"]) * int(LIMITS["core.compartments"])
_LARGEST = float(LIMITS["threshold"])
_BY_QUANTIZE = "quantize chooses mantissas and exponents that fit, and lists what they lose"

PROFILE = ConformanceProfile(
    limit_cases={
        "chip.cores": LimitCase(
            _make_graph({"h": _make_lif(_CHIP)}), _make_graph({"h": _make_lif(_CHIP + 1)})
        ),
        "core.compartments": LimitCase(
            _make_graph({"h": _make_lif(1024)}), _make_graph({"h": _make_lif(1025)}), options=_ONE
        ),
        "core.accumulators": LimitCase(
            _make_delayed(63, 128), _make_delayed(63, 129), code="core.compartments", options=_ONE
        ),
        "core.synaptic_words": LimitCase(
            _make_listening(4096, 12), _make_listening(4096, 12, more=1)
        ),  # 12 synapses fill 4 words, one more makes it 5
        "core.input_axons": LimitCase(_make_listening(4096), _make_listening(4097)),
        "core.output_axons": LimitCase(_make_projecting(512), _make_projecting(513), options=_ONE),
        "core.decay_profiles": LimitCase(_make_leaking(32), _make_leaking(33), options=_ONE),
        "core.threshold_profiles": LimitCase(_make_thresholds(8), _make_thresholds(9), options=_ONE),
        "core.synapse_formats": LimitCase(_make_formats(15), _make_formats(16)),
        "delay.range": LimitCase(_make_delayed(63), _make_delayed(64)),
        "refractory.range": LimitCase(
            _make_graph({"h": _make_lif(refractory=62)}),
            _make_graph({"h": _make_lif(refractory=63)}),
        ),
        "bias.mantissa": LimitCase(
            _make_graph({"h": _make_lif(bias=-4095.0 * 128)}),
            _make_graph({"h": _make_lif(bias=-4095.0 * 128 - 64)}),
            code="bias.range",
        ),
        "weight.exponent": LimitCase(
            _make_formats(8),
            _make_graph(
                {"in": Input(1), "h": _make_lif()}, [_make_synapses("in", "h", 0, weight=2.0**21 - 64)]
            ),
            code="weight.range",
        ),
        "threshold": LimitCase(
            _make_graph({"h": _make_lif(threshold=_LARGEST)}),
            _make_graph({"h": _make_lif(threshold=_LARGEST + 64)}),
            code="threshold.range",
        ),
    },
    unchecked={
        "delay.bits": "follows from the delay field: 2^6 - 2 = 62",
        "threshold.mantissa": "the limit threshold is this one in units",
        "bias.exponent": "the limit bias.mantissa is tried at the largest exponent",
        "weight.bits": _BY_QUANTIZE,
        "accumulator": (
            "sums may leave it only in a run, which then has the finding arithmetic.overflow; a bound is "
            "a warning before"
        ),
        "current": "likewise",
        "potential": "likewise",
        "chips": "an option; a larger number is refused with a SettingsError",
    },
)
