"""A sound backend to break: the one that the template generates, importable but not installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from delaycore import Backend
from delaycore.template import new_backend


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Backend]]:
    folder: Path = tmp_path_factory.mktemp("sound") / "package"
    new_backend("sound", folder)
    sys.path.insert(0, str(folder))
    yield import_module("delaycore_sound").SoundBackend
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "delaycore_sound"]:
        del sys.modules[name]
