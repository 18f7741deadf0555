"""Backends are found by metadata, loaded when asked for by name, and a broken one shows only to who asks for
it.
"""

import sys
from importlib import metadata
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore import BackendError, UnknownTarget, load_backend, targets
from delaycore.registry import _registry as registry

BROKEN = {
    "raises": (
        "import nothing_of_this_name_anywhere",
        "cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_this_name_anywhere'",
    ),
    "exits": ("raise SystemExit(3)", "cannot be loaded: SystemExit: 3"),
    "syntax": ("def (", "cannot be loaded: SyntaxError"),
    "asserts": ("assert False, 'needs a licence'", "cannot be loaded: AssertionError: needs a licence"),
    "wrong": (
        "import delaycore\n@delaycore.hookimpl\ndef delaycore_backend():\n    return {'a': 'chip'}",
        "gave dict, not a delaycore.Backend",
    ),
    "hookless": ("x = 1", "has no hook delaycore_backend"),
    "misspelt": (
        "import delaycore\n@delaycore.hookimpl\ndef delaycore_bakend():\n    return 1",
        "cannot be loaded: PluginValidationError",
    ),
    "argument": (
        "import delaycore\n@delaycore.hookimpl\ndef delaycore_backend(name):\n    return 1",
        "cannot be loaded: PluginValidationError",
    ),
    "fails": (
        "import delaycore\n@delaycore.hookimpl\ndef delaycore_backend():\n    raise OSError('no board')",
        "cannot be loaded: OSError: no board",
    ),
}


def test_without_any_backend_the_error_says_how_to_get_one(install):
    assert targets() == {}
    with pytest.raises(
        UnknownTarget,
        match=r"target 'loihi': is not installed; installed targets: none.*pip install.*loihi",
    ):
        load_backend("loihi")
    with pytest.raises(UnknownTarget):
        dc.check(dc.Graph.from_arrays([np.ones((1, 1))]), target="loihi")


def test_the_hint_names_the_backends_that_the_core_s_extras_name(monkeypatch, core_from_index):
    asked = [
        "numpy>=1",
        'delaycore-first; extra == "first"',
        'delaycore-second>=2; extra == "second"',
        'torch; extra == "training"',
    ]
    monkeypatch.setattr(metadata, "requires", lambda name: asked)
    assert registry.install_hint() == "python -m pip install delaycore-first delaycore-second"

    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    assert registry.install_hint() == "install the package of one"


def test_an_unknown_name_brings_the_installed_ones_and_the_nearest(install):
    install("loihi")
    install("seneca")
    with pytest.raises(
        UnknownTarget,
        match=(
            r"installed targets: loihi, seneca\. Remedy: did you mean 'loihi'\? a backend is a package: "
            r".*pip install"
        ),
    ):
        load_backend("lohi")
    with pytest.raises(UnknownTarget) as raised:
        load_backend("truenorth")
    assert "did you mean" not in str(raised.value)


def test_a_target_is_described_by_its_metadata(install):
    module = install("good", version="1.2.3")
    assert targets()["good"] == registry.Target("good", "delaycore-good", "1.2.3", module)
    assert str(targets()["good"]) == f"good (delaycore-good 1.2.3, module {module})"


def test_listing_imports_nothing(install):
    modules = [install("good"), *(install(name, source) for name, (source, _) in BROKEN.items())]
    assert len(targets()) == len(BROKEN) + 1
    assert not set(modules) & sys.modules.keys()


def test_a_backend_is_loaded_once(install):
    install("good")
    assert load_backend("good") is load_backend("good")
    assert load_backend("good").spec.title == "A good chip"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_backend_names_its_distribution_version_and_the_reason_while_others_work(install, name):
    source, reason = BROKEN[name]
    install(name, source, version="9.8")
    install("good")
    for _ in range(2):
        with pytest.raises(BackendError) as raised:
            load_backend(name)
        assert reason in str(raised.value)
        assert f"{name} (delaycore-{name} 9.8, module fake_delaycore_{name})" in str(raised.value)
        assert "Remedy: " in str(raised.value)
    assert load_backend("good").spec.name == "good"


