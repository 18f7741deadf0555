"""Options: weight bits, several chips, tables and timing; each is checked, and says what it takes."""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend, Options

import delaycore as dc
from delaycore import reference
from delaycore.conformance import live_network

LOIHI = LoihiBackend()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"weight_bits": 0}, "'weight_bits': must be a number of at least 1, not 0"),
        ({"weight_bits": 9}, "'weight_bits': must be a number of at most 8, not 9"),
        ({"weight_bits": 4.0}, "'weight_bits': must be a whole number, not 4.0"),
        ({"chips": 0}, "at least 1, not 0.*leave it out for 1"),
        ({"cores_per_chip": 129}, "at most 128, not 129"),
        ({"costs": "made up"}, "'davies2018' or 'nahuku', not 'made up'"),
        ({"timing": "fast"}, "'free' or 'host', not 'fast'"),
        ({"relays": 1}, "true or false, not 1"),
        ({"active": 1.5}, "at most 1, not 1.5"),
        ({"unknown": 1}, "known options: cores, chips"),
    ],
)
def test_what_makes_no_sense_is_refused_at_every_door(options: dict[str, object], said: str) -> None:
    graph = live_network(0, samples=1).graph
    for door in (LOIHI.check, LOIHI.map, LOIHI.quantize, LOIHI.quantization_scheme):
        with pytest.raises(dc.SettingsError, match=said):
            door(graph, **options)


def test_all_wrong_options_are_named_at_once() -> None:
    with pytest.raises(dc.SettingsError) as caught:
        Options.parse({"weight_bits": 0, "chips": 0, "unknown": 1})
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("seed", range(6))
def test_fewer_weight_bits_simulate_as_their_own_reference(seed: int, bits: int) -> None:
    live = live_network(seed, loops=False)
    exact, losses = dc.quantize(live.graph, target="loihi", weight_bits=bits)
    for p in exact.projections:
        assert len(np.unique(p.weight)) <= 2**bits
    program = dc.map(live.graph, target="loihi", weight_bits=bits)
    assert program.graph == exact
    assert program.losses == losses
    assert all(program.image[key][2] == bits for key in program.image if key.endswith("/format"))
    result, truth = dc.simulate(program, live.spikes), reference.simulate(exact, live.spikes)
    assert all(np.array_equal(result.spikes[name], truth.spikes[name]) for name in truth.spikes)
    assert np.array_equal(result.states["out"], truth.potentials["out"])


def test_fewer_bits_take_less_memory_and_seven_take_as_much_as_eight() -> None:
    rng = np.random.default_rng(0)
    graph = dc.Graph.from_arrays([rng.normal(size=(60, 40))])
    words = [LOIHI.map(graph, weight_bits=bits).mapping.cores[0].synaptic_words for bits in (8, 7, 6, 4, 2)]
    assert words[0] == words[1] > words[2] > words[3] > words[4]


def test_one_bit_holds_one_sign_only() -> None:
    def weighted(*weights: float) -> dc.Graph:
        n = len(weights)
        projection = dc.Projection(
            "in", "h", pre=np.arange(n), post=np.zeros(n, int), weight=weights, delay=np.ones(n)
        )
        return dc.Graph(1e-3, {"in": dc.Input(n), "h": dc.LIF(1, retain=0.5, threshold=1.0)}, [projection])

    assert LOIHI.check(weighted(0.5, 1.0), weight_bits=1).ok
    assert LOIHI.check(weighted(-0.5, 1.0), weight_bits=2).ok
    report = LOIHI.check(weighted(-0.5, 1.0), weight_bits=1)
    (finding,) = report.errors
    assert (finding.code, finding.place, finding.needed, finding.available) == (
        "weight.bits",
        "projections['in->h'].weight",
        2,
        1,
    )
    for door in (LOIHI.map, LOIHI.quantize):
        with pytest.raises(dc.DoesNotFit):
            door(weighted(-0.5, 1.0), weight_bits=1)
    assert len(set(LOIHI.quantize(weighted(0.2, 1.0), weight_bits=1)[0].projections[0].weight)) == 2


def silent(neurons: int) -> dc.Graph:
    return dc.Graph(1e-3, {"h": dc.LIF(neurons, retain=0.5, threshold=1.0)}, [])


@pytest.mark.parametrize(("chips", "per_chip"), [(1, 2), (2, 2), (3, 128)])
def test_chips_and_their_cores_at_the_limit_and_above(chips: int, per_chip: int) -> None:
    most = chips * per_chip * 1024
    options = {"chips": chips, "cores_per_chip": per_chip}
    assert LOIHI.check(silent(most), **options).ok
    (finding,) = LOIHI.check(silent(most + 1), **options).errors
    assert (finding.code, finding.needed, finding.available) == (
        "chip.cores",
        chips * per_chip + 1,
        chips * per_chip,
    )
    assert f"chips={chips + 1}" in finding.remedy


def test_spikes_are_the_same_on_several_chips_and_hops_between_them_are_counted() -> None:
    live = live_network(5, loops=False)
    exact, _ = LOIHI.quantize(live.graph)
    truth = reference.simulate(exact, live.spikes)
    one, many = (LOIHI.map(live.graph, cores=6, **o) for o in ({}, {"chips": 6, "cores_per_chip": 1}))
    assert {load.chip for load in many.mapping.cores.values()} == set(range(6))
    results = [LOIHI.simulate(program, live.spikes) for program in (one, many)]
    for result in results:
        assert all(np.array_equal(result.spikes[name], truth.spikes[name]) for name in truth.spikes)
    near, far = (result.cost.counts["hops"].sum() for result in results)
    assert far > near > 0


@pytest.mark.parametrize("table", ["davies2018", "nahuku"])
def test_the_table_that_was_chosen_prices_the_run(table: str) -> None:
    live = live_network(5, loops=False)
    cost = LOIHI.simulate(LOIHI.map(live.graph, costs=table), live.spikes).cost
    assert cost.model == table
    assert ("spikes" in cost.energy.parts) == (table == "nahuku")
