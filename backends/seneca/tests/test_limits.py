"""Every limit at it and above it, and all violations at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from delaycore_seneca.numbers import bound_sums
from hypothesis import given, settings
from hypothesis import strategies as st

import delaycore as dc
from delaycore.conformance import live_network
from delaycore.errors import SettingsError
from delaycore.graph import fixed_point


def graph(sources: int = 3, targets: int = 2, delay: int = 1, weight: float = 0.5, **neuron: Any) -> dc.Graph:
    populations = {
        "in": dc.Input(sources),
        "h": dc.LIF(targets, **({"retain": 0.9, "threshold": 1.0} | neuron)),
    }
    return dc.Graph(1e-3, populations, [dc.Projection("in", "h", [0], [0], [weight], [delay])])


def codes(made: dc.Graph, severity: str = "error", **options: Any) -> set[str]:
    return {f.code for f in dc.check(made, target="seneca", **options).findings if f.severity == severity}


def test_of_a_modest_graph_only_the_rounding_of_sums_is_noted():
    (note,) = dc.check(graph(), target="seneca").findings
    assert (note.code, note.severity, note.place) == ("arithmetic.rounding", "note", "arithmetic")
    assert "potentials to bfloat16" in note.message and "'bfloat16'" in note.source
    assert dc.check(dc.quantize(graph(), target="seneca")[0], target="seneca").findings == ()


def test_a_sum_that_is_rounded_up_to_the_threshold_fires_which_no_loss_but_a_note_says():
    """3 + 3/2 + 3/4 ... stays below 6, until 8 significant bits hold no nearer number than 6."""
    silent = dc.CurrentLIF(1, retain=0.5, retain_current=0.0, bias=3.0, threshold=6.0)
    made = dc.Graph(1e-3, {"in": dc.Input(1), "h": silent}, [dc.Projection("in", "h", [0], [0], [1.0], [0])])
    none = np.zeros((1, 30, 1), dtype=bool)
    program = dc.map(made, target="seneca")
    assert not program.losses and str(program.losses) == "no number was altered"
    assert program.report.codes() == {"arithmetic.rounding"}
    assert not dc.reference.simulate(made, none).spikes["h"].any()
    assert dc.simulate(program, none).spikes["h"].any()


def test_delays_fill_the_counter_and_no_more():
    assert not codes(graph(delay=63))
    assert codes(graph(delay=64)) == {"delay.range"}
    assert not codes(graph(delay=127), address_bits=9)
    (finding,) = dc.check(graph(delay=64), target="seneca").errors
    assert (finding.place, finding.needed, finding.available, finding.unit) == (
        "projections['in->h'].delay",
        64,
        63,
        "steps",
    )
    assert "assumed" in finding.source and "address_bits" in finding.remedy


def test_a_delay_that_no_memory_could_hold_is_a_finding_all_the_same():
    assert codes(graph(delay=2**31 - 1)) == {"delay.range"}


def test_sources_fill_the_address_and_no_more():
    assert not codes(graph(sources=1024))
    assert codes(graph(sources=1025)) == {"event.sources"}
    assert not codes(graph(sources=1025), address_bits=11)
    assert not codes(graph(sources=1025, delay=0)), "without delays there is no queue"


def fan_in(levels: int) -> dc.Graph:
    weight = np.ones((levels, 1000, 1))
    return dc.Graph.from_arrays([weight], [np.arange(levels)])


def test_data_memory_holds_fourteen_levels_of_a_thousand_sources_and_no_more():
    assert not codes(fan_in(14))
    assert codes(fan_in(15)) == {"memory.data", "fan_in.core"}
    for finding in dc.check(fan_in(15), target="seneca").errors:
        assert finding.needed == 15 * (1000 * 8 + 1) * 16 + 2 * 8 * 16 + 202e3
        assert finding.needed > 2**21 == finding.available


def test_whole_numbers_share_the_words_of_the_data_memory():
    def full(levels: int) -> dc.Graph:
        return dc.Graph.from_arrays([np.ones((levels, 1000, 16))], [np.arange(levels)])

    for bits, levels in ((None, 7), (8, 14)):  # a row of 16 neurons takes two words of each element, or one
        chosen: dict[str, Any] = {"cores": 1, "layout": "dense"}
        chosen |= {"weight_bits": bits} if bits else {}
        assert not codes(full(levels), **chosen)
        assert codes(full(levels + 1), **chosen) & {"chip.cores", "memory.data"}


def test_a_fan_in_that_no_core_holds_is_told_from_a_population_that_can_be_cut():
    wide = dc.Graph.from_arrays([np.ones((2, 1000, 80))], [[0, 1]])
    assert codes(wide, cores=1) == {"chip.cores"} and len(dc.map(wide, target="seneca").placement.cores) == 2
    one = np.zeros((15, 1000, 20))
    one[:, :, 7] = 1.0
    heavy = dc.Graph.from_arrays([one], [np.arange(15)])
    (finding,) = (f for f in dc.check(heavy, target="seneca").errors if f.code == "fan_in.core")
    assert finding.place == "populations['out']" and "neuron 7 alone, with 15000 synapses" in finding.message
    assert "cutting" in finding.message and finding.source and finding.remedy


def test_neurons_of_a_core():
    assert len(dc.map(graph(targets=1024), target="seneca").placement.cores) == 1
    assert len(dc.map(graph(targets=1025), target="seneca").placement.cores) == 2
    assert not codes(graph(targets=64 * 1024))
    assert "neurons.core" in codes(graph(targets=64 * 1024 + 1))


def chain(layers: int) -> dc.Graph:
    one = np.ones((1, 1))
    return dc.Graph.from_arrays([one] * layers)


def test_cores_of_the_chip_and_those_asked_for():
    assert not codes(chain(64))
    assert codes(chain(65)) == {"chip.cores"}
    assert not codes(chain(65), layers_per_core=2)
    assert codes(graph(targets=1025), cores=1) == {"chip.cores"}
    assert codes(chain(3), cores=65) == {"chip.cores"}
    assert codes(chain(3), "note", cores=5) == {"cores.unused", "arithmetic.rounding"}


def test_a_queue_that_may_overrun_is_a_warning():
    made = one_delay(50)
    # 50 sources hold 81 words each, and three deviations of 40 pairs of words and a single one
    assert (
        50 * 81 * 0.47 + 3 * np.sqrt(0.47 * 0.53 * 50 * 161)
        < 2048
        < 50 * 81 * 0.475 + 3 * np.sqrt(0.475 * 0.525 * 50 * 161)
    )
    assert not codes(made, "warning", activity=0.47)
    assert codes(made, "warning", activity=0.475) == {"queue.capacity"}
    assert not codes(made, "warning", activity=0.475, delays="software")


def one_delay(sources: int) -> dc.Graph:
    into = dc.Projection(
        "in", "out", np.arange(sources), np.zeros(sources, int), np.ones(sources), np.full(sources, 40)
    )
    return dc.Graph(1e-3, {"in": dc.Input(sources), "out": dc.Integrator(1, retain=0.5)}, [into])


def test_a_queue_whose_events_must_all_stay_is_an_error_of_the_run_that_overran_it():
    def ran(sources: int, **options: Any) -> dc.Result:
        return dc.simulate(
            dc.map(one_delay(sources), target="seneca", **options), np.ones((1, 50, sources), dtype=bool)
        )

    # 51 sources hold 40 events each when the first ones end; 52 need 2,080 words before that
    assert [(f.code, f.severity, f.needed) for f in ran(51).findings] == [
        ("queue.shared", "note", 51 * 40)
    ], "words are used again"
    assert not ran(20).findings
    (finding,) = ran(52).findings
    assert (finding.code, finding.severity, finding.needed, finding.available) == (
        "queue.capacity",
        "error",
        52 * 40,
        2048,
    )
    assert (
        ran(52).cost.counts["queue stall cycles"].tolist() == [0] and not ran(52, delays="software").findings
    )
    assert not dc.simulate(dc.map(one_delay(52), target="seneca"), np.zeros((1, 50, 52), dtype=bool)).findings


def test_layers_on_one_core_share_its_queue():
    delays = np.full((50, 50), 30)
    made = dc.Graph.from_arrays([np.ones((50, 50)), np.ones((50, 50))], [delays, delays])
    assert not codes(made, "warning", activity=0.5)
    assert codes(made, "warning", activity=0.5, layers_per_core=2) == {"queue.capacity"}


@dataclass(frozen=True, eq=False)
class Strange(dc.Population):
    kind: ClassVar[str] = "strange of the seneca tests"


def test_what_the_neurons_do():
    strange = dc.Graph(
        1e-3, {"in": dc.Input(1), "h": Strange(2)}, [dc.Projection("in", "h", [0], [0], [1.0], [0])]
    )
    assert codes(strange) == {"population.kind"}
    assert not codes(graph(refractory=256))
    assert codes(graph(refractory=257)) == {"refractory.range"}
    assert codes(graph(start=1)) == {"population.start"}
    assert codes(dc.Graph(1e-3, {"in": dc.Input(1)}, [])) == {"graph.empty"}
    for refuse in (dc.map, dc.quantize):
        with pytest.raises(dc.DoesNotFit, match="strange"):
            refuse(strange, target="seneca")
    with pytest.raises(dc.DoesNotFit, match="strange"):
        dc.load_backend("seneca").quantization_scheme(strange)


def test_numbers_beyond_bfloat16():
    largest = float.fromhex("0x1.fep127")
    assert not codes(graph(weight=largest))
    assert codes(graph(weight=float.fromhex("0x1.ffp127"))) == {"number.overflow"}
    assert codes(graph(threshold=1e39)) == {"number.overflow"}
    (finding,) = dc.check(graph(threshold=1e39), target="seneca").errors
    assert (finding.place, finding.needed, finding.available) == ("populations['h'].threshold", 1e39, largest)
    assert not codes(graph(weight=2.0**-133), "warning")
    assert codes(graph(weight=2.0**-134), "warning") == {"number.underflow"}
    with pytest.raises(dc.DoesNotFit, match=r"number\.overflow"):
        dc.quantize(graph(weight=1e39), target="seneca")


def test_whole_numbers_scale_weights_into_their_range_and_say_what_is_clipped_or_becomes_0():
    assert not codes(graph(weight=1e39), weight_bits=8), "there is a scale for any weight"
    assert codes(graph(threshold=1e39), weight_bits=8) == {"number.overflow"}
    weights = np.random.default_rng(0).normal(size=(500, 1))
    made = dc.Graph.from_arrays([weights])
    assert not codes(
        made.with_(projections=[p.with_weight(np.rint(p.weight * 30)) for p in made.projections]),
        "warning",
        weight_bits=8,
    )
    assert codes(made, "warning", weight_bits=2) == {"number.saturation", "number.underflow"}
    findings = dc.check(made, target="seneca", weight_bits=2).findings
    by_code = {f.code: f for f in findings if f.severity == "warning"}
    grid = dc.load_backend("seneca").quantization_scheme(made, weight_bits=2).weights["in->out"]
    assert by_code["number.saturation"].needed == np.abs(weights[grid.overflows(weights)]).max()
    assert by_code["number.saturation"].available in (grid.maximum, -grid.minimum)
    assert by_code["number.underflow"].available == grid.step
    assert all(f.place == "projections['in->out'].weight" and f.source and f.remedy for f in by_code.values())


def integrator(weight: float, retain: float = 1.0) -> dc.Graph:
    return dc.Graph(
        1e-3,
        {"in": dc.Input(1), "out": dc.Integrator(1, retain=retain)},
        [dc.Projection("in", "out", [0], [0], [weight], [0])],
    )


def test_sums_that_could_overflow_are_a_warning_and_those_that_did_one_of_the_run():
    at, limit, above = 2.0**119 * (1 - 2.0**-8), 2.0**119, 2.0**119 * (1 + 2.0**-7)  # neighbours in bfloat16
    assert not codes(integrator(at), "warning")
    finding, note = dc.check(integrator(limit), target="seneca").by_severity
    assert note.code == "arithmetic.rounding"
    assert (finding.code, finding.severity, finding.place) == ("number.sums", "warning", "populations['out']")
    assert finding.available is not None
    assert finding.needed == 2.0**128 > finding.available
    assert not codes(integrator(above), "warning", weight_bits=8), "as a whole number it is small"
    spikes = np.ones((1, 2000, 1), dtype=bool)
    assert not dc.simulate(dc.map(integrator(at), target="seneca"), spikes).findings
    (finding,) = dc.simulate(dc.map(integrator(above), target="seneca"), spikes).findings
    assert (finding.code, finding.place, finding.needed) == ("arithmetic.overflow", "populations['out']", 1.0)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_no_sum_exceeds_its_bound(seed, whole):
    made = live_network(seed, kinds=("lif", "current_lif", "adaptive_lif"), resets=("zero", "subtract"))
    exact, _ = dc.quantize(made.graph, target="seneca", **({"weight_bits": 4} if whole else {}))
    always = np.ones_like(made.spikes)
    ran = dc.engine.simulate(exact, always, states=True)
    for name, potentials in ran.potentials.items():
        assert np.abs(potentials).max() <= bound_sums(exact, name)


def test_what_underflows_is_a_loss_too():
    _, losses = dc.quantize(graph(weight=2.0**-134), target="seneca")
    assert [(loss.what, loss.change, loss.count) for loss in losses if loss.what == "weight"] == [
        ("weight", "rounded", 1)
    ]


def test_a_graph_of_another_chip():
    integers = dc.Arithmetic(name="integers", weight=fixed_point(8), potential=fixed_point(24))
    assert codes(graph(weight=3.0).with_(arithmetic=integers)) == {"arithmetic.foreign"}
    assert not codes(graph().with_(arithmetic=dc.Arithmetic(fires=">")))
    assert not codes(graph(weight=0.5).with_(arithmetic=dc.Arithmetic.float32()))


def test_a_read_out_that_fires():
    assert codes(graph().with_(readout=dc.Readout("h", "maximum")), "warning") == {"readout.fires"}
    assert not codes(graph().with_(readout=dc.Readout("h", "spike_count")), "warning")


def test_late_sources_before_later_populations_are_noted():
    populations = {
        "in": dc.Input(1),
        "a": dc.LIF(1, retain=0.9, threshold=1.0),
        "b": dc.LIF(1, retain=0.9, threshold=1.0),
    }
    projections = [
        dc.Projection(s, t, [0], [0], [1.0], [d])
        for s, t, d in (("in", "b", 0), ("b", "a", 0), ("a", "a", 1))
    ]
    assert codes(dc.Graph(1e-3, populations, projections), "note") == {"order.sources", "arithmetic.rounding"}
    swapped = {name: populations[name] for name in ("in", "b", "a")}
    assert codes(dc.Graph(1e-3, swapped, projections), "note") == {"arithmetic.rounding"}


def test_all_violations_come_at_once():
    bad = dc.Graph(
        1e-3,
        {
            "in": dc.Input(1025),
            "h": dc.LIF(2, retain=0.9, threshold=1e39, refractory=300, start=2),
            "g": Strange(1),
        },
        [dc.Projection("in", "h", [0], [0], [1e39], [70])],
        readout=dc.Readout("h", "last"),
    )
    wanted = {
        "population.kind",
        "population.start",
        "refractory.range",
        "number.overflow",
        "delay.range",
        "event.sources",
        "readout.fires",
    }
    report = dc.check(bad, target="seneca")
    assert report.codes() == wanted
    assert sum(f.code == "number.overflow" for f in report.findings) == 2
    assert all(f.remedy and f.place for f in report.findings)
    with pytest.raises(dc.DoesNotFit) as caught:
        dc.map(bad, target="seneca")
    assert caught.value.report == report


def test_options_that_make_no_sense():
    with pytest.raises(SettingsError) as caught:
        dc.check(
            graph(),
            target="seneca",
            cores=0,
            layers_per_core=1.5,
            layout="sparse",
            address_bits=16,
            activity=2,
            speed=3,
        )
    assert len(caught.value.problems) == 6
    assert "cores, layers_per_core" in str(caught.value)
