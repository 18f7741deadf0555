"""Numbers on the command line: those out of all proportion are refused with the option that has them."""

from __future__ import annotations

from pathlib import Path

import pytest

import delaycore as dc
from tests.cli.commands import call

EXTREMES = ("0", "-1", str(2**63), str(10**20), str(10**400), "1e308", "nan", "inf", "x", "")
ALLOWED = {"--density": ("0",), "--seed": ("0",)}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "model.safetensors"
    dc.Graph.from_arrays([[[1.0]]], [[[3]]]).save(path)
    return path


@pytest.mark.parametrize(
    ("option", "command"),
    [
        ("--steps", ("delay-memory", "MODEL")),
        ("--density", ("delay-memory", "MODEL")),
        ("--cores", ("check", "MODEL", "--target", "loihi")),
        ("--cores", ("check", "MODEL", "--target", "seneca")),
        ("--samples", ("simulate", "MODEL", "events.h5", "--target", "loihi")),
        ("--folds", ("run",)),
        ("--seed", ("run", "--data", "nowhere")),
        ("--seed", ("train", "--data", "nowhere")),
        ("--seeds", ("compare",)),
        ("--workers", ("compare",)),
        ("--seed", ("encode", "nowhere", "--speaker", "(a)", "--out", "x")),
        ("--timeout", ("targets",)),
        ("--timeout", ("doctor",)),
    ],
)
def test_a_number_out_of_all_proportion_is_refused(
    option: str, command: tuple[str, ...], model: Path, tmp_path: Path
) -> None:
    words = [str(model) if word == "MODEL" else word for word in command]
    for value in EXTREMES:
        if value not in ALLOWED.get(option, ()):
            said = call(*words, f"{option}={value}", code=2)
            assert option.strip("-") in said, value


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("loihi", "chips"), ("loihi", "cores_per_chip"), ("loihi", "weight_bits"), ("loihi", "seed"),
        ("loihi", "active"), ("seneca", "layers_per_core"), ("seneca", "address_bits"),
        ("seneca", "weight_bits"), ("seneca", "grouping"), ("seneca", "activity"),
    ],
)  # fmt: skip
def test_an_option_of_a_chip_out_of_all_proportion_is_refused(target: str, name: str, model: Path) -> None:
    for value in ("-1", str(2**63), str(10**20), str(10**400), "1e308", "nan", "inf"):
        said = call("check", model, "--target", target, "--option", f"{name}={value}", code=2)
        assert name in said, value
