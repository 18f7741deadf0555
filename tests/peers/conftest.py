"""Scripts that record what peers compute.

These tests run under `make test-peers` only, where every peer is installed; a missing one is a failure.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def load_script(path: str) -> ModuleType:
    """Load a script of the repository, such as ``benchmarks/interop/x.py``, as a module."""
    file = ROOT / path
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def emulators() -> ModuleType:
    """``benchmarks/emulators/compare.py``."""
    return load_script("benchmarks/emulators/compare.py")


@pytest.fixture(scope="session")
def record_spikingjelly() -> ModuleType:
    """``benchmarks/interop/record_spikingjelly.py``."""
    return load_script("benchmarks/interop/record_spikingjelly.py")


@pytest.fixture(scope="session")
def record_nir() -> ModuleType:
    """``benchmarks/interop/record_nir.py``."""
    return load_script("benchmarks/interop/record_nir.py")
