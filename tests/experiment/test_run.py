"""The main job, small: what it makes, that it goes on where it was, and that it refuses what it cannot
do.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import delaycore as dc
from delaycore.experiment import (
    Outcome,
    Recordings,
    Stage,
    TrainedNetwork,
    Trainer,
    Volunteers,
    _run,
    _volunteers,
    evaluate_on_chip,
    run,
)
from delaycore.experiment._evaluation import Deployed
from delaycore.registry import BackendFault
from delaycore.settings import Settings
from delaycore.training._checkpoint import Epoch


@pytest.fixture(scope="session")
def outcome(
    small_settings: Settings, small_recordings: Recordings, tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    return run(small_settings, small_recordings, tmp_path_factory.mktemp("runs") / "small")


def test_there_is_a_row_for_every_control_and_every_chip(outcome: Outcome) -> None:
    assert [r.name for r in outcome.rows] == [
        "counts",
        "no_delays",
        "no_delays_wide",
        "random_delays",
        "delays",
        "pruned",
        "loihi",
        "seneca",
    ]
    for row in outcome.rows:
        assert row.accuracy is not None and row.interval is not None
        assert row.interval[0] <= row.accuracy <= row.interval[1]
    for row in outcome.rows[-2:]:
        assert row.energy and row.latency and row.memory and row.delay_memory and row.same is not None


def test_the_controls_have_the_synapses_that_their_names_say(outcome: Outcome) -> None:
    rows = {r.name: r.synapses or 0 for r in outcome.rows}
    assert rows["random_delays"] == rows["pruned"] < rows["delays"]
    assert rows["pruned"] <= rows["no_delays_wide"] < 1.2 * rows["pruned"]


def test_the_chips_make_the_spikes_of_their_quantized_reference(outcome: Outcome) -> None:
    for target, result in outcome.results.items():
        figures = json.loads((outcome.out / "reports" / f"{target}.json").read_text())["content"]
        assert figures["spikes_as_reference"] and figures["predictions_as_reference"] == len(
            result.predictions
        )
        truth = dc.reference.simulate(result.program.graph, result.spikes["in"][:2])
        for name, spikes in truth.spikes.items():
            assert (spikes == result.spikes[name][:2]).all()
        assert truth.spikes["h1"].any()


def test_fine_tuned_on_the_grid_a_network_loses_nothing_more(outcome: Outcome) -> None:
    for result in outcome.results.values():
        assert not [loss for loss in result.program.losses if loss.what == "weight"], result.program.losses


def test_the_folder_holds_graphs_programs_reports_table_and_plots(outcome: Outcome) -> None:
    for name in ("table.md", "table.json", "settings.json", "reports/data.json", "reports/loihi_fit.json"):
        assert (outcome.out / name).stat().st_size > 0
    for name in ("raster", "delays", "costs", "accuracy"):
        assert (outcome.out / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert dc.load(outcome.out / "graphs" / "pruned.safetensors").framing is not None
    assert dc.load_program(outcome.out / "programs" / "seneca.safetensors").target == "seneca"
    assert not list(outcome.out.rglob("*.part"))


def test_what_was_lost_and_what_is_not_modelled_stands_under_the_table(outcome: Outcome) -> None:
    page = (outcome.out / "table.md").read_text()
    for part in ("synapses pruned", "not modelled", "events merged", "float32 training"):
        assert part in page


def test_a_finished_run_trains_nothing_again_and_a_chip_that_nobody_named_gives_the_row_of_one_that_was(
    outcome: Outcome, small_settings: Settings, small_recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works in a process of its own; one that fails there is a remark, and everything else stands."""
    real = _volunteers.deploy_apart

    def deploy(trainer: Trainer, pruned: TrainedNetwork, target: str) -> Deployed:
        if target == "gone":
            raise BackendFault.at("gone (delaycore-gone 0.3)", "its simulate raised ValueError: no board")
        return real(trainer, pruned, target)

    monkeypatch.setattr(_run, "deploy_apart", deploy)
    (outcome.out / "costs.png").unlink()
    epochs: list[Epoch] = []
    told: list[str] = []
    again = run(
        small_settings.model_copy(update={"targets": ("loihi",)}),
        small_recordings,
        outcome.out,
        volunteers=Volunteers(("gone", "seneca"), ("left out: lost",)),
        on_epoch=lambda stage, number, epoch: epochs.append(epoch),
        on_message=told.append,
    )
    assert not epochs
    assert again.rows == outcome.rows
    assert again.results.keys() == {"loihi"} and again.dropped.keys() == {"gone"}
    line = "left out: gone (delaycore-gone 0.3): its simulate raised ValueError: no board."
    assert again.dropped["gone"] == line and line in told
    assert set(again.remarks) == {*outcome.remarks, line, "left out: lost"}
    assert line in (outcome.out / "table.md").read_text()
    assert (outcome.out / "costs.png").exists()
    assert dc.load_program(outcome.out / "programs" / "seneca.safetensors").target == "seneca"


def test_an_interrupted_run_goes_on_and_ends_the_same(
    outcome: Outcome, small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    class InterruptionError(Exception):
        pass

    def stop(stage: str, epochs: int, epoch: Epoch) -> None:
        if stage == "pruned":
            raise InterruptionError

    with pytest.raises(InterruptionError):
        run(small_settings, small_recordings, tmp_path, on_epoch=stop)
    again = run(small_settings, small_recordings, tmp_path)
    assert again.rows == outcome.rows
    for name in ("delays", "pruned", "on_loihi"):
        assert dc.load(tmp_path / "graphs" / f"{name}.safetensors") == dc.load(
            outcome.out / "graphs" / f"{name}.safetensors"
        )


def test_a_folder_of_another_run_is_refused(
    outcome: Outcome, small_settings: Settings, small_recordings: Recordings
) -> None:
    with pytest.raises(dc.SettingsError, match="other settings"):
        run(small_settings.model_copy(update={"seed": 5}), small_recordings, outcome.out)


def test_an_unknown_target_shows_before_any_training(
    small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    with pytest.raises(dc.UnknownTarget, match="loihi"):
        run(small_settings.model_copy(update={"targets": ("loihy",)}), small_recordings, tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_a_place_that_cannot_be_written_is_named(
    small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(dc.FileError, match="cannot be made a folder"):
        run(small_settings, small_recordings, tmp_path / "file" / "run")


def test_an_empty_class_is_named(small_recordings: Recordings, small_settings: Settings) -> None:
    train = small_recordings.splits["train"]
    without = train.select(train.labels != 3)
    with pytest.raises(dc.DataError, match="'three'"):
        Recordings.of(without, without, without, small_settings.framing, "no three")


def test_a_chip_that_cannot_hold_the_network_is_a_row_that_says_why(
    outcome: Outcome, small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    graph = dc.load(outcome.out / "graphs" / "pruned.safetensors")
    late = graph.with_(
        projections=[
            dc.Projection(p.source, p.target, p.pre, p.post, p.weight, p.delay * 9) for p in graph.projections
        ]
    )
    deployed = evaluate_on_chip(
        "loihi",
        TrainedNetwork(Stage("on_loihi", "Intel Loihi"), late),
        small_recordings.test,
        outcome.results["loihi"].predictions,
    )
    assert deployed.result is None and not deployed.report.ok
    assert "does not fit" in deployed.row.note and deployed.remarks
    deployed.save(outcome.out)
