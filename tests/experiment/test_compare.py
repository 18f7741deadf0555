"""PTQ against QAT: what is compared, what is cached, and what the page says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore.errors import SettingsError
from delaycore.experiment import (
    METHODS,
    WEIGHT_BITS,
    ChipSetting,
    Method,
    Recordings,
    _compare,
    compare,
    list_chip_settings,
)
from delaycore.experiment._workers import map_cases
from delaycore.registry import BackendFault
from delaycore.report import Point, compute_gain, compute_mean, draw_methods, tabulate_methods
from delaycore.settings import Budget, ContinuousDelays, LevelDelays, NetworkSettings, Settings
from delaycore.training import TrainingError
from delaycore.training._checkpoint import Epoch

CHIPS = (
    ChipSetting("loihi", {"weight_bits": 8}),
    ChipSetting("loihi", {"weight_bits": 2}),
    ChipSetting("loihi", {"cores": 99}),
    ChipSetting("seneca", {}, 10),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compare")


@pytest.fixture(scope="module")
def points(small_settings: Settings, small_recordings: Recordings, folder: Path) -> tuple[Point, ...]:
    return compare(small_settings, small_recordings, folder, CHIPS, (0, 1))


def test_there_is_a_point_for_every_seed_setting_and_method(points: tuple[Point, ...]) -> None:
    assert {(p.seed, p.setting, p.method) for p in points} == {
        (s, c.name, m) for s in (0, 1) for c in CHIPS for m in METHODS
    }
    assert all(p.accuracy is not None and p.energy for p in points if "99" not in p.setting)


def test_a_setting_that_a_chip_refuses_is_a_point_that_says_why(points: tuple[Point, ...]) -> None:
    refused = [p for p in points if "99" in p.setting]
    assert refused and all(p.accuracy is None and "chip.cores" in p.note for p in refused)


def test_what_was_computed_is_not_computed_again(
    points: tuple[Point, ...], small_settings: Settings, small_recordings: Recordings, folder: Path
) -> None:
    told: list[Epoch] = []
    again = compare(
        small_settings,
        small_recordings,
        folder,
        CHIPS,
        (0, 1),
        on_epoch=lambda stage, epochs, epoch: told.append(epoch),
    )
    assert again == points and not told


def test_the_network_of_a_run_is_deployed_and_not_trained_again(
    points: tuple[Point, ...],
    small_settings: Settings,
    small_recordings: Recordings,
    folder: Path,
    tmp_path: Path,
) -> None:
    told: list[Epoch] = []
    found = compare(
        small_settings,
        small_recordings,
        tmp_path / "new",
        CHIPS[:1],
        (3, 1),
        methods=("ptq",),
        trained=folder / "seed-1",
        on_epoch=lambda stage, epochs, epoch: told.append(epoch),
    )
    assert found[1] in points and found[0] not in points
    epochs = small_settings.training.epochs + small_settings.pruning.epochs
    assert len(told) == epochs  # those of the other seed
    with pytest.raises(SettingsError, match=r"seed-1: holds no run with these settings .* seeds 0, 2"):
        compare(
            small_settings,
            small_recordings,
            tmp_path / "none",
            CHIPS[:1],
            (0, 2),
            trained=folder / "seed-1",
        )


def test_a_point_of_another_setting_is_not_taken_for_this_one(
    points: tuple[Point, ...], small_settings: Settings, small_recordings: Recordings, folder: Path
) -> None:
    reports = folder / "seed-0" / "reports"
    point = reports / "loihi_weight_bits_8_ptq.json"
    own = point.read_bytes()
    point.write_bytes((reports / "loihi_weight_bits_2_ptq.json").read_bytes())
    with pytest.raises(dc.FileError, match=rf"{point.name}: belongs to another setting.*Remedy: remove it"):
        compare(small_settings, small_recordings, folder, CHIPS[:1], (0,))
    point.write_bytes(own)


def test_few_bits_of_any_chip_are_trained_for_and_lose_nothing_more_when_they_are_deployed(
    points: tuple[Point, ...], small_settings: Settings, small_recordings: Recordings, folder: Path
) -> None:
    few = ChipSetting("seneca", {"weight_bits": 2})
    assert [
        (p.method, p.accuracy is not None)
        for p in compare(small_settings, small_recordings, folder, (few,), (0,))
    ] == [(m, True) for m in METHODS]
    for method in ("qat_finetune", "qat"):
        trained = few.chip.round(dc.load(folder / "seed-0" / "graphs" / f"{few.name}_{method}.safetensors"))
        assert all(len(np.unique(p.weight)) <= 4 for p in trained.projections)
        assert not dc.quantize(trained, "seneca", weight_bits=2)[1]


def test_the_page_has_a_line_for_every_setting_and_method(points: tuple[Point, ...]) -> None:
    page = tabulate_methods(points, "PTQ against QAT")
    assert sum(line.startswith(("| loihi", "| seneca")) for line in page.splitlines()) == len(CHIPS) * len(
        METHODS
    )
    assert "2 seeds" in page


def test_what_was_altered_is_in_every_point_and_counted_on_the_page(points: tuple[Point, ...]) -> None:
    assert all(
        "pruned" in {loss.change for loss in p.losses}
        for p in points
        if p.accuracy is not None and p.setting != "seneca_stride_10"
    )
    coarse = [p for p in points if p.setting == "seneca_stride_10" and p.method == "ptq"]
    moved = [
        loss.count for p in coarse for loss in p.losses if (loss.what, loss.change) == ("delay", "rounded")
    ]
    assert len(moved) == len(coarse) and all(moved)
    (line,) = [
        line
        for line in tabulate_methods(points, "PTQ against QAT").splitlines()
        if line.startswith("- seneca stride 10, ptq:")
    ]
    assert f"{sum(moved):,} delays rounded" in line and "weights rounded" in line


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (ChipSetting("loihi", {"weight_bits": 99}), "weight_bits.*99"),
        (ChipSetting("seneca", {"weights": "bfloat16", "weight_bits": 2}), "16 bits"),
        (ChipSetting("seneca", {}, 16), "stride 16 on seneca.*from 1 to 15 steps"),
    ],
)
def test_a_setting_without_sense_is_refused_before_any_training(
    setting: ChipSetting, says: str, small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=says):
        compare(small_settings, small_recordings, tmp_path / "c", (CHIPS[0], setting), (0,))
    assert not (tmp_path / "c").exists()


def test_a_budget_holds_for_its_chip_from_the_first_epoch_of_qat(
    small_settings: Settings, small_recordings: Recordings, points: tuple[Point, ...], tmp_path: Path
) -> None:
    free = next(p for p in points if (p.seed, p.setting, p.method) == (0, "loihi_weight_bits_8", "ptq"))
    budget = Budget(
        target="loihi", options={"cores": 1}, energy=0.7 * (free.energy or 0.0), epochs=2, weight=1.0
    )
    told: dict[str, list[Epoch]] = {}
    found = compare(
        small_settings.model_copy(update={"budget": budget}),
        small_recordings,
        tmp_path,
        (CHIPS[0], CHIPS[3]),
        (0,),
        on_epoch=lambda stage, epochs, epoch: told.setdefault(stage, []).append(epoch),
    )
    own = "loihi_cores_1_weight_bits_8"
    assert {p.setting: set(p.budget) for p in found} == {own: {"energy"}, CHIPS[3].name: set()}
    under = {stage for stage, epochs in told.items() if all("energy" in epoch.amounts for epoch in epochs)}
    assert under == {f"{own}_{stage}" for stage in ("qat_delays", "qat_pruned", "qat", "qat_finetune")}
    ptq, finetuned, qat = (
        next(p for p in found if p.setting == own and p.method == method) for method in METHODS
    )
    assert (
        ptq.budget["energy"] == pytest.approx((ptq.energy or 0.0) / (budget.energy or 1.0))
        and ptq.budget["energy"] > 1
    )
    assert qat.budget["energy"] < ptq.budget["energy"] and finetuned.budget["energy"] < ptq.budget["energy"]
    first, last = told[f"{own}_qat_delays"][0], told[f"{own}_qat"][-1]
    assert last.amounts["energy"] < first.amounts["energy"]
    page = tabulate_methods(found, "PTQ against QAT")
    assert "energy, % of its budget" in page and f"{100 * qat.budget['energy']:.1f} |" in page


def test_a_budget_that_no_training_can_keep_is_refused_before_any(
    small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    budget = Budget(target="loihi", energy=1e-12, latency=1.0)
    with pytest.raises(
        SettingsError,
        match=r"budget\.energy: = 1e-12 J is less than .* that the input alone takes on loihi_weight_bits_8",
    ):
        compare(
            small_settings.model_copy(update={"budget": budget}),
            small_recordings,
            tmp_path / "c",
            CHIPS[:1],
            (0,),
        )
    assert not (tmp_path / "c").exists()


def test_no_gain_is_shown_over_a_ptq_network_that_a_chip_refused() -> None:
    made = [point(0, "ptq", None), point(0, "qat_finetune", 0.8)]
    assert np.isnan(compute_gain(made, "chip", "qat_finetune")[0])
    assert "| chip | qat_finetune | 80.0 +- 7.8 | 10.0 | - |" in tabulate_methods(made, "PTQ against QAT")


def point(seed: int, method: str, accuracy: float | None) -> Point:
    return Point(
        target="chip",
        setting="chip",
        method=method,
        seed=seed,
        software=0.9,
        accuracy=accuracy,
        same=None,
        energy=1.0,
        latency=1.0,
        samples=100,
    )


def test_gains_are_paired_over_seeds() -> None:
    made = [point(s, "ptq", a) for s, a in enumerate((0.5, 0.7, 0.6))] + [
        point(s, "qat_finetune", a) for s, a in enumerate((0.6, 0.8, 0.7))
    ]
    mean, half = compute_gain(made, "chip", "qat_finetune")
    assert mean == pytest.approx(0.1) and half == pytest.approx(0.0, abs=1e-9)


def test_the_page_of_a_comparison_from_which_all_chips_dropped_out_says_so() -> None:
    page = tabulate_methods([], "PTQ against QAT", ["left out: chip"])
    assert page == "# PTQ against QAT\n\nNo chip was compared.\n\n- left out: chip\n"


def test_with_one_seed_the_interval_is_that_of_the_test_samples_and_the_page_says_so() -> None:
    page = tabulate_methods([point(0, "ptq", 0.5)], "PTQ against QAT")
    assert "50.0 +- 9.8" in page and "over test samples" in page  # 1.96 * sqrt(0.25 / 100)


def test_the_interval_of_a_mean_is_students() -> None:
    mean, half = compute_mean([1.0, 2.0, 3.0])
    assert mean == pytest.approx(2.0) and half == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)
    assert np.isnan(compute_mean([1.0])[1])


def test_two_processes_come_to_the_points_of_one(
    small_settings: Settings, small_recordings: Recordings, points: tuple[Point, ...], tmp_path: Path
) -> None:
    chips = CHIPS[1:4:2]
    shared = compare(small_settings, small_recordings, tmp_path, chips, (0,), methods=("ptq",), workers=2)
    names = {c.name for c in chips}
    assert shared == tuple(p for p in points if p.seed == 0 and p.setting in names and p.method == "ptq")


def test_delays_of_a_coarser_stride_are_deployed_and_trained_for(
    points: tuple[Point, ...], folder: Path
) -> None:
    graphs = folder / "seed-0" / "graphs"
    for method in ("qat_finetune", "qat"):
        for p in dc.load(graphs / f"seneca_stride_10_{method}.safetensors").projections:
            assert set(p.delay.tolist()) <= {0, 10}
    assert all(p.accuracy for p in points if p.setting == "seneca_stride_10")


def test_chips_are_compared_at_the_bits_that_they_offer_and_at_coarser_delays() -> None:
    found = list(list_chip_settings(["loihi"], NetworkSettings(delays=LevelDelays(levels=6, stride=3))))
    assert [c.options.get("weight_bits") for c in found] == [*WEIGHT_BITS, None, None]
    assert [c.stride for c in found] == [None] * len(WEIGHT_BITS) + [6, 12]
    assert [
        c.stride
        for c in list_chip_settings(["loihi"], NetworkSettings(delays=LevelDelays(levels=3, stride=3)))
    ][-1] == 6  # 12 steps are more than the longest delay


def test_settings_that_are_left_out_are_named_with_the_reason() -> None:
    told: list[str] = []
    network = NetworkSettings(delays=LevelDelays(levels=3, stride=3))
    made = [c.name for c in list_chip_settings(["seneca"], network, told.append)]
    assert told == [
        "left out: seneca_stride_12 (stride 12 on seneca must be from 1 to 6 steps, the longest delay)"
    ]
    assert "seneca_stride_6" in made and "seneca_stride_12" not in made
    assert told[0] in tabulate_methods([point(0, "ptq", 0.5)], "PTQ against QAT", told)


def test_a_chip_that_nobody_named_drops_out_where_it_fails_and_all_else_stands(
    small_settings: Settings,
    small_recordings: Recordings,
    points: tuple[Point, ...],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(target: str, call: Any, seed: int, setting: ChipSetting, *given: Any, **how: Any) -> Any:
        if (seed, setting) == (0, CHIPS[1]):
            raise BackendFault.at(target, "its simulate hangs")
        return call(seed, setting, *given)

    monkeypatch.setattr(_compare, "call_apart", answer)
    left_out: list[str] = []
    chips = (CHIPS[0], CHIPS[1], CHIPS[3])
    methods: tuple[Method, ...] = ("ptq", "qat")
    found = compare(
        small_settings,
        small_recordings,
        folder,
        (),
        (0, 1),
        volunteers=chips,
        methods=methods,
        workers=1,
        on_left_out=left_out.append,
    )
    assert left_out == ["left out from loihi_weight_bits_2 on: loihi: its simulate hangs."]
    names = ("loihi_weight_bits_8", "seneca_stride_10")
    kept = [p for p in points if p.method in methods and p.setting in names]
    assert list(found) == [p for p in kept if (p.seed, p.target) != (1, "loihi")]


@pytest.mark.thorough
def test_a_worker_that_ends_is_told_with_what_it_computed() -> None:
    with pytest.raises(TrainingError, match=r"case 3.*ended by itself.*goes on where it was"):
        map_cases(os._exit, [(3,)], 2, lambda status: f"case {status}", lambda line: None)


def test_a_network_that_does_not_fit_is_a_line_of_codes(
    small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    chips = (ChipSetting("loihi", {"cores": 99}),)
    found = compare(small_settings, small_recordings, tmp_path, chips, (0,), methods=("ptq", "qat_finetune"))
    assert all(p.accuracy is None and "chip.cores" in p.note and "\n" not in p.note for p in found)
    assert sum(
        line.startswith("| loihi") for line in tabulate_methods(found, "PTQ against QAT").splitlines()
    ) == len(found)
    assert not list((tmp_path / "seed-0" / "reports").glob("loihi*"))  # so that it is tried again
    draw_methods(tmp_path / "nothing.png", found)
    assert not (tmp_path / "nothing.png").exists()


def test_the_picture_is_drawn_with_one_seed_and_with_several(
    points: tuple[Point, ...], tmp_path: Path
) -> None:
    for name, shown in (("one", [p for p in points if p.seed == 0]), ("all", points)):
        draw_methods(tmp_path / f"{name}.png", shown)
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("method", METHODS)
def test_continuous_delays_are_moved_onto_the_stride_by_every_method(
    method: Method, small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    delays = ContinuousDelays(mode="continuous_axon", max_delay=15, synapses_per_pair=2)
    network = small_settings.network.model_copy(update={"delays": delays})
    settings = small_settings.model_copy(update={"network": network})
    setting = ChipSetting("seneca", {}, 5)
    (point,) = compare(settings, small_recordings, tmp_path, (setting,), (0,), methods=(method,))
    assert point.accuracy is not None
    if method != "ptq":
        for p in dc.load(
            tmp_path / "seed-0" / "graphs" / f"seneca_stride_5_{method}.safetensors"
        ).projections:
            assert not np.any(p.delay % 5)
