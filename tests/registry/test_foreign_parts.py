"""A file with a kind of neuron, or an arithmetic, of a plugin's own opens where the plugin is installed, and
names it where it is not.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import delaycore as dc
from delaycore._files import write_tensors
from delaycore.hardware import Placement, Slice
from tests.cli.commands import call_process
from tests.registry.conftest import GOOD

BRINGS = """
class Drip(delaycore.LIF):
    kind = {kind!r}

class Sum(delaycore.Arithmetic):
    family = {kind!r}
"""


def brings(kind: str) -> str:
    return GOOD + BRINGS.format(kind=kind)


def write(path: Path, kind: str, family: str = "", **brought: str) -> Path:
    """A graph of `Drip` neurons, as a process wrote it that knew them; ``brought`` says whose they are."""
    graph = dc.Graph.from_arrays([np.ones((2, 3)), np.ones((3, 2))])
    description, arrays = graph.describe()
    description["populations"][1]["kind"] = kind
    description["arithmetic"]["family"] = family
    if brought:
        description["brought_by"] = [{"what": "kind", "name": kind, **brought}]
    write_tensors(path, "graph", 1, description, arrays)
    return path


def test_the_backend_that_the_file_names_is_loaded_and_no_other(install, tmp_path):
    module = install("good", brings("drip_a"))
    others = [install(name, "raise RuntimeError('imported')") for name in ("before", "zeta")]
    path = write(tmp_path / "g", "drip_a", package=module, distribution="delaycore-good")
    population = dc.load(path).populations["h1"]
    assert (population.kind, type(population).__module__) == ("drip_a", module)
    assert not set(others) & sys.modules.keys()


@pytest.mark.parametrize(
    "brought",
    [
        {"package": "an_older_name", "distribution": "delaycore-good"},
        {"package": "fake_delaycore_good", "distribution": ""},
    ],
)
def test_the_package_or_the_distribution_is_enough(install, tmp_path, brought):
    kind = f"drip_{brought['package']}"
    install("good", brings(kind))
    assert dc.load(write(tmp_path / "g", kind, **brought)).populations["h1"].kind == kind


def test_where_the_file_names_none_each_backend_is_tried_and_a_broken_one_harms_no_other(install, tmp_path):
    install("broken", "raise OSError('no board')")
    install("good", brings("drip_b"))
    assert dc.load(write(tmp_path / "g", "drip_b")).populations["h1"].kind == "drip_b"


def test_the_family_of_an_arithmetic_is_found_alike(install, tmp_path):
    install("good", brings("drip_c"))
    assert dc.load(write(tmp_path / "g", "lif", family="drip_c")).arithmetic.family == "drip_c"


@pytest.mark.parametrize(
    ("brought", "says"),
    [
        (
            {"package": "delaycore_far", "distribution": "delaycore-far"},
            r"population 'h1' is of kind 'nowhere', which delaycore-far brings, and that is not installed\. "
            r"Remedy: install delaycore-far from where its authors offer it$",
        ),
        ({"package": "far"}, r"which the Python package far brings.*import far once the package"),
        ({"package": "json"}, r"which the Python package json brings.*import json before the file is opened"),
        ({"package": "__main__"}, "which a script or notebook defined.*run its definition before"),
        (
            {},
            r"which no installed backend brings \(installed: broken, good\); broken .*OSError: no board",
        ),
        (
            {"package": "fake_delaycore_good", "distribution": "delaycore-good"},
            r"delaycore-good brings, but that of delaycore-good 0\.3, which is installed, does not",
        ),
        (
            {"package": "fake_delaycore_broken", "distribution": "delaycore-broken"},
            r"delaycore-broken brings, but broken \(delaycore-broken 0\.3.*OSError: no board.*Remedy: upgr",
        ),
    ],
)
def test_a_kind_that_nothing_brings_says_what_to_do(install, tmp_path, brought, says):
    install("broken", "raise OSError('no board')")
    install("good")
    with pytest.raises(dc.FileError, match=says):
        dc.load(write(tmp_path / "g", "nowhere", **brought))


def test_a_kind_of_the_same_name_from_another_distribution_is_not_taken_for_it(install, tmp_path):
    install("good", brings("drip_d"))
    path = write(tmp_path / "g", "drip_d", package="fake_delaycore_good", distribution="delaycore-good")
    assert dc.load(path)
    path = write(tmp_path / "g", "drip_d", package="fake_delaycore_good", distribution="an-older-name")
    assert dc.load(path)
    path = write(tmp_path / "g", "drip_d", package="delaycore_far", distribution="delaycore-far")
    with pytest.raises(dc.FileError, match=r"delaycore-far brought, but here delaycore-good brings another"):
        dc.load(path)


def test_what_is_written_names_its_package_and_core_kinds_name_none(install, tmp_path):
    install("good", brings("drip_e"))
    graph = dc.load(write(tmp_path / "g", "drip_e"))
    (part,) = graph.describe()[0]["brought_by"]
    assert part == {
        "what": "kind",
        "name": "drip_e",
        "package": "fake_delaycore_good",
        "distribution": "delaycore-good",
    }
    assert "brought_by" not in dc.Graph.from_arrays([np.ones((1, 1))]).describe()[0]


@pytest.mark.parametrize("brought", [3, [3], [{"what": "kind"}]])
def test_a_damaged_note_is_a_damaged_file(tmp_path, brought):
    description, arrays = dc.Graph.from_arrays([np.ones((1, 1))]).describe()
    write_tensors(tmp_path / "g", "graph", 1, description | {"brought_by": brought}, arrays)
    with pytest.raises(dc.FileError, match="is damaged"):
        dc.load(tmp_path / "g")


def test_a_command_loads_the_target_that_is_named_before_it_searches(install, tmp_path):
    """In a process of its own, where the backend that comes first by name hangs."""
    install("a_slow_one", "import time; time.sleep(600)")
    takes_all = "    def check(self, graph, **options): return delaycore.FitReport('good')\n    def plan("
    install("good", brings("drip_f").replace("    def plan(", takes_all))
    assert call_process("check", write(tmp_path / "g", "drip_f"), "--target", "good") == "good: fits\n"


def test_a_program_with_neurons_of_another_backend_than_its_own_opens(install, tmp_path):
    module = install("good", brings("drip_g"))
    install("other", GOOD.replace('"good"', '"other"'))
    graph = dc.load(write(tmp_path / "g", "drip_g", package=module))
    slices = (Slice("in", 0, 2, None), Slice("h1", 0, 3, 0), Slice("out", 0, 2, 0))
    dc.Program("other", graph, dc.Losses(), dc.FitReport("other"), Placement(slices), {}).save(tmp_path / "p")
    loads = f"delaycore.load_program({str(tmp_path / 'p')!r})"
    code = f"import delaycore; print({loads}.graph.populations['h1'].kind)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "drip_g", done.stderr
