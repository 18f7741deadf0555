"""Settings are one value, and everything that is wrong with them is said at once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from delaycore.errors import SettingsError
from delaycore.training import Settings


@pytest.mark.parametrize("name", ["demo", "speech"])
def test_the_configurations_of_the_package_are_valid(name: str) -> None:
    assert Settings.load(Path(str(resources.files("delaycore.run") / "configs" / f"{name}.toml"))).network.hidden == (48, 48)


def test_every_wrong_entry_is_named_with_its_place() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.parse({"network": {"hidden": [0], "levls": 3}, "training": {"epochs": -1, "dropout": 2}})
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    for part in ("network.hidden.0", "network.levls", "training.epochs", "training.dropout", "known entries: hidden, levels"):
        assert part in text


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(SettingsError, match="longest delay, 58 steps"):
        Settings.parse({"framing": {"steps": 50}})
    with pytest.raises(SettingsError, match=r"pruning\.keep = 15"):
        Settings.parse({"network": {"levels": 3}})


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("epochs = = 3")
    with pytest.raises(SettingsError, match="is not TOML"):
        Settings.load(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.load(tmp_path / "none.toml")
