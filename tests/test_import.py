"""Importing delaycore is light: what is heavy is loaded when it is first used."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "tonic", "scipy", "numba", "matplotlib", "h5py", "sklearn", "networkx")


def loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_delaycore_loads_nothing_heavy():
    assert not loaded("import delaycore") & set(HEAVY)


def test_listing_targets_and_building_a_graph_load_no_trainer():
    code = "import delaycore as dc; dc.targets(); dc.Graph.from_arrays([[[1.0]]]).summary()"
    assert not loaded(code) & {"torch", "tonic", "scipy", "numba", "matplotlib", "h5py", "sklearn"}


def test_simulating_needs_no_torch():
    code = "import delaycore as dc; dc.engine.simulate(dc.Graph.from_arrays([[[1.0]]]), [[[1]]])"
    assert not loaded(code) & {"torch", "tonic", "matplotlib", "h5py", "sklearn"}


def test_every_public_name_is_there():
    import delaycore

    for name in delaycore.__all__:
        if name != "training":
            assert getattr(delaycore, name) is not None
    assert set(delaycore.__all__) <= set(dir(delaycore))


def test_a_name_that_is_not_there_is_an_attribute_error():
    import delaycore

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = delaycore.nothing
