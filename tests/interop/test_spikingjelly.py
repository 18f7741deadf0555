"""SpikingJelly's own spikes, recorded by benchmarks/interop/record_spikingjelly.py, against ours in every
step.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore.interop import ForeignError, from_spikingjelly

RECORDED = np.load(Path(__file__).parent / "spikingjelly.npz")
HEADER = json.loads(RECORDED["header"].tobytes())


def recorded(network: str) -> tuple[list[Any], np.ndarray, list[np.ndarray]]:
    """Layers that look as SpikingJelly's do, the input, and the outputs that SpikingJelly computed."""
    layers = []
    for i, row in enumerate(HEADER["networks"][network]):
        cls = type(row["name"], (), {"__module__": row["module"]})
        layer = cls()
        layer.bias, layer.surrogate_function = None, SimpleNamespace(spiking=True)
        for name, value in row["numbers"].items():
            setattr(layer, name, value)
        for name in row["arrays"]:
            setattr(layer, name, RECORDED[f"{network}/{i}/{name}"])
        layers.append(layer)
    shape = HEADER["samples"], HEADER["steps"], HEADER["inputs"]
    spikes = (
        np.unpackbits(RECORDED[f"{network}/spikes"], count=int(np.prod(shape))).reshape(shape).astype(bool)
    )
    outputs = [
        RECORDED[f"{network}/output{i}"]
        for i in range(sum("Node" in row["name"] for row in HEADER["networks"][network]))
    ]
    return layers, spikes, outputs


@pytest.mark.parametrize("network", ["lif", "soft", "shifted"])
def test_spikes_are_those_of_spikingjelly(network, same_spikes):
    layers, spikes, (hidden, out) = recorded(network)
    graph, losses = from_spikingjelly(layers)
    assert not losses
    same_spikes(graph, spikes, {"h1": hidden, "out": out})


def test_a_readout_that_never_fires_has_spikingjellys_potentials(same_spikes):
    layers, spikes, (hidden, out) = recorded("readout")
    graph, losses = from_spikingjelly(layers, statistic="last")
    assert not losses and graph.readout == dc.Readout("out", "last")
    same_spikes(graph, spikes, {"h1": hidden})
    potential = dc.reference.simulate(graph, spikes).potentials["out"]
    np.testing.assert_allclose(potential, out, rtol=0, atol=1e-12)
    assert np.abs(out).max() > 0.1


def test_delays_before_and_after_the_weights_add_up():
    layers, _, _ = recorded("lif")
    graph, _ = from_spikingjelly(layers)
    assert [(p.smallest_delay, p.largest_delay) for p in graph.projections] == [(2, 2), (6, 6)]


def test_a_delay_off_by_one_is_noticed(same_spikes):
    layers, spikes, (hidden, out) = recorded("lif")
    layers[3].delay_steps += 1
    graph, _ = from_spikingjelly(layers)
    with pytest.raises(AssertionError, match="out"):
        same_spikes(graph, spikes, {"h1": hidden, "out": out})


def test_a_threshold_that_is_only_reached_makes_a_spike():
    layers, _, _ = recorded("readout")
    layers[0].weight, layers[0].bias, layers[1].v_threshold = np.full((1, 1), 0.5), None, 1.0
    graph, _ = from_spikingjelly(layers[:2])
    spikes = np.array([[[1], [1], [1]]], dtype=bool)  # u = 0.5, 1 and a spike, 0.5
    assert dc.reference.simulate(graph, spikes).spikes["out"].ravel().tolist() == [False, True, False]


def test_a_node_decodes_to_a_readout():
    layers, _, _ = recorded("readout")
    layers[-1].decode = "mean-mem"
    assert from_spikingjelly(layers)[0].readout == dc.Readout("out", "mean")
    layers[-1].decode = "max-abs-mem"
    with pytest.raises(ForeignError, match=r"layers\[4\].*max-abs-mem"):
        from_spikingjelly(layers)


def test_what_no_graph_can_say_is_refused_by_place():
    layers, _, _ = recorded("lif")
    layers[2].surrogate_function.spiking = False
    with pytest.raises(ForeignError, match=r"layers\[2\].*no spikes"):
        from_spikingjelly(layers)
    unknown = type("QIFNode", (), {"__module__": "spikingjelly.activation_based.neuron.nonlinear_if"})()
    with pytest.raises(ForeignError, match=r"layers\[1\].*spikingjelly.QIFNode"):
        from_spikingjelly([layers[0], unknown])


def test_layers_in_an_order_that_makes_no_network_are_refused():
    layers, _, _ = recorded("soft")
    wrong = {
        "without weights": layers[1:],
        "another weighted layer": [layers[0], layers[3]],
        "takes 12 channels": layers[:2] * 2,
        "no weighted": [],
    }
    wrong["end in a delay"] = layers[:3]
    for message, given in wrong.items():
        with pytest.raises(ForeignError, match=message):
            from_spikingjelly(given)
    with pytest.raises(ForeignError, match="does not say in which order"):
        from_spikingjelly(layers[0])


def test_the_example_in_the_documentation_gives_the_recorded_spikes(monkeypatch):
    """The page's code runs on stand-ins that take the recorded network's weights and check that they are
    asked for that network.
    """
    layers, spikes, (_, out) = recorded("lif")
    waiting = iter(layers)

    def stand_in(name: str):
        def make(*sizes: int, **numbers: Any) -> Any:
            layer = next(waiting)
            assert type(layer).__name__ == name
            assert {key: getattr(layer, key) for key in numbers if key != "bias"} == {
                k: v for k, v in numbers.items() if k != "bias"
            }
            assert name != "Delay" or sizes == (layer.delay_steps,)
            assert name != "Linear" or (
                sizes[::-1] == layer.weight.shape and numbers.get("bias", True) == (layer.bias is not None)
            )
            return layer

        return make

    package: Any = ModuleType("spikingjelly.activation_based")
    package.layer = SimpleNamespace(Delay=stand_in("Delay"), Linear=stand_in("Linear"))
    package.neuron = SimpleNamespace(LIFNode=stand_in("LIFNode"))
    monkeypatch.setitem(sys.modules, "spikingjelly", ModuleType("spikingjelly"))
    monkeypatch.setitem(sys.modules, "spikingjelly.activation_based", package)
    page = (Path(__file__).parents[2] / "docs" / "interop.md").read_text()
    (code,) = [
        block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "from spikingjelly" in block
    ]
    names: dict[str, Any] = {"dc": dc, "spikes": spikes}
    exec(code, names)
    assert np.array_equal(names["result"].spikes["out"], out)
