"""For the conformance suite: for each limit of the spec, a network at it and one above it, in chip units so
that nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from delaycore.conformance import ConformanceProfile, LimitCase
from delaycore.graph import LIF, Graph, Input, Integrator, Population, Projection
from delaycore_loihi.arithmetic import ARITHMETIC
from delaycore_loihi.spec import LIMITS

__all__ = ["PROFILE"]


def _graph(populations: dict[str, Population], projections: Sequence[Projection] = ()) -> Graph:
    return Graph(1e-3, populations, projections, arithmetic=ARITHMETIC)


def _lif(size: int = 1, **options: Any) -> LIF:
    return LIF(size, **{"retain": 0.5, "threshold": 6400.0} | options)


def _synapses(
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


def _delayed(delay: int, neurons: int = 1) -> Graph:
    return _graph({"in": Input(1), "h": _lif(neurons)}, [_synapses("in", "h", [0, 0], delay=[1, delay])])


def _listening(inputs: int, per_input: int = 1, more: int = 0) -> Graph:
    """One neuron with ``per_input`` synapses from each input, and ``more`` from the first."""
    pre = np.concatenate([np.repeat(np.arange(inputs), per_input), np.zeros(more, int)])
    delay = np.concatenate([np.tile(np.arange(per_input), inputs) + 41, np.full(more, 62)])
    return _graph({"in": Input(inputs), "h": _lif()}, [_synapses("in", "h", pre, delay=delay)])


def _projecting(neurons: int) -> Graph:
    """Neurons that each project to eight others."""
    targets = {f"t{i}": _lif() for i in range(8)}
    return _graph(
        {"h": _lif(neurons), **targets}, [_synapses("h", name, np.arange(neurons)) for name in targets]
    )


def _formats(number: int) -> Graph:
    """Projections with a synapse format each: 8 exponents excitatory, then inhibitory ones."""
    weights = [sign * 255 * 64.0 * 2**e for sign in (1, -1) for e in range(8)][:number]
    return _graph(
        {"in": Input(1), "h": _lif()},
        [_synapses("in", "h", 0, weight=w, name=f"p{i}") for i, w in enumerate(weights)],
    )


def _thresholds(number: int) -> Graph:
    """So many thresholds, one of them that of the read-out, which never fires."""
    return _graph(
        {"h": _lif(number - 1, threshold=64.0 * np.arange(1, number)), "out": Integrator(1, retain=0.5)}
    )


_ONE = {"cores": 1}


def _leaking(leaks: int) -> Graph:
    return _graph({"h": _lif(leaks, retain=np.arange(1, leaks + 1) / 4096)})


_CHIP = int(LIMITS["chip.cores"]) * int(LIMITS["core.compartments"])
_LARGEST = float(LIMITS["threshold"])
_BY_QUANTIZE = "quantize chooses mantissas and exponents that fit, and lists what they lose"

PROFILE = ConformanceProfile(
    limit_cases={
        "chip.cores": LimitCase(_graph({"h": _lif(_CHIP)}), _graph({"h": _lif(_CHIP + 1)})),
        "core.compartments": LimitCase(_graph({"h": _lif(1024)}), _graph({"h": _lif(1025)}), options=_ONE),
        "core.accumulators": LimitCase(
            _delayed(63, 128), _delayed(63, 129), code="core.compartments", options=_ONE
        ),
        "core.synaptic_words": LimitCase(
            _listening(4096, 12), _listening(4096, 12, more=1)
        ),  # 12 synapses fill 4 words, one more makes it 5
        "core.input_axons": LimitCase(_listening(4096), _listening(4097)),
        "core.output_axons": LimitCase(_projecting(512), _projecting(513), options=_ONE),
        "core.decay_profiles": LimitCase(_leaking(32), _leaking(33), options=_ONE),
        "core.threshold_profiles": LimitCase(_thresholds(8), _thresholds(9), options=_ONE),
        "core.synapse_formats": LimitCase(_formats(15), _formats(16)),
        "delay.field": LimitCase(_delayed(63), _delayed(64), code="delay.range"),
        "refractory.register": LimitCase(
            _graph({"h": _lif(refractory=62)}), _graph({"h": _lif(refractory=63)}), code="refractory.range"
        ),
        "bias.mantissa": LimitCase(
            _graph({"h": _lif(bias=-4095.0 * 128)}),
            _graph({"h": _lif(bias=-4095.0 * 128 - 64)}),
            code="bias.range",
        ),
        "weight.exponent": LimitCase(
            _formats(8),
            _graph({"in": Input(1), "h": _lif()}, [_synapses("in", "h", 0, weight=2.0**21 - 64)]),
            code="weight.range",
        ),
        "threshold": LimitCase(
            _graph({"h": _lif(threshold=_LARGEST)}),
            _graph({"h": _lif(threshold=_LARGEST + 64)}),
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
