"""Every limit: a network at the limit passes, one above it fails, and the finding says what, where, how much
and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from delaycore_loihi import ARITHMETIC, LoihiBackend
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore.graph import Format

LOIHI = LoihiBackend()


def synapses(
    source: str, target: str, pre: Any, post: Any = 0, weight: Any = 64.0, delay: Any = 1, name: str = ""
) -> dc.Projection:
    pre = np.atleast_1d(pre)
    post, weight, delay = (np.broadcast_to(x, pre.shape) for x in (post, weight, delay))
    return dc.Projection(source, target, pre, post, weight, delay, name)


def network(populations: dict[str, dc.Population], projections: Sequence[dc.Projection] = ()) -> dc.Graph:
    """A network in chip units, so that nothing is rounded."""
    return dc.Graph(1e-3, populations, projections, arithmetic=ARITHMETIC)


def lif(size: int, **options: Any) -> dc.LIF:
    return dc.LIF(size, **{"retain": 0.5, "threshold": 6400.0} | options)


def delayed(delay: int, neurons: int = 1) -> dc.Graph:
    return network({"in": dc.Input(1), "h": lif(neurons)}, [synapses("in", "h", [0, 0], delay=[1, delay])])


def looped(*delays: int) -> dc.Graph:
    names = [f"h{i}" for i in range(len(delays))]
    loop = [synapses(a, b, 0, delay=d) for a, b, d in zip(names, (*names[1:], names[0]), delays, strict=True)]
    return network({name: lif(1) for name in names}, loop)


def listening(inputs: int, per_input: int = 1, more: int = 0) -> dc.Graph:
    """One neuron with ``per_input`` synapses from each input, and ``more`` from the first."""
    pre = np.concatenate([np.repeat(np.arange(inputs), per_input), np.zeros(more, int)])
    delay = np.concatenate([np.tile(np.arange(per_input), inputs) + 41, np.full(more, 62)])
    return network({"in": dc.Input(inputs), "h": lif(1)}, [synapses("in", "h", pre, delay=delay)])


def projecting(neurons: int) -> dc.Graph:
    """Neurons that each project to eight other neurons; half of the network's input axons come from each
    side.
    """
    targets = {f"t{i}": lif(1) for i in range(8)}
    return network(
        {"h": lif(neurons), **targets}, [synapses("h", name, np.arange(neurons)) for name in targets]
    )


def formats(number: int) -> dc.Graph:
    """Projections with a synapse format each: 8 exponents excitatory, then inhibitory ones."""
    weights = [sign * 255 * 64.0 * 2**e for sign in (1, -1) for e in range(8)][:number]
    projections = [synapses("in", "h", 0, weight=w, name=f"p{i}") for i, w in enumerate(weights)]
    return network({"in": dc.Input(1), "h": lif(1)}, projections)


CASES = {
    # code: (at the limit, above it, options)
    "delay.range": (delayed(63), delayed(64), {}),
    "delay.loop": (looped(1, 1, 1), looped(1, 0, 1), {}),
    "refractory.range": (network({"h": lif(1, refractory=62)}), network({"h": lif(1, refractory=63)}), {}),
    "threshold.range": (
        dc.Graph(1e-3, {"h": lif(1, threshold=1e-9)}, []),
        dc.Graph(1e-3, {"h": lif(1, threshold=0.0)}, []),
        {},
    ),
    "weight.range": (
        formats(8),
        network({"in": dc.Input(1), "h": lif(1)}, [synapses("in", "h", 0, weight=2.0**21 - 64)]),
        {},
    ),
    "bias.range": (
        network({"h": lif(1, bias=-4095.0 * 128)}),
        network({"h": lif(1, bias=-4095.0 * 128 - 64)}),
        {},
    ),
    "core.compartments": (network({"h": lif(1024)}), network({"h": lif(1025)}), {"cores": 1}),
    "core.input_axons": (listening(4096), listening(4097), {}),
    # 12 synapses of 8 + 6 + 6 bits and a header of 10 bits fill 4 words; one more makes it 5
    "core.synaptic_words": (listening(4096, 12), listening(4096, 12, more=1), {}),
    "core.output_axons": (projecting(512), projecting(513), {"cores": 1}),
    "core.decay_profiles": (
        network({"h": lif(32, retain=np.arange(1, 33) / 4096)}),
        network({"h": lif(33, retain=np.arange(1, 34) / 4096)}),
        {"cores": 1},
    ),
    "core.threshold_profiles": (
        network({"h": lif(7, threshold=64.0 * np.arange(1, 8)), "out": dc.Integrator(1, retain=0.5)}),
        network({"h": lif(8, threshold=64.0 * np.arange(1, 9)), "out": dc.Integrator(1, retain=0.5)}),
        {"cores": 1},
    ),
    "core.synapse_formats": (formats(15), formats(16), {}),
    "chip.cores": (network({"h": lif(128 * 1024)}), network({"h": lif(128 * 1024 + 1)}), {}),
    "population.start": (network({"h": lif(1, start=0)}), network({"h": lif(1, start=1)}), {}),
}


@pytest.mark.parametrize("code", CASES)
def test_at_the_limit_passes_and_above_it_fails(code: str) -> None:
    at, above, options = CASES[code]
    report = LOIHI.check(at, **options)
    assert report.ok, str(report)
    broken = LOIHI.check(above, **options)
    assert code in {f.code for f in broken.errors}, str(broken)
    for finding in broken.errors:
        assert finding.source
        assert finding.remedy
        assert finding.place
        if finding.needed is not None and finding.code not in ("threshold.range", "delay.loop"):
            assert finding.available is not None and finding.needed > finding.available
    with pytest.raises(dc.DoesNotFit) as caught:
        LOIHI.map(above, **options)
    assert caught.value.report == broken


@pytest.mark.parametrize(
    ("neurons", "cores", "needed", "available"),
    [(3, 4, 4, 3), (1025, 1, 2, 1), (2 * 1024 + 1, 2, 3, 2)],
)
def test_cores_that_the_option_does_not_allow_or_cannot_fill_have_the_code_that_all_chips_share(
    neurons: int, cores: int, needed: int, available: int
) -> None:
    graph = network({"h": lif(neurons)})
    (finding,) = (f for f in LOIHI.check(graph, cores=cores).errors if f.place == "chip")
    assert (finding.code, finding.needed, finding.available) == ("chip.cores", needed, available)


def test_cores_that_neither_the_option_nor_the_chips_allow_are_found_for_both() -> None:
    report = LOIHI.check(network({"h": lif(3 * 1024)}), cores=1, cores_per_chip=2)
    found = {(f.needed, f.available) for f in report.errors if f.code == "chip.cores"}
    assert found == {(3, 1), (3, 2)}


def test_a_threshold_beyond_its_register_is_found() -> None:
    largest = 131071 * 64.0
    assert LOIHI.check(network({"h": lif(1, threshold=largest)})).ok
    (finding,) = LOIHI.check(network({"h": lif(1, threshold=largest + 64)})).errors
    assert (finding.code, finding.needed, finding.available) == ("threshold.range", largest + 64, largest)


@pytest.mark.parametrize("delay", [1, 62, 63])
def test_a_delay_at_the_limit_acts_in_its_step(delay: int) -> None:
    graph = network({"in": dc.Input(1), "h": lif(1)}, [synapses("in", "h", 0, delay=delay, weight=6464.0)])
    spikes = np.zeros((1, 70, 1), dtype=bool)
    spikes[0, 3] = True
    program = LOIHI.map(graph)
    assert program.image["synapses/0/delay"].tolist() == [delay - 1]
    fired = LOIHI.simulate(program, spikes).spikes["h"]
    assert np.argwhere(fired).tolist() == [[0, 3 + delay, 0]]


@pytest.mark.parametrize(
    ("delay", "compartments"), [(7, 1024), (8, 512), (15, 512), (16, 256), (31, 256), (32, 128), (63, 128)]
)
def test_delay_bits_take_compartments_away(delay: int, compartments: int) -> None:
    assert LOIHI.check(delayed(delay, compartments), cores=1).ok
    report = LOIHI.check(delayed(delay, compartments + 1), cores=1)
    (finding,) = [f for f in report.errors if f.code == "core.compartments"]
    assert (finding.needed, finding.available) == (compartments + 1, compartments)


def test_a_finding_about_delays_gives_the_numbers() -> None:
    (finding,) = LOIHI.check(delayed(80)).errors
    assert (finding.place, finding.needed, finding.available) == ("projections['in->h'].delay", 79, 62)
    assert "64 steps" in finding.remedy


def test_paths_of_very_different_length_are_found_although_each_delay_fits() -> None:
    chain = {f"h{i}": lif(1) for i in range(4)}
    names = ["in", *chain]
    path = [synapses(a, b, 0, delay=0) for a, b in pairwise(names)]
    graph = network({"in": dc.Input(1), **chain}, [*path, synapses("in", "h3", 0, delay=60, name="detour")])
    (finding,) = LOIHI.check(graph).errors
    assert (finding.code, finding.place, finding.needed) == ("delay.range", "projections['detour'].delay", 63)
    shorter = graph.with_(projections=[*path, synapses("in", "h3", 0, delay=59, name="detour")])
    assert LOIHI.check(shorter).ok


def test_all_violations_come_at_once() -> None:
    graph = dc.Graph(
        1e-3,
        {
            "in": dc.Input(5000),
            "a": dc.AdaptiveLIF(1, retain=0.9, threshold=1.0),
            "b": dc.LIF(1, retain=0.9, threshold=1.0, reset="subtract", refractory=70),
            "c": dc.LIF(1, retain=0.9, threshold=-1.0),
        },
        [
            synapses("in", "b", np.arange(5000)),
            synapses("b", "c", [0, 0], delay=[0, 99]),
            synapses("c", "c", 0, delay=1),
        ],
        arithmetic=dc.Arithmetic.bfloat16(),
    )
    wanted = {
        "population.kind",
        "population.reset",
        "refractory.range",
        "threshold.range",
        "core.input_axons",
        "delay.range",
        "arithmetic.foreign",
    }
    assert wanted <= {f.code for f in LOIHI.check(graph).errors}


def test_numbers_of_a_foreign_arithmetic_are_sent_back_to_the_float_graph() -> None:
    graph = dc.Graph(1e-3, {"h": dc.LIF(1, retain=0.5, threshold=1.0)}, [])
    assert LOIHI.check(graph.with_(arithmetic=dc.Arithmetic.float32())).ok
    (finding,) = LOIHI.check(graph.with_(arithmetic=dc.Arithmetic.bfloat16())).errors
    assert finding.code == "arithmetic.foreign"
    assert "float graph" in finding.remedy


def test_that_firing_is_strict_is_noted_once_and_only_before_quantizing() -> None:
    graph = dc.Graph(1e-3, {"h": dc.LIF(1, retain=0.5, threshold=1.0)}, [])
    assert [f.severity for f in LOIHI.check(graph).findings if f.code == "threshold.strict"] == ["note"]
    assert not LOIHI.check(LOIHI.quantize(graph)[0]).findings


@pytest.mark.parametrize(
    "populations", [{}, {"in": dc.Input(3)}, {"out": dc.Integrator(2, retain=1.0, bias=1.0)}]
)
def test_odd_networks_are_answered_not_crashed_on(populations: dict[str, dc.Population]) -> None:
    graph = dc.Graph(1e-3, populations, [])
    assert LOIHI.check(graph).ok
    LOIHI.map(graph)


@pytest.mark.parametrize(("mantissa", "off"), [(100, 0), (-102, 0), (-101, 1), (101, 1)])
def test_weights_off_the_grid_are_rounded_counted_and_reported(mantissa: int, off: int) -> None:
    """Of mixed signs only even mantissas exist; the public emulators disagree about the others."""
    weights = [mantissa * 64.0, 64.0 * 2, -64.0 * 2]
    graph = network({"in": dc.Input(1), "h": lif(1)}, [synapses("in", "h", [0, 0, 0], weight=weights)])
    report = LOIHI.check(graph)
    assert report.ok
    found = [f for f in report.findings if f.code == "weight.grid"]
    assert [(f.severity, f.needed, f.place) for f in found] == [
        ("warning", 1.0, "projections['in->h'].weight")
    ] * off
    exact, losses = LOIHI.quantize(graph)
    assert sum(loss.count for loss in losses) == off
    assert abs(exact.projections[0].weight[0] - mantissa * 64.0) == 64.0 * off
    assert "weight.grid" not in LOIHI.check(exact).codes()


def test_thresholds_that_one_enormous_weight_rounds_to_nothing_are_an_error() -> None:
    weights = np.full((4, 3), 0.5)
    assert LOIHI.check(dc.Graph.from_arrays([weights, np.ones((3, 2))], threshold=1.0)).ok
    weights[0, 0] = 1e300
    (finding,) = LOIHI.check(dc.Graph.from_arrays([weights, np.ones((3, 2))], threshold=1.0)).errors
    assert (finding.code, finding.place) == ("threshold.range", "populations['h1'].threshold")
    assert "3 of 3 thresholds" in finding.message and "1e+300" in finding.remedy


@given(
    st.floats(1e-3, 10.0),
    st.integers(2, 200),
    st.sampled_from(["clip", "wrap"]),
    st.sampled_from([">=", ">"]),
)
def test_a_graph_in_fixed_formats_of_its_own_is_reported_whatever_they_are(
    step: float, reach: int, overflow: Any, fires: Any
) -> None:
    number = Format("fixed", step, -reach * step, (reach - 1) * step, overflow)
    own = dc.Arithmetic("own", number, number, number, number, number, fires=fires)
    weights = step * np.array([1.0, -1.0, reach - 1.0])
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(3), "h": dc.LIF(1, retain=0.5, threshold=step)},
        [dc.Projection("in", "h", [0, 1, 2], [0, 0, 0], weights, [1, 2, 3])],
        arithmetic=own,
    )
    report = LOIHI.check(graph)
    assert [f.code for f in report.errors] == ["arithmetic.foreign"]
    for door in (LOIHI.map, LOIHI.quantize):
        with pytest.raises(dc.DoesNotFit):
            door(graph)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_weight_beyond_all_exponents_is_told_the_largest_of_its_sign(sign: int) -> None:
    """Mantissa 256 at exponent 7 is 2^21, one step beyond the largest weight of the chip's arithmetic."""
    weight = sign * (2.0**21 - 64)
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(1), "h": dc.LIF(1, retain=0.5, threshold=64.0)},
        [dc.Projection("in", "h", [0], [0], [weight], [1])],
        arithmetic=ARITHMETIC,
    )
    (found,) = (f for f in LOIHI.check(graph).findings if f.code == "weight.range")
    assert found.needed == 2**21 - 64
    assert found.available == 255 * 64 * 2**7


def test_a_threshold_below_zero_is_told_in_the_graph_s_own_units() -> None:
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(1), "h": dc.LIF(1, retain=0.5, threshold=-1.5)},
        [dc.Projection("in", "h", [0], [0], [1.0], [1])],
    )
    (found,) = (f for f in LOIHI.check(graph).findings if f.code == "threshold.range")
    assert (found.needed, found.available, found.unit) == (-1.5, 0, "of the graph's own potential")
