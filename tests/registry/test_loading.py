"""What the author of a backend is told while it loads: what is wrong, in which file and line, and what to do
about it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any

import pytest

from delaycore import BackendError, SettingsError, load_backend
from delaycore.registry import _last_resort as last_resort
from delaycore.registry import _time_limit as time_limit
from delaycore.registry import _verification as verification
from delaycore.registry import on_endless_loading
from tests.cli.commands import call_process
from tests.registry.conftest import GOOD

MARKER = "@delaycore.hookimpl\n"


def tell(name: str) -> str:
    with pytest.raises(BackendError) as raised:
        load_backend(name)
    return str(raised.value)


def find_line(source: str, text: str) -> int:
    (line,) = [i for i, written in enumerate(source.splitlines(), 1) if text in written]
    return line


def test_a_constant_without_a_source_is_named_with_its_file_and_line(install):
    source = GOOD.replace(
        "class Chip",
        "from delaycore.hardware import Constant\nLIMIT = Constant(256, 'neurons', '')  # here\n\nclass Chip",
    )
    module = install("good", source)
    said = tell("good")
    assert "Constant(256, 'neurons').source: must say where the number comes from, not ''" in said
    assert f"({install.folder / module}.py, line {find_line(source, '# here')})" in said
    assert said.endswith("Remedy: name a paper and its table, or write 'assumed: ' and the reason")


def test_a_constant_that_a_function_makes_is_named_with_the_line_of_the_table(install):
    helper = (
        "from delaycore.hardware import Constant\n"
        "def entry(value, source):\n    return Constant(value, 'neurons', source)  # made\n"
        "TABLE = {\n    'core.neurons': entry(256, 'a paper'),\n"
        "    'chip.cores': entry(16, ''),  # asked\n}\n"
    )
    source = GOOD.replace("class Chip", helper + "\nclass Chip")
    path = install.folder / f"{install('good', source)}.py"
    said = tell("good")
    assert "Constant(16, 'neurons').source" in said
    assert f"({path}, line {find_line(source, '# made')}, called in {path}, line " in said
    assert find_line(source, "# asked") in {int(said.split(", line ")[2].split(")")[0])}


def test_an_entry_of_a_table_that_is_no_constant_is_named_by_its_key(install):
    source = GOOD.replace("limits={}", "limits={'core.neurons': 256, 'chip.cores': 16}")
    install("good", source)
    said = tell("good")
    assert "HardwareSpec.limits['core.neurons']: must be a Constant, not 256" in said
    assert "HardwareSpec.limits['chip.cores']: must be a Constant, not 16" in said


def test_a_forgotten_marker_is_named_with_the_line_of_the_function(install):
    source = GOOD.replace(MARKER, "")
    path = install.folder / f"{install('good', source)}.py"
    said = tell("good")
    line = find_line(source, "def delaycore_backend")
    assert f"its function delaycore_backend lacks the marker ({path}, line {line})" in said
    assert said.endswith("Remedy: write @delaycore.hookimpl above it")


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("fake_delaycore_good:Chip", "the class Chip"),
        ("fake_delaycore_good:delaycore_backend", "function <function delaycore_backend"),
        ("fake_delaycore_good:CHIP", "Chip <"),
    ],
)
def test_a_class_for_a_module_is_told_from_a_forgotten_marker(install, value, names):
    install("good", GOOD + "\nCHIP = Chip()\n", value=value)
    said = tell("good")
    assert f"its entry point names {names}" in said and "not a module" in said
    assert 'Remedy: write good = "fake_delaycore_good" in pyproject.toml' in said


@pytest.mark.parametrize(
    ("returns", "says", "remedy"),
    [
        ("Chip()", "its hook delaycore_backend returns nothing (", "return MyBackend()"),
        ("return Chip", "its hook delaycore_backend gave the class Chip, not a backend (", "return Chip()"),
        ("return 3", "its hook delaycore_backend gave int, not a delaycore.Backend (", "derives from"),
    ],
)
def test_a_hook_that_gives_no_backend_says_what_it_gave(install, returns, says, remedy):
    source = GOOD.replace("return Chip()", returns)
    install("good", source)
    said = tell("good")
    assert says in said and remedy in said
    assert f"line {find_line(source, 'def delaycore_backend') - 1})" in said  # of its marker


def test_an_exception_of_any_library_is_placed_in_the_plugin_that_called_it(install):
    source = GOOD.replace("class Chip", "import json\njson.loads('{')  # here\n\nclass Chip")
    path = install.folder / f"{install('good', source)}.py"
    said = tell("good")
    assert "JSONDecodeError" in said and f"({path}, line {find_line(source, '# here')})" in said


def test_a_syntax_error_is_placed_where_it_stands(install):
    source = "x = 1\ny = (\n"
    path = install.folder / f"{install('good', source)}.py"
    assert f"({path}, line 2)" in tell("good")


def test_a_spec_that_ends_the_process_is_an_error_of_the_backend(install):
    """Where a command would end with 0, that would pass for a yes."""
    for name, ends in (("quits", "import sys; sys.exit(0)"), ("leaves", "import os; os._exit(0)")):
        source = GOOD.replace('"good"', f'"{name}"').replace("kinds = ", f"{ends}\n        kinds = ")
        install(name, source)
        assert "its spec cannot be made: SystemExit: 0" in tell(name)


HANGS = {
    "import": "import time\ntime.sleep(600)  # here\n" + GOOD,
    "loop": "while True:  # here\n    pass\n" + GOOD,
    "lock": "import threading\nthreading.Event().wait()  # here\n" + GOOD,
    "hook": GOOD.replace("return Chip()", "import time; time.sleep(600)  # here"),
    "spec": GOOD.replace("kinds = ", "import time; time.sleep(600)  # here\n        kinds = "),
    "catches": (
        "import time\ntry:\n    time.sleep(600)  # here\nexcept Exception:\n    time.sleep(600)\n" + GOOD
    ),
}


@pytest.mark.parametrize("name", HANGS)
def test_a_hanging_backend_is_given_up_after_the_limit(install, monkeypatch, name):
    monkeypatch.setenv("DELAYCORE_LOAD_TIMEOUT", "0.3")
    path = install.folder / f"{install('good', HANGS[name])}.py"
    said = tell("good")
    assert (
        f"good (delaycore-good 0.3, module {path.stem}): is still loading after 0.3 s ({path}, line " in said
    )
    assert "Remedy: uninstall delaycore-good if it never loads; DELAYCORE_LOAD_TIMEOUT=SECONDS allows" in said
    here = find_line(HANGS[name], "# here")
    assert any(f"line {line}" in said for line in (here, here + 1))
    path.write_text(GOOD)
    os.utime(path, (1, 1))
    sys.modules.pop(path.stem, None)
    monkeypatch.delenv("DELAYCORE_LOAD_TIMEOUT")
    assert load_backend("good").spec.name == "good"  # what was given up is not in the way


def test_a_hanging_backend_is_given_up_in_any_thread(install, monkeypatch):
    monkeypatch.setenv("DELAYCORE_LOAD_TIMEOUT", "0.3")
    install("good", "import time\ntime.sleep(20)\n" + GOOD)
    said: list[str] = []
    worker = threading.Thread(target=lambda: said.append(tell("good")))
    worker.start()
    worker.join(60)
    assert "is still loading after 0.3 s" in said[0]


def test_every_command_gives_a_hanging_backend_up(install, monkeypatch, tmp_path):
    monkeypatch.setenv("DELAYCORE_LOAD_TIMEOUT", "1")
    install("slow", "import time\ntime.sleep(600)\n" + GOOD)
    for command in (["options", "slow"], ["check", tmp_path / "no.file", "--target", "slow"]):
        answer = call_process(*command, code=3)
        assert "slow (delaycore-slow 0.3" in answer and "is still loading after 1 s" in answer
    assert "still loading after 1 s" in call_process("targets", "--verify", code=1)


SWALLOWS = (
    "import time\nwhile True:\n    try:\n        time.sleep(600)\n    except BaseException:\n        pass\n"
)
IGNORES = "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(600)\n"


@pytest.mark.parametrize("source", [SWALLOWS, IGNORES], ids=["swallows", "ignores"])
def test_a_command_ends_though_nothing_interrupts_the_backend(install, monkeypatch, tmp_path, source):
    monkeypatch.setenv("DELAYCORE_LOAD_TIMEOUT", "0.3")
    path = install.folder / f"{install('deaf', source + GOOD)}.py"
    answer = call_process("check", tmp_path / "no.file", "--target", "deaf", "--json", code=3)
    problems = json.loads(answer)["problems"]
    assert f"is still loading after 0.3 s ({path}, line " in problems[0]["message"]
    assert "DELAYCORE_LOAD_TIMEOUT=SECONDS allows it more time" in problems[0]["remedy"]


def test_a_library_is_told_of_a_backend_that_nothing_interrupts_and_goes_on(install, monkeypatch):
    """A process is not the core's to end: who installed no last resort waits."""
    monkeypatch.setenv("DELAYCORE_LOAD_TIMEOUT", "0.5")
    monkeypatch.setattr(last_resort, "GRACE", 0.1)
    told: list[BackendError] = []
    monkeypatch.setattr(sys, "told_of_deaf_plugin", told, raising=False)
    waits = (
        "import signal, sys, time\nsignal.setitimer(signal.ITIMER_REAL, 0)\n"
        "for _ in range(3000):\n    if not sys.told_of_deaf_plugin:\n        time.sleep(0.01)\n"
    )
    source = waits + GOOD.replace('"good"', '"calm"')
    path = install.folder / f"{install('calm', source)}.py"
    with on_endless_loading(told.append):
        assert load_backend("calm").spec.name == "calm"
    assert f"is still loading after 0.5 s ({path}, line " in str(told[0]) and len(told) == 1


