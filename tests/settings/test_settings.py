"""Settings are one value, and everything that is wrong with them is said at once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from delaycore.errors import SettingsError
from delaycore.settings import LevelDelays, Settings


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("demo", (48, 48)), ("speech", (48, 48)), ("sparse", (48, 48)), ("convolution", (32,))],
)
def test_the_configurations_of_the_package_are_valid(name: str, hidden: tuple[int, ...]) -> None:
    assert (
        Settings.load(
            Path(str(resources.files("delaycore.experiment") / "configs" / f"{name}.toml"))
        ).network.hidden
        == hidden
    )


def test_every_wrong_entry_is_named_with_its_place() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(
            {
                "network": {"hidden": [0], "levls": 3, "delays": {"mode": "levels", "strid": 2}},
                "training": {"epochs": -1, "dropout": 2},
            }
        )
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    for part in (
        "network.hidden.0",
        "network.levls",
        "network.delays.strid: is no entry of mode = 'levels'. Remedy: did you mean 'stride'?",
        "training.epochs",
        "training.dropout",
        "known entries: convolutions, hidden",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"framing": {"step": -1}},
            (
                "s: framing.step: must be a number greater than 0 or 'bins', not -1. Remedy: correct it, "
                "or leave it out for 0.01"
            ),
        ),
        (
            {"framing": {"step": 1e-7}},
            "s: framing: step = 1e-07 is less than a microsecond, in which events are timed.",
        ),
        (
            {"network": {"time_constants": 3}},
            (
                "s: network.time_constants: must be a list, not 3. Remedy: correct it, or leave it out "
                "for [0.02, 0.2]"
            ),
        ),
        (
            {"network": {"delays": {"mode": "continuous_axon", "width": [1.0]}}},
            "s: network.delays.width: has too few entries. Remedy: give the others, too",
        ),
        (
            {"training": {"epochs": 2.5}},
            "s: training.epochs: must be a whole number, not 2.5. Remedy: correct it, or leave it out for 20",
        ),
        (
            {"pruning": {"regrow": "maybe"}},
            (
                "s: pruning.regrow: must be true or false, not 'maybe'. Remedy: correct it, or leave it "
                "out for false"
            ),
        ),
        ({"budget": {"energy": 1}}, "s: budget.target: is missing. Remedy: it has no default: give it"),
        (
            {"qat": 3},
            "s: qat: must be a table, not 3. Remedy: correct it, or leave it out for the defaults",
        ),
    ],
)
def test_a_wrong_entry_is_one_problem_in_words_with_a_remedy(values: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(values, "s")
    assert [str(p) for p in caught.value.problems] == [said]


def test_a_misspelt_entry_is_told_the_nearest() -> None:
    with pytest.raises(
        SettingsError,
        match=(
            r"trainig: is no entry that exists\. Remedy: did you mean 'training'\? known entries: seed, "
            r"targets"
        ),
    ):
        Settings.parse({"trainig": {}})


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(SettingsError, match="longest delay, 58 steps"):
        Settings.parse({"framing": {"steps": 50}})
    with pytest.raises(SettingsError, match=r"pruning\.keep = 15"):
        Settings.parse({"network": {"delays": {"levels": 3}}})


def test_all_contradictions_between_entries_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(
            {"framing": {"steps": 9}, "pruning": {"keep": 31}, "network": {"hidden": [3]}},
            "s",
        )
    assert [problem.message.split(",")[0] for problem in caught.value.problems] == [
        "pruning.keep = 31 is more than network.delays.levels = 30",
        "the longest delay",
    ]


def test_delays_without_a_mode_are_levels_and_an_entry_of_another_mode_is_refused() -> None:
    assert Settings.parse({"network": {"delays": {"levels": 16}}}).network.delays == LevelDelays(levels=16)
    with pytest.raises(SettingsError, match=r"max_delay: is no entry of mode = 'levels'.*levels, stride"):
        Settings.parse({"network": {"delays": {"max_delay": 9}}})


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    for text in ("epochs = = 3", "epochs = " + "[" * 10_000):
        path.write_text(text)
        with pytest.raises(SettingsError, match="is not TOML"):
            Settings.load(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"network": {"delays": {"mode": "conv"}}},
            "network.delays.mode: must be 'levels', 'random', 'continuous_synapse' or 'continuous_axon'",
        ),
        ({"network": {"neuron": "izhikevich"}}, "'lif', 'current_lif' or 'adaptive_lif'"),
        ({"network": {"surrogate": "step"}}, "'fast_sigmoid', 'arctan'"),
        (
            {"network": {"delays": {"mode": "continuous_axon", "width": [0.5, 2.0]}}},
            "it shrinks during training",
        ),
        (
            {"network": {"delays": {"mode": "random", "levels": 4, "synapses_per_pair": 5}}},
            "5 random delays cannot be drawn",
        ),
        ({"network": {"hidden": []}}, "where there are no convolutions"),
        (
            {"network": {"convolutions": [{"maps": 2, "kernel": 3}, {"maps": 2, "krnel": 3}]}},
            "convolutions.1.krnel",
        ),
        (
            {"network": {"convolutions": [{"maps": 2, "krnel": 3}]}},
            "known entries: maps, kernel, stride, padding, delayed",
        ),
        (
            {"network": {"convolutions": [{"maps": 2, "kernel": [1, 2, 3]}]}},
            "convolutions.0.kernel: must be a whole number from 1 to 999999, or two",
        ),
        (
            {"network": {"convolutions": [{"maps": 2, "kernel": 3, "stride": 0}]}},
            "convolutions.0.stride: must be a whole number from 1 to 999999",
        ),
        (
            {"network": {"convolutions": [{"maps": 2, "kernel": [3, 5], "padding": 3}]}},
            "see nothing but padding",
        ),
        ({"pruning": {"rounds": 3, "epochs": 2}}, "without fine-tuning"),
        ({"pruning": {"regrow": True}}, "at least 2"),
        (
            {"pruning": {"regrow": True, "rounds": 2}, "network": {"delays": {"stride": 1}}},
            "finer levels to grow on",
        ),
        (
            {"pruning": {"regrow": True, "rounds": 2}, "network": {"delays": {"mode": "continuous_axon"}}},
            "finer levels to grow on",
        ),
    ],
)
def test_a_choice_that_does_not_exist_or_makes_no_sense_is_refused(
    values: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(values)
    assert words in str(caught.value)


def test_what_survives_pruning_is_what_there_was_at_most() -> None:
    assert Settings.parse({"pruning": {"keep": 6}}).survivors == 6
    assert (
        Settings.parse(
            {
                "pruning": {"keep": 6},
                "network": {"delays": {"mode": "continuous_synapse", "synapses_per_pair": 2}},
            }
        ).survivors
        == 2
    )


@pytest.mark.parametrize(
    ("network", "pruning", "prunes"),
    [
        ({"delays": {"levels": 4}}, {"keep": 2}, True),
        ({"delays": {"levels": 4}}, {"keep": 4}, False),
        ({"delays": {"levels": 4}, "fan_in": 3}, {"keep": 2}, False),
        ({"delays": {"levels": 4}, "fan_in": 3}, {"keep": 2, "mode": "axonal"}, True),
        ({"delays": {"mode": "random", "levels": 4}}, {"keep": 2}, False),
    ],
)
def test_settings_know_whether_pruning_removes_anything(
    network: dict[str, object], pruning: dict[str, object], prunes: bool
) -> None:
    assert Settings.parse({"network": network, "pruning": pruning}).prunes == prunes
