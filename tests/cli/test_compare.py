"""The command ``compare``, and budgets on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from delaycore.datasets import SpokenDigits, write_events
from tests.cli.commands import call

TINY = (
    "[framing]\nsteps = 30\nstep = 0.02\ngroup = 4\n[network]\nhidden = [8]\n"
    "delays = { levels = 2, stride = 5 }\nleak = 'layer'\n"
    "[training]\nepochs = 1\n[pruning]\nkeep = 1\nepochs = 1\n[qat]\nepochs = 1\n"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings in files, a few of each class."""
    folder = tmp_path_factory.mktemp("words")
    for split in ("train", "valid", "test"):
        events = SpokenDigits.events(split)
        write_events(folder / f"words_{split}.h5", events.select(range(0, len(events), 7)))
    (folder / "tiny.toml").write_text(TINY)
    return folder


def test_compare_writes_a_page_and_a_picture_and_goes_on_where_it_was(data: Path, tmp_path: Path) -> None:
    sweeps = [
        "--sweep",
        "loihi:weight_bits=3",
        "--sweep",
        "seneca:stride=3",
        "--method",
        "ptq",
        "--method",
        "qat_finetune",
    ]
    asked = [
        "compare",
        "--config",
        data / "tiny.toml",
        "--data",
        data,
        *sweeps,
        "--seeds",
        1,
        "--workers",
        1,
        "--out",
        tmp_path / "c",
    ]
    points = json.loads(call(*asked, "--json"))
    assert {(p["setting"], p["method"]) for p in points} == {
        (s, m) for s in ("loihi_weight_bits_3", "seneca_stride_3") for m in ("ptq", "qat_finetune")
    }
    assert "loihi weight bits 3" in (tmp_path / "c" / "compare.md").read_text()
    assert (tmp_path / "c" / "compare.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(call(*asked, "--json")) == points


def test_compare_refuses_unknown_methods_and_chips_before_any_work(data: Path, tmp_path: Path) -> None:
    assert "guessed" in call("compare", "--method", "guessed", "--out", tmp_path / "c", code=2)
    assert "loihy" in call("compare", "--target", "loihy", "--out", tmp_path / "c", code=2)
    assert not (tmp_path / "c").exists()


def test_train_says_whether_the_budget_is_met(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "budget.toml"
    asked = ["train", config, "--data", data, "--out", tmp_path / "b"]
    budget = (
        "[budget]\ntarget = 'loihi'\noptions = { cores = 1 }\nenergy = 1.0\noperations = {}\nepochs = 1\n"
    )
    config.write_text(TINY + budget.replace("{}", "1.0"))
    said = " ".join(call(*asked, code=2).split())
    least = re.search(r"less than the ([\d.e+]+) that the input alone takes", said)
    assert least, said
    config.write_text(TINY + budget.replace("{}", str(1.01 * float(least[1]))))
    energy, operations = json.loads(call(*asked, "--json", code=1))["budget"]
    assert energy["met"] and not operations["met"] and operations["taken"] > operations["limit"]
    said = " ".join(call(*asked, code=1).split())
    assert "budget of 1 J energy: met" in said and "synaptic operations: NOT met" in said


def test_a_budget_of_an_unknown_chip_or_without_sense_is_refused(data: Path, tmp_path: Path) -> None:
    for entry, said in (
        ("target = 'loihy'", "loihy"),
        ("target = 'loihi'\nenergy = -1", "energy"),
        ("energy = 1", "budget.target"),
    ):
        (tmp_path / "bad.toml").write_text(TINY + f"[budget]\n{entry}\n")
        assert said in call("train", tmp_path / "bad.toml", "--data", data, "--out", tmp_path / "r", code=2)
    assert not (tmp_path / "r").exists()