def test_the_limit_of_a_child_process_is_that_of_its_parent(install, monkeypatch):
    """The child would give up by itself, before the time that its parent grants."""
    monkeypatch.setenv("DELAYCORE_LOAD_TIMEOUT", "0.01")
    install("good", "import time\ntime.sleep(0.5)\n" + GOOD)
    assert verification.verify("good", timeout=60.0).ok
    assert "still loading after 0.01 s" in verification.verify("good").reason


def test_without_a_limit_a_slow_backend_loads(install, monkeypatch):
    monkeypatch.setenv("DELAYCORE_LOAD_TIMEOUT", "0")
    install("good", "import time\ntime.sleep(0.2)\n" + GOOD)
    assert load_backend("good").spec.name == "good"


@pytest.mark.parametrize("given", ["soon", "-1", "nan", "inf"])
def test_a_limit_that_is_no_number_is_refused(install, monkeypatch, given):
    monkeypatch.setenv("DELAYCORE_LOAD_TIMEOUT", given)
    install("good")
    with pytest.raises(
        SettingsError,
        match=rf"DELAYCORE_LOAD_TIMEOUT: must be a number of seconds up to 86400, not '{given}'",
    ):
        load_backend("good")


def test_the_timer_of_the_caller_goes_on(monkeypatch):
    """pytest-timeout and others use the same one."""
    rung: list[Any] = []
    before, left = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        signal.signal(signal.SIGALRM, lambda *given: rung.append(given))
        signal.setitimer(signal.ITIMER_REAL, 3.0)
        with pytest.raises(time_limit.OutOfTime):
            time_limit.call_within(0.1, lambda: time.sleep(60))
        assert signal.getitimer(signal.ITIMER_REAL)[0] < 3.0
        while not rung:
            time.sleep(0.1)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        time_limit.call_within(30.0, lambda: time.sleep(0.3))
        assert len(rung) == 2  # the sooner of the two limits is left alone
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *left)


def test_what_a_call_in_a_thread_raises_is_raised_here():
    found: list[BaseException] = []

    def fail() -> None:
        raise KeyError("gone")

    def work() -> None:
        try:
            time_limit.call_within(30.0, fail)
        except KeyError as error:
            found.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert isinstance(found[0], KeyError)
