"""Backends tried in a process of their own, which may crash or hang."""

import re
import subprocess
import sys

import pytest

from delaycore import UnknownTarget
from delaycore.registry import _verification as verification
from tests.registry.conftest import GOOD


def test_a_good_backend_shows_its_title_and_api_version(install):
    install("good")
    verified = verification.verify("good")
    assert (verified.ok, verified.title, verified.api_version, verified.reason) == (
        True,
        "A good chip",
        2,
        "",
    )


def test_a_backend_that_prints_is_still_understood(install):
    module = install("good")
    path = install.folder / f"{module}.py"
    path.write_text("print('hello'); import sys; print('{', file=sys.stderr)\n" + path.read_text())
    assert verification.verify("good").ok


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            (
                "import ctypes, sys; print('lost the board', file=sys.stderr, flush=True); "
                "ctypes.CDLL(None)._exit(7)"
            ),
            "ended with status 7: lost the board",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended with status -11"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("import nothing_of_this_name_anywhere", "ModuleNotFoundError: No module named"),
        ("import os; os._exit(0)", "SystemExit: 0"),
        (GOOD + "import atexit, os\natexit.register(os._exit, 9)", "it loads, but .* ended with status 9"),
        ("import ctypes; ctypes.CDLL(None)._exit(0)", "ended with status 0: nothing was printed"),
    ],
)
def test_a_crash_is_a_reason_and_harms_nobody(install, source, says):
    install("bad", source.replace('name="good"', 'name="bad"'))
    verified = verification.verify("bad")
    assert not verified.ok
    assert verified.target.distribution == "delaycore-bad"
    assert re.search(says, verified.reason), verified.reason


def test_a_hanging_backend_is_given_up(install):
    install("slow", "import time; time.sleep(600)")  # longer than a test may take
    verified = verification.verify("slow", timeout=2.0)
    assert not verified.ok and "still loading after 2 s (" in verified.reason
    assert "fake_delaycore_slow.py, line 1" in verified.reason


def test_an_unknown_target_is_the_usual_error(install):
    with pytest.raises(UnknownTarget, match=r"'nothing'.*is not installed"):
        verification.verify("nothing")


def test_a_fresh_process_lists_targets_without_importing_them(install):
    module = install("loud", "raise RuntimeError('imported')")
    code = (
        f"import sys, delaycore; assert 'loud' in delaycore.targets(); assert {module!r} not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
