"""Backends that do their worst: the others go on working, and each shows with its distribution, version and
the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import delaycore as dc
from delaycore import BackendError, load_backend, targets
from delaycore._distributions import PASS_OVER
from delaycore._foreign_parts import describe_part
from delaycore.registry import _registry as registry
from delaycore.registry import _verification as verification
from delaycore.registry import find_damaged
from tests.cli.commands import call_process

HOSTILE = {
    "raises": ("raise OSError('no board')", "OSError: no board"),
    "quits": ("import sys; sys.exit('goodbye')", "SystemExit: goodbye"),
    "leaves": ("import os; os._exit(0)", "SystemExit: 0"),
    "vanishes": ("import ctypes; ctypes.CDLL(None)._exit(0)", "ended with status 0"),
    "dies": ("import os, signal; os.kill(os.getpid(), signal.SIGABRT)", "ended with status -6"),
    "throws": ("class Odd(BaseException): pass\nraise Odd('of no known sort')", "Odd: of no known sort"),
    "lacks": ("import nothing_of_this_name_anywhere", "No module named 'nothing_of_this_name_anywhere'"),
    "misspelt": (
        "import delaycore\n@delaycore.hookimpl\ndef delaycore_bakend(): return 1",
        "PluginValidationError",
    ),
    "other": (
        "import delaycore\n@delaycore.hookimpl\ndef delaycore_backend(): return 'a chip'",
        "gave str, not a delaycore.Backend",
    ),
    "hangs": ("import time; time.sleep(600)", "still loading after 6 s"),
    "forks": (
        "import subprocess, time\nsubprocess.Popen(['sleep', '600'])\ntime.sleep(600)",
        "still loading after 6 s",
    ),
    "babbles": ("print('x' * 1_000_000)\nraise ValueError('done')", "ValueError: done"),
    "ends": (
        "import atexit, os; atexit.register(os._exit, 9); raise ValueError('first')",
        "ValueError: first",
    ),
    "too new": ("x = 1", "the name 'too new' is not one of small letters"),
    "Loud": ("x = 1", "the name 'Loud' is not one of small letters"),
}


@pytest.fixture
def crowd(install):
    """A good backend among all of the hostile ones."""
    for name, (source, _) in HOSTILE.items():
        install(name, source, distribution=f"hostile-{name.replace(' ', '-').lower()}", version="6.6")
    install("good")
    return install


def test_each_hostile_backend_shows_with_its_reason_and_the_good_one_is_good(crowd):
    verified = verification.verify_all(timeout=6.0)
    assert verified.keys() == HOSTILE.keys() | {"good"}
    assert verified["good"].ok
    for name, (_, reason) in HOSTILE.items():
        v = verified[name]
        assert not v.ok and reason in v.reason, (name, v.reason)
        assert (v.target.distribution, v.target.version) == (
            f"hostile-{name.replace(' ', '-').lower()}",
            "6.6",
        )
    assert load_backend("good").spec.title == "A good chip"


def test_the_children_of_a_hanging_backend_end_with_it(install, tmp_path):
    note = tmp_path / "pid"
    install(
        "forks",
        (
            f"import subprocess, time\nopen({str(note)!r}, 'w').write(str(subprocess.Popen(['sleep', "
            "'600']).pid))\ntime.sleep(600)"
        ),
    )
    assert not verification.verify("forks", timeout=6.0).ok
    for _ in range(50):
        if not _runs(int(note.read_text())):
            return
        time.sleep(0.1)
    pytest.fail("the grandchild still runs")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def test_strict_mode_raises_every_reason_at_once(install):
    install("good")
    assert "good" in targets(strict=True)
    for name in ("raises", "lacks", "throws"):
        install(name, HOSTILE[name][0])
    assert len(targets()) == 4
    with pytest.raises(BackendError) as raised:
        targets(strict=True)
    assert len(raised.value.problems) == 3
    assert all(HOSTILE[name][1] in str(raised.value) for name in ("raises", "lacks", "throws"))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('name="good"', 'name="better"', "its spec is that of 'better'"),
        ("return HardwareSpec(", "return dict(", "its spec is dict, not a HardwareSpec"),
        (
            "return HardwareSpec(",
            "raise OSError('no table')\n        HardwareSpec(",
            "its spec cannot be made: OSError: no table",
        ),
    ],
)
def test_a_spec_that_is_none_or_another_s_is_refused(install, before, after, says):
    path = install.folder / f"{install('good')}.py"
    source = path.read_text()
    assert before in source
    path.write_text(source.replace(before, after))
    with pytest.raises(BackendError) as raised:
        load_backend("good")
    assert says in str(raised.value)


def test_a_backend_that_would_end_the_process_is_an_error_of_its_own(install):
    install("leaves", HOSTILE["leaves"][0])
    real = os._exit
    with pytest.raises(BackendError, match=r"delaycore-leaves 0\.3.*SystemExit: 0"):
        load_backend("leaves")
    assert os._exit is real


def test_ctrl_c_while_a_backend_loads_is_ctrl_c(install):
    install("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_backend("slow")


@pytest.mark.parametrize(
    "text", ["[delaycore.backends]\nthis is no entry point\n", "[delaycore.backends\ngood good"]
)
def test_damaged_entry_points_harm_no_other_distribution(install, text):
    install("good")
    install("damaged", distribution="damaged-chips")
    (info,) = install.folder.glob("damaged*.dist-info")
    (info / "entry_points.txt").write_text(text)
    dc.refresh()
    assert load_backend("good").spec.name == "good"
    for target in targets().values():
        if target.distribution == "damaged-chips":
            with pytest.raises(BackendError, match="damaged-chips"):
                load_backend(target.name)


def test_a_distribution_without_metadata_harms_no_other(install):
    install("good")
    install("bare", distribution="bare-chips")
    (info,) = install.folder.glob("bare*.dist-info")
    (info / "METADATA").unlink()
    dc.refresh()
    assert targets()["bare"].distribution == "unknown distribution"
    assert load_backend("good").spec.name == "good"


def damage_text(info: Path) -> None:
    (info / "entry_points.txt").write_bytes(b"[console_scripts]\nx\xff = a:b\n")


def damage_lines(info: Path) -> None:
    (info / "entry_points.txt").write_text("[console_scripts]\nthis is no entry point\n")


def remove_metadata(info: Path) -> None:
    (info / "METADATA").unlink()


def damage_metadata(info: Path) -> None:
    (info / "METADATA").write_bytes(b"Name: \xff\n")


def become_a_file(info: Path) -> None:
    shutil.rmtree(info)
    info.write_text("no folder")


@pytest.fixture(params=[damage_text, damage_lines, remove_metadata, damage_metadata, become_a_file])
def unrelated(install, request):
    """A good backend, and a distribution of something else that is damaged."""
    install("good")
    info = install.folder / "something-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: something\nVersion: 1.0\n")
    request.param(info)
    dc.refresh()
    return info


def test_a_damaged_distribution_of_something_else_is_named_and_harms_nothing(unrelated):
    assert list(targets()) == ["good"]
    assert load_backend("good").spec.name == "good"
    assert describe_part("kind", "x", load_backend("good").__class__).distribution == "delaycore-good"
    (damaged,) = find_damaged()
    assert damaged.place == str(unrelated) and damaged.reason
    assert verification.verify("good").ok


@pytest.fixture
def model(tmp_path):
    """A model, made before anything is damaged."""
    path = tmp_path / "model.safetensors"
    dc.Graph.from_arrays([np.ones((2, 3)), np.ones((3, 2))]).save(path)
    return path


def test_no_command_ends_at_a_damaged_distribution_of_something_else(model, unrelated):
    named = f"damaged distribution {unrelated}"
    assert named in call_process("targets")
    assert "fits" in call_process("check", model, "--target", "loihi")


def test_doctor_names_a_damaged_distribution_and_children_pass_over_it(install):
    info = install.folder / "something-1.0.dist-info"
    info.mkdir()
    damage_text(info)
    assert f"damaged distribution {info}" in call_process("doctor")
    found = json.loads(call_process("doctor", "--json"))
    assert [one["place"] for one in found["damaged"]] == [str(info)]
    assert all(one["ok"] for one in found["backends"])
    torch = "torch, " if find_spec("torch") else ""
    code = f"import networkx, numba, {torch}pydantic; numba.njit(lambda x: x)(1)"
    heavy = [sys.executable, "-c", f"import delaycore; {code}"]
    subprocess.run(heavy, check=True, env={**os.environ, PASS_OVER: "1"})


def test_a_damaged_distribution_of_a_backend_is_a_target_that_says_why(install):
    install("good")
    install("chip", distribution="damaged-chips")
    (info,) = install.folder.glob("damaged*.dist-info")
    (info / "entry_points.txt").write_bytes(b"[delaycore.backends]\nchip = \xff\n")
    dc.refresh()
    assert list(targets()) == ["damaged-chips", "good"]
    with pytest.raises(BackendError, match=r"damaged-chips 0\.3.*cannot be read \(UnicodeDecodeError"):
        load_backend("damaged-chips")


def test_importing_delaycore_leaves_the_standard_library_as_it_is():
    code = (
        "from importlib import metadata; was = metadata.Distribution.entry_points; import delaycore.registry;"
        "assert metadata.Distribution.entry_points is was"
    )
    environment = {name: value for name, value in os.environ.items() if name != PASS_OVER}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_listing_thirty_backends_loads_nothing_of_them_and_nothing_heavy(install):
    modules = [install(f"chip{i}", "raise RuntimeError('imported')") for i in range(30)]
    code = (
        "import json, sys, delaycore; found = delaycore.targets();print(json.dumps([sorted(found), "
        "sorted(sys.modules)]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found, loaded = json.loads(done.stdout)
    assert {f"chip{i}" for i in range(30)} <= set(found)
    assert not set(modules) & set(loaded)
    assert not {
        "torch",
        "tonic",
        "scipy",
        "numba",
        "matplotlib",
        "h5py",
        "sklearn",
        "delaycore_loihi",
        "delaycore_seneca",
    } & set(loaded)


def test_a_known_backend_that_is_not_installed_comes_with_its_command(install, monkeypatch, core_from_index):
    monkeypatch.setattr(
        metadata,
        "requires",
        lambda name: ['delaycore-first; extra == "first"', 'delaycore-second>=2; extra == "second"'],
    )
    assert registry.list_known() == {"first": "delaycore-first", "second": "delaycore-second"}
    with pytest.raises(dc.UnknownTarget, match=r"Remedy: python -m pip install delaycore-first$"):
        load_backend("first")


@pytest.mark.thorough
def test_the_commands_show_every_hostile_backend_and_end_with_1(crowd):
    for command in (["targets", "--verify"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-m", "delaycore", *command, "--timeout", "6"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        lines = done.stdout.splitlines()
        for name, (_, reason) in HOSTILE.items():
            (line,) = [line for line in lines if f"hostile-{name.replace(' ', '-').lower()} 6.6" in line]
            assert "BROKEN: " in line and reason in line
        assert done.stdout.count("BROKEN") == len(HOSTILE)
        assert "A good chip" in done.stdout


def test_what_is_verified_can_be_written_as_json(install):
    install("raises", HOSTILE["raises"][0])
    assert json.loads(json.dumps(asdict(verification.verify("raises"))))["ok"] is False
