"""Wherever a name can be misspelt, the nearest that there is comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore import nn
from delaycore._wording import find_nearest
from delaycore.datasets import SpokenDigits, find_splits, load_tonic, read_events
from delaycore.pricing import WorkloadFile
from delaycore.settings import NetworkSettings, Settings
from tests.cli.commands import call

GRAPH = dc.Graph.from_arrays([np.ones((4, 3)), np.ones((3, 2))])
SPIKES = np.ones((1, 5, 4), dtype=bool)


def simulate(**options: Any) -> None:
    dc.reference.simulate(GRAPH, SPIKES, **options)


IN_PYTHON: dict[str, tuple[Callable[[], object], str]] = {
    "a module": (lambda: dc.setings, "settings"),
    "a name of a room": (lambda: dc.report.to_markdwn, "to_markdown"),
    "a population": (lambda: GRAPH.populations["h11"], "h1"),
    "an input": (lambda: GRAPH.inputs["inn"], "in"),
    "a population with spikes": (lambda: dc.reference.simulate(GRAPH, SPIKES).spikes["hl"], "h1"),
    "an input with spikes": (lambda: dc.reference.simulate(GRAPH, {"inn": SPIKES}), "in"),
    "recorded states": (lambda: simulate(states=["outt"]), "out"),
    "the end of a projection": (
        lambda: GRAPH.with_(projections=[dc.Projection("inn", "h1", [0], [0], [1.0], [0])]),
        "in",
    ),
    "the population of a read-out": (lambda: GRAPH.with_(readout=dc.Readout("ot")), "out"),
    "the statistic of a read-out": (lambda: GRAPH.with_(readout=dc.Readout("out", "maximun")), "maximum"),
    "a parameter of a format": (lambda: dc.Format(famly="fixed"), "family"),  # type: ignore[call-arg]
    "a family of numbers": (lambda: dc.Format("flot32"), "float32"),  # type: ignore[arg-type]
    "a target": (lambda: dc.check(GRAPH, "lohi"), "loihi"),
    "an option of a chip": (lambda: dc.map(GRAPH, "loihi", weight_bit=4), "weight_bits"),
    "a choice of an option": (lambda: dc.map(GRAPH, "loihi", costs="nahku"), "nahuku"),
    "a limit of a chip": (lambda: dc.load_backend("loihi").spec.limit("chip.core"), "chip.cores"),
    "a limit by its name": (lambda: dc.load_backend("loihi").spec.limits["chip.core"], "chip.cores"),
    "a section": (lambda: Settings.parse({"trainig": {}}), "training"),
    "an entry": (lambda: Settings.parse({"training": {"epoch": 3}}), "epochs"),
    "a choice": (lambda: Settings.parse({"network": {"neuron": "currentlif"}}), "current_lif"),
    "a mode": (lambda: Settings.parse({"network": {"delays": {"mode": "level"}}}), "levels"),
    "an argument": (lambda: NetworkSettings(hiden=[3]), "hidden"),  # type: ignore[call-arg]
    "a layer of a workload": (
        lambda: WorkloadFile.parse(
            {
                "steps": 3,
                "layers": [{"name": "input", "size": 2}],
                "projections": [{"source": "inptu", "target": "x"}],
            }
        ),
        "input",
    ),
    "a split": (lambda: SpokenDigits("trian"), "train"),
    "a data set": (lambda: load_tonic("SHDD", "data"), "SHD"),
    "a surrogate": (lambda: nn.functional.Surrogate("gausian"), "gaussian"),
    "an interpolation": (lambda: nn.DCLSLinear(2, 2, max_delay=3, interpolation="triangel"), "triangle"),
    "a trained parameter": (lambda: nn.LIF(2, retain=0.9, learn=("retian",)), "retain"),
    "an assigned parameter": (lambda: nn.LIF(2, retain=0.9).assign(thresold=1.0), "threshold"),
    "a kind of a loss": (
        lambda: dc.Loss(what="weigth", change="rounded", place="p", count=1, of=1),  # type: ignore[arg-type]
        "weight",
    ),
}


@pytest.mark.parametrize("place", IN_PYTHON)
def test_a_misspelt_name_is_met_with_the_nearest(place: str) -> None:
    try_it, meant = IN_PYTHON[place]
    with pytest.raises((dc.DelaycoreError, AttributeError), match=f"did you mean '{meant}'"):
        try_it()


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("chek",), "check"),
        (("delay_memory",), "delay-memory"),
        (("--versoin",), "--version"),
        (("check", "model", "--targt", "loihi"), "--target"),
        (("config", "speach"), "speech"),
        (("train", "dmeo"), "demo"),
        (("options", "lohi"), "loihi"),
        (("conformance", "loihi", "--check", "delys"), "delays"),
        (("compare", "--method", "pqt"), "ptq"),
        (("compare", "--sweep", "loihi:strid=3"), "stride"),
        (("run", "--tonic", "NMIST"), "NMNIST"),
    ],
    ids=" ".join,
)
def test_a_misspelt_word_of_a_command_is_met_with_the_nearest(words: tuple[str, ...], meant: str) -> None:
    assert f"did you mean '{meant}'?" in " ".join(call(*words, code=2).split())


def test_a_misspelt_file_is_met_with_the_nearest_in_its_folder(tmp_path: Path) -> None:
    GRAPH.save(tmp_path / "model.safetensors")
    (tmp_path / "words_test.h5").write_bytes(b"")
    (tmp_path / "mine.toml").write_text("")
    near: list[tuple[Callable[[Path], object], str, str]] = [
        (dc.load, "modle.safetensors", "model.safetensors"),
        (read_events, "word_test.h5", "words_test.h5"),
        (Settings.load, "mien.toml", "mine.toml"),
    ]
    for read, wrong, right in near:
        with pytest.raises(dc.DelaycoreError) as caught:
            read(tmp_path / wrong)
        assert f"did you mean {str(tmp_path / right)!r}?" in str(caught.value)
    with pytest.raises(dc.FileError) as caught:
        dc.load(tmp_path.parent / f"{tmp_path.name}x" / "model.safetensors")
    assert f"did you mean {str(tmp_path)!r}?" in str(caught.value)


def test_a_file_whose_name_nearly_ends_with_a_missing_split_is_named(tmp_path: Path) -> None:
    """Else the speakers of the validation file would be held out of the training file in silence."""
    for name in ("w_train.h5", "w_test.h5", "w_valdi.h5", "other_valdi.h5"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(dc.DataError) as caught:
        find_splits(tmp_path)
    (problem,) = caught.value.problems
    assert problem.place == str(tmp_path / "w_valdi.h5") and "did you mean w_valid.h5?" in problem.remedy
    (tmp_path / "w_valid.h5").write_bytes(b"")
    assert find_splits(tmp_path).keys() == {"train", "valid", "test"}
    with pytest.raises(dc.DataError, match=f"did you mean '{tmp_path / 'w'}'"):
        find_splits(tmp_path / "ww")


def test_two_targets_and_their_options_are_refused_at_once() -> None:
    budget = {"target": "loihi", "options": {"weight_bits": 99, "cors": 1}}
    settings = Settings.parse({"targets": ["lohi", "senca"], "budget": budget})
    with pytest.raises(dc.DelaycoreError) as caught:
        dc.deploy.require_chips(settings.chips.values())
    assert [p.place for p in caught.value.problems] == [
        "target 'lohi'",
        "target 'senca'",
        "option 'weight_bits' of loihi",
        "option 'cors' of loihi",
    ]


@pytest.mark.parametrize(
    ("name", "known", "nearest"),
    [
        ("h1", ("h11", "h1"), "h1"),
        ("pqt", ("qat", "ptq"), "ptq"),
        ("hl", ("in", "h1", "out"), "h1"),
        ("Delay_Memory", ("delays", "delay-memory"), "delay-memory"),
        ("xyzzy", ("in", "h1", "out"), None),
        (3, ("in", "h1", "out"), None),
        ("in", (), None),
    ],
)
def test_the_nearest_name_is_near(name: object, known: tuple[str, ...], nearest: str | None) -> None:
    assert find_nearest(name, known) == nearest
