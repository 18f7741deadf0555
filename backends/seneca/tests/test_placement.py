"""Where the mapper puts neurons."""

from __future__ import annotations

import numpy as np
from delaycore_seneca.options import Options
from delaycore_seneca.placement import data_bits, place

import delaycore as dc


def test_the_published_network_takes_a_core_for_each_layer():
    rng = np.random.default_rng(0)
    delays = np.arange(30) * 2
    arrays = [rng.normal(size=(700, 48)), rng.normal(size=(30, 48, 48)), rng.normal(size=(30, 48, 20))]
    program = dc.map(dc.Graph.from_arrays(arrays, [0, delays, delays]), target="seneca")
    assert [(s.name, s.core) for s in program.placement.slices] == [
        ("in[0:700]", None),
        ("h1[0:48]", 0),
        ("h2[0:48]", 1),
        ("out[0:20]", 2),
    ]
    facts = program.mapping.facts["cores"]
    assert "queue words" not in facts["0"] and facts["1"]["queue words"] == facts["2"]["queue words"] == 2048
    filled = 0.18 * 48 * (2 * 59 - 1)
    assert facts["1"]["expected mean words"] == round(filled)
    assert facts["1"]["expected peak words"] == round(filled + 3 * np.sqrt(0.18 * 0.82 * 48 * (4 * 58 + 1)))
    assert facts["1"]["layouts"] == {"h1->h2[0:48]": "dense, 30 levels"}


def test_a_population_too_large_for_a_core_is_cut_into_the_fewest_even_slices():
    graph = dc.Graph.from_arrays([np.ones((1000, 250))])
    placement = place(graph, Options())
    slices = placement.of("out")
    assert [s.core for s in slices] == list(range(len(slices)))
    assert max(s.size for s in slices) - min(s.size for s in slices) <= 1
    assert all(data_bits(graph, [s], "auto") <= 2**21 for s in slices)
    fewer = -(-250 // (len(slices) - 1))
    assert data_bits(graph, [dc.hardware.Slice("out", 0, fewer, 0)], "auto") > 2**21


def test_layers_that_do_not_fit_together_stay_apart():
    graph = dc.Graph.from_arrays([np.ones((700, 100)), np.ones((100, 600)), np.ones((600, 4))])
    assert [s.core for s in place(graph, Options(layers_per_core=2)).slices] == [None, 0, 1, 1]
    small = dc.Graph.from_arrays([np.ones((7, 10)), np.ones((10, 6)), np.ones((6, 4))])
    assert [s.core for s in place(small, Options(layers_per_core=2)).slices] == [None, 0, 0, 1]


def test_more_cores_cut_the_largest_layers():
    graph = dc.Graph.from_arrays([np.ones((7, 40)), np.ones((40, 6))])
    assert [s.name for s in place(graph, Options(cores=4)).slices] == [
        "in[0:7]",
        "h1[0:13]",
        "h1[13:26]",
        "h1[26:40]",
        "out[0:6]",
    ]


def test_fewer_cores_than_layers_take_whichever_neighbours_fit_together():
    graph = dc.Graph.from_arrays([np.ones((700, 150)), np.ones((150, 60)), np.ones((60, 4))])
    assert [s.core for s in place(graph, Options(cores=2)).slices] == [None, 0, 0, 1]
    wide = dc.Graph.from_arrays([np.ones((700, 150)), np.ones((150, 200)), np.ones((200, 4))])
    assert [s.core for s in place(wide, Options(cores=2)).slices] == [None, 0, 1, 1]