@pytest.mark.parametrize(
    ("version", "says"),
    [
        (
            "99",
            (
                "was written for API version 99, this delaycore has 2. Remedy: python -m pip install "
                "--upgrade delaycore"
            ),
        ),
        (
            "1",
            (
                "was written for API version 1, this delaycore has 2. Remedy: python -m pip install "
                "--upgrade delaycore-good"
            ),
        ),
        ("'1'", "its api_version is '1', not a whole number"),
        (None, "does not state the API version that it was written for"),
    ],
)
def test_another_api_version_says_what_to_upgrade(install, core_from_index, version, says):
    module = install("good")
    path = install.folder / f"{module}.py"
    path.write_text(
        path.read_text().replace("api_version = 2", f"api_version = {version}" if version else "pass")
    )
    with pytest.raises(BackendError) as raised:
        load_backend("good")
    assert says in str(raised.value)


def test_a_backend_of_version_1_that_no_longer_loads_is_told_so_by_name(install):
    """It lacks methods of this version, so that no instance of it can be made."""
    module = install("good")
    path = install.folder / f"{module}.py"
    old = path.read_text().replace("api_version = 2", "api_version = 1")
    path.write_text(old.replace("    def plan(", "    def mapped("))
    with pytest.raises(BackendError) as raised:
        load_backend("good")
    assert "was written for API version 1, this delaycore has 2" in str(raised.value)
    assert "pip install --upgrade delaycore-good" in str(raised.value)


def test_an_abstract_backend_names_the_missing_methods(install):
    module = install("good")
    path = install.folder / f"{module}.py"
    path.write_text(
        path.read_text().replace(
            "    def plan(self, graph, options, slices=None): raise NotImplementedError\n", ""
        )
    )
    with pytest.raises(BackendError, match=r"TypeError.*abstract method '?plan"):
        load_backend("good")


@pytest.mark.parametrize("value", ["no such module", "fake_delaycore_bad:nothing", ":"])
def test_an_entry_point_that_points_nowhere_is_that_backend_s_error(install, value):
    install("bad", value=value)
    with pytest.raises(BackendError, match=r"bad .delaycore-bad 0\.3"):
        load_backend("bad")


def test_a_name_that_two_distributions_claim_is_refused_and_both_are_named(install):
    install("chip", distribution="first-chips")
    install("chip", distribution="second-chips")
    install("good")
    assert targets()["chip"].rivals == ("second-chips",)
    with pytest.raises(
        BackendError, match=r"first-chips 0\.3.*also claimed by second-chips. Remedy: uninstall all but one"
    ):
        load_backend("chip")
    assert load_backend("good").spec.name == "good"


def test_refresh_sees_what_came_and_went(install):
    install("good")
    first = load_backend("good")
    (info,) = install.folder.glob("*.dist-info")
    (info / "entry_points.txt").unlink()
    assert "good" in targets()
    dc.refresh()
    assert targets() == {}
    (info / "entry_points.txt").write_text("[delaycore.backends]\ngood = fake_delaycore_good\n")
    dc.refresh()
    assert load_backend("good") is not first


@pytest.mark.parametrize("step", [dc.check, dc.quantize, dc.map])
def test_a_file_name_in_place_of_a_graph_is_refused(install, step):
    install("good")
    with pytest.raises(dc.GraphError, match=r"graph: must be a Graph, not str. Remedy: delaycore\.load"):
        step("model.safetensors", target="good")


def test_a_graph_in_place_of_a_program_is_refused():
    with pytest.raises(
        dc.GraphError, match=r"program: must be a Program, not Graph. Remedy: make one with delaycore\.map"
    ):
        no_program: Any = dc.Graph.from_arrays([np.ones((1, 1))])
        dc.simulate(no_program, np.zeros((1, 1, 1), bool))
