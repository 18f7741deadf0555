"""Fake installed backends: distributions with an entry point, written into a folder on the import path."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from delaycore import _installing
from delaycore._sources import PackageIndex
from delaycore.registry import _registry as registry
from delaycore.template import render

GOOD = """
import delaycore
from delaycore.hardware import HardwareSpec

class Chip(delaycore.Backend):
    api_version = 2
    @property
    def spec(self):
        kinds = frozenset({"lif"})
        return HardwareSpec(
            name="good", title="A good chip", populations=kinds, max_delay=3, limits={}, costs={}
        )
    def plan(self, graph, options, slices=None): raise NotImplementedError
    def simulate(self, program, spikes, states=False): raise NotImplementedError

@delaycore.hookimpl
def delaycore_backend():
    return Chip()
"""


class Installer:
    """Writes distributions that look installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, target: str, source: str = GOOD, distribution: str = "", version: str = "0.3", value: str = ""
    ) -> str:
        distribution = distribution or f"delaycore-{target}"
        module = "fake_" + distribution.replace("-", "_")
        (self.folder / f"{module}.py").write_text(source)
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[delaycore.backends]\n{target} = {value or module}\n")
        registry.refresh()
        return module

    def sound(self) -> None:
        """Install the backend of the template as the target ``sound``, which works."""
        for path, text in render("sound").items():
            if path.startswith("delaycore_sound/"):
                (self.folder / path).parent.mkdir(exist_ok=True)
                (self.folder / path).write_text(text)
        self("sound", "", value="delaycore_sound")


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Only what the test installs is there: real backends are hidden, in this process and in its children."""
    from importlib import metadata

    real = metadata.distributions

    def ours(**context):
        return (dist for dist in real(**context) if Path(str(getattr(dist, "_path", ""))).parent == tmp_path)

    monkeypatch.setattr(metadata, "distributions", ours)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    registry.refresh()
    yield Installer(tmp_path)
    for name in [name for name in sys.modules if name.startswith(("fake_", "delaycore_sound"))]:
        del sys.modules[name]
    registry.refresh()


@pytest.fixture
def core_from_index(monkeypatch):
    """The core came from a package index through pip, whatever this one came from."""
    monkeypatch.setattr(_installing, "find_source", lambda name: PackageIndex())
    monkeypatch.setattr(_installing, "find_tool", lambda name: "python -m pip install")
