"""The commands, called as a user calls them: what they print, and what their exit codes mean."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore.datasets import EventSet, SpokenDigits, write_events
from tests.cli.commands import call, call_process
from tests.hdf5_files import unseal


def called(*words: object, code: int = 0) -> Any:
    return json.loads(call(*words, "--json", code=code))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    framing = dc.Framing(steps=64, step=0.01, channels=80)
    weights = [rng.normal(0.05, 0.2, (80, 16)), rng.normal(0.05, 0.2, (3, 16, 20))]
    graph = dc.Graph.from_arrays(
        weights, [0, np.array([0, 10, 20])], threshold=1.0, framing=framing, step=0.01
    )
    graph.save(folder / "model.safetensors")
    return folder / "model.safetensors"


@pytest.fixture(scope="module")
def events(folder: Path) -> Path:
    write_events(folder / "digits_test.h5", SpokenDigits.events("test").select(range(12)))
    return folder / "digits_test.h5"


@pytest.mark.parametrize(
    "command",
    ["run", "train", "check", "quantize", "map", "simulate", "targets", "doctor", "encode", "config"],
)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    assert f"Example: delaycore {command}" in " ".join(call_process(command, "--help").split())


@pytest.mark.parametrize(
    "command", ["check", "quantize", "map", "simulate", "price", "train", "conformance", "new-backend"]
)
def test_a_command_without_what_it_needs_says_how_it_is_called(command: str) -> None:
    assert "Missing argument" in call(command, code=2)


@pytest.mark.parametrize("command", ["run", "train", "compare"])
def test_every_configuration_of_the_package_is_in_the_help(command: str) -> None:
    names = sorted(path.stem for path in (Path(dc.__file__).parent / "experiment" / "configs").glob("*.toml"))
    assert "demo" in names
    assert ", ".join(names) in " ".join(call_process(command, "--help").split())


def test_a_misspelt_configuration_is_told_what_there_is_and_the_nearest(folder: Path) -> None:
    said = call_process("train", "convolutoin", "--out", folder / "misspelt", code=2)
    assert "did you mean 'convolution'? the package has convolution, demo, first, sparse, speech" in said


def test_files_that_simulate_writes_are_named(model: Path, events: Path, folder: Path) -> None:
    spikes, trace = folder / "spikes.npz", folder / "trace.json"
    said = call(
        "simulate", model, events, "-t", "seneca", "--samples", 1, "--record", spikes, "--trace", trace
    )
    written = [
        Path(line.removeprefix("written: ")) for line in said.splitlines() if line.startswith("written: ")
    ]
    assert written[:2] == [spikes, trace]
    assert all(path.is_file() for path in written)
    assert "\n1 sample on seneca, " in said
    assert "written beside it" in " ".join(call("simulate", "--help").split())


def test_labels_and_neurons_meet_by_the_names_of_classes(model: Path, events: Path, folder: Path) -> None:
    names = SpokenDigits.classes
    named = folder / "named.safetensors"
    dc.load(model).with_classes(names).save(named)
    plain = called("simulate", named, events, "-t", "seneca")
    assert plain["classes"] == list(names)
    assert plain["predicted_classes"] == [names[i] for i in plain["predictions"]]

    shuffled = folder / "shuffled" / events.name
    shuffled.parent.mkdir()
    order = np.random.default_rng(3).permutation(len(names))
    write_events(
        shuffled, SpokenDigits.events("test").select(range(12)).with_classes([names[i] for i in order])
    )
    assert called("simulate", named, shuffled, "-t", "seneca") == plain
    assert "matched by name" in call("simulate", named, shuffled, "-t", "seneca")
    assert "names no classes" in call("simulate", model, events, "-t", "seneca")


def test_events_of_others_are_simulated_with_a_word(model: Path, events: Path, folder: Path) -> None:
    foreign = folder / "foreign" / events.name
    foreign.parent.mkdir()
    foreign.write_bytes(events.read_bytes())
    unseal(foreign)
    word = "digits_test: not written by delaycore, so nothing tells whether it is whole"
    said = [call("simulate", model, path, "-t", "seneca", "--samples", 1) for path in (events, foreign)]
    assert [one.count(word) for one in said] == [0, 1]


def test_samples_of_classes_that_a_model_does_not_have_are_refused(
    model: Path, events: Path, folder: Path
) -> None:
    some = SpokenDigits.events("test").select(range(12))
    foreign = folder / "foreign_test.h5"
    write_events(foreign, replace(some, classes=tuple(f"word {i}" for i in range(20))))
    named = folder / "named.safetensors"
    dc.load(model).with_classes(SpokenDigits.classes).save(named)
    said = " ".join(call("simulate", named, foreign, "-t", "seneca", code=2).split())
    assert "12 of 12 samples are of classes that are not known here: 'word" in said

    more = folder / "more_test.h5"
    write_events(more, replace(some, classes=(*some.classes, "one more")))
    said = " ".join(call("simulate", model, more, "-t", "seneca", code=2).split())
    assert "has 21 classes, but 'out' has 20 neurons" in said
    assert called("simulate", named, more, "-t", "seneca")["accuracy"] is not None  # none of it is there


def test_targets_lists_both_chips_and_verifies_them() -> None:
    assert {"loihi", "seneca"} <= called("targets").keys()
    assert all(v["ok"] for v in called("targets", "--verify").values())
    assert "BROKEN" not in call("doctor")


def test_a_model_is_checked_quantized_mapped_and_simulated(model: Path, events: Path, folder: Path) -> None:
    for target in ("loihi", "seneca"):
        assert called("check", model, "--target", target)["ok"]
        out = folder / f"{target}.safetensors"
        assert called("quantize", model, "-t", target, "--out", out)["losses"]
        assert dc.quantize(dc.load(model), target)[0] == dc.load(out)
        program = folder / f"{target}_program.safetensors"
        assert called("map", model, "-t", target, "-o", program)["cores"] >= 1
        from_model = called("simulate", model, events, "-t", target)
        assert from_model == called("simulate", program, events, "-t", target)
        assert len(from_model["predictions"]) == 12
        assert from_model["spikes_per_sample"]["h1"] > 10
        assert from_model["cost"]["energy"]["mean"] > 0
        assert "not modelled" in call("simulate", model, events, "-t", target)


def test_a_program_names_its_chip_and_is_checked_run_and_priced_as_it_is(
    model: Path, events: Path, folder: Path
) -> None:
    program, spikes = folder / "own.safetensors", folder / "own_spikes.safetensors"
    call("map", model, "-t", "seneca", "-o", program)
    run = called("simulate", program, events, "--record", spikes)
    assert run["target"] == "seneca"
    assert called("check", program) == called("check", model, "-t", "seneca")
    priced = called("price", program, "--activity", spikes)
    assert priced["cost"]["energy"]["mean"] == pytest.approx(run["cost"]["energy"]["mean"])
    assert priced == called("price", model, "-t", "seneca", "--activity", spikes) | {
        "findings": priced["findings"]
    }
    on_grid = called("delay-memory", program, "--activity", spikes, "-t", "seneca")
    assert on_grid == called("delay-memory", model, "--activity", spikes, "-t", "seneca")
    for command in (["check", program, "-t", "loihi"], ["price", program, "-t", "loihi"]):
        assert "is a program for seneca, not loihi" in call(*command, code=2)
    assert "is placed already" in call("check", program, "-O", "weight_bits=4", code=2)
    for command in (["check", model], ["price", model], ["simulate", model, events]):
        assert "--target: is missing" in call(*command, code=2)
    assert "nothing says how" in call("price", program, code=2)
    (folder / "own.toml").write_text("steps = 4")
    assert "recorded =" in call("price", folder / "own.toml", "-t", "loihi", "--activity", spikes, code=2)


def test_simulate_ends_with_the_accuracy_below_the_mistakes_by_class(model: Path, events: Path) -> None:
    lines = call("simulate", model, events, "-t", "seneca").splitlines()
    answer = called("simulate", model, events, "-t", "seneca")
    assert lines[-1].startswith(f"accuracy {answer['accuracy']:.1%} (no interval: 1 speaker)")
    counts = np.array(answer["confusion"]["counts"])
    assert counts.sum() == 12 and counts.trace() == round(12 * answer["accuracy"])
    assert any(line.startswith("  zero: 0 of ") for line in lines) == (counts[0, 0] == 0)


def test_a_trace_that_a_chip_does_not_draw_is_refused_before_the_run(
    model: Path, events: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delaycore.deploy.simulate", lambda *_: pytest.fail("the network ran"))
    said = call("simulate", model, events, "-t", "loihi", "--trace", folder / "trace.json", code=2)
    assert "draws no trace" in said


def test_what_does_not_fit_ends_with_exit_code_1_and_every_finding(folder: Path) -> None:
    levels = [np.array([0, 500]), np.array([0, 70])]
    graph = dc.Graph.from_arrays([np.ones((2, 3, 4)), np.ones((2, 4, 2))], levels)
    graph.save(folder / "late.safetensors")
    report = called("check", folder / "late.safetensors", "-t", "loihi", code=1)
    assert not report["ok"]
    places = {f["place"] for f in report["findings"] if f["severity"] == "error"}
    assert len(places) >= 2, report["findings"]
    assert all(f["remedy"] for f in report["findings"])
    assert "does not fit" in call_process("map", folder / "late.safetensors", "-t", "loihi", code=1)


def test_bad_input_ends_with_exit_code_2_names_the_place_and_the_remedy(
    model: Path, events: Path, folder: Path
) -> None:
    assert "did you mean 'loihi'" in call("check", model, "-t", "loihy", code=2)
    assert "no such file" in call("check", folder / "none.safetensors", "-t", "loihi", code=2)
    cut = folder / "cut.safetensors"
    cut.write_bytes(model.read_bytes()[:-200])
    assert "not a whole safetensors file" in call("check", cut, "-t", "loihi", code=2)
    text = folder / "text.h5"
    text.write_text("these are no events")
    assert "text.h5" in call("simulate", model, text, "-t", "seneca", code=2)
    assert "is a program for" in _mismatch(model, events, folder)


def test_with_json_an_error_is_a_document_on_standard_output_with_every_problem(
    model: Path, folder: Path
) -> None:
    wrong = called("check", model, "-t", "loihy", code=2)
    assert wrong["error"] == "UnknownTarget" and "did you mean 'loihi'" in wrong["problems"][0]["remedy"]
    (folder / "two.toml").write_text("[training]\nepochs = 'many'\nbatch_size = 0\n")
    said = called("train", folder / "two.toml", code=2)
    places = {p["place"].rpartition(" ")[2] for p in said["problems"]}
    assert places == {"training.epochs", "training.batch_size"}, said
    far = dc.Graph.from_arrays(
        [np.ones((2, 3, 4)), np.ones((2, 4, 2))], [np.array([0, 500]), np.array([0, 70])]
    )
    far.save(folder / "far.safetensors")
    refused = called("map", folder / "far.safetensors", "-t", "loihi", code=1)
    assert (
        refused["error"] == "DoesNotFit"
        and refused["findings"]
        == called("check", folder / "far.safetensors", "-t", "loihi", code=1)["findings"]
    )


def _mismatch(model: Path, events: Path, folder: Path) -> str:
    call("map", model, "-t", "loihi", "-o", folder / "p.safetensors")
    return call("simulate", folder / "p.safetensors", events, "-t", "seneca", code=2)


def test_events_from_more_channels_than_the_model_knows_are_refused(model: Path, folder: Path) -> None:
    some = SpokenDigits.events("test").select(range(3))
    channels = some.channels.copy()
    channels[5] = 99
    wide = EventSet(some.times, channels, some.offsets, some.labels, some.speakers, some.classes, 120)
    write_events(folder / "wide.h5", wide)
    said = call("simulate", model, folder / "wide.h5", "-t", "loihi", code=2)
    assert "is 120, but 80 channels are expected" in said and "give recordings of 80 channels" in said


def test_a_model_without_framing_cannot_take_events(events: Path, folder: Path) -> None:
    dc.Graph.from_arrays([np.ones((80, 3)), np.ones((3, 2))]).save(folder / "bare.safetensors")
    assert "framing" in call("simulate", folder / "bare.safetensors", events, "-t", "loihi", code=2)


def test_a_folder_without_data_and_wrong_settings_are_refused_before_any_work(folder: Path) -> None:
    assert "no files" in call("run", "--data", folder / "nowhere", "--out", folder / "r", code=2)
    (folder / "bad.toml").write_text("[training]\nepochs = 'many'\n")
    assert "training.epochs" in call("train", folder / "bad.toml", "--out", folder / "r", code=2)
    assert "only one of them" in call("run", "--train", folder / "a.h5", "--out", folder / "r", code=2)
    assert not (folder / "r").exists()


def test_a_model_is_trained_and_then_deployed(folder: Path) -> None:
    (folder / "tiny.toml").write_text(
        "[framing]\nsteps = 32\nstep = 0.02\ngroup = 4\n"
        "[network]\nhidden = [8]\ndelays = { levels = 2, stride = 5 }\n"
        "[training]\nepochs = 1\n[pruning]\nkeep = 1\nepochs = 1\n[qat]\nepochs = 1\n"
    )
    made = json.loads(
        call_process("train", folder / "tiny.toml", "--out", folder / "first", "-t", "loihi", "--json")
    )["models"]
    assert made.keys() == {"model", "model_loihi"}
    assert "no number was altered" in call("quantize", made["model_loihi"], "-t", "loihi")
    assert called("check", made["model"], "-t", "seneca")["ok"]


def test_cores_on_a_chip_without_the_option_are_refused_with_what_there_is(model: Path) -> None:
    pytest.importorskip("delaycore_truenorth")
    said = " ".join(call("check", model, "-t", "truenorth", "--cores", 2, code=2).split())
    assert "--cores: target 'truenorth' has no option cores" in said
    assert "neurons_per_core, values" in said and "did you mean" not in said


def test_an_option_without_a_value_is_written_out_with_its_own_name(model: Path) -> None:
    said = call("check", model, "-t", "loihi", "-O", "weight_bits", code=2)
    assert "write --option weight_bits=VALUE" in said
    assert "write --option NAME=VALUE" in call("check", model, "-t", "loihi", "-O", "=3", code=2)


def test_options_that_change_no_number_are_named_by_quantize(model: Path) -> None:
    both = ["-O", "chips=2", "-O", "weight_bits=4"]
    assert called("quantize", model, "-t", "loihi", *both)["options without effect"] == ["chips"]
    assert "option chips changes nothing of this model's numbers" in call(
        "quantize", model, "-t", "loihi", *both
    )
    assert "changes nothing" not in call("quantize", model, "-t", "loihi")
