"""Backends that are broken in every way that came to mind, one entry each.

Each is a module that an entry point names.  Those that get as far as being a chip derive it from
`delaycore_sound`, the backend of the template, which lies beside them.
"""

from __future__ import annotations

__all__ = ["AT_LOADING", "BROKEN", "IN_CALLS", "SIDE_EFFECTS"]

CHIP = """
import dataclasses
import delaycore
from delaycore import hardware
from delaycore_sound.backend import Plan, SoundBackend

class Chip(SoundBackend):
    api_version = {version}
    spec = dataclasses.replace(SoundBackend.spec, name={name!r}, title={name!r})

    def check(self, graph, **options):
        return dataclasses.replace(super().check(graph, **options), target={name!r})

    def map(self, graph, **options):
        return dataclasses.replace(super().map(graph, **options), target={name!r})

    def simulate(self, program, spikes, states=False):
        inner = dataclasses.replace(program, target="sound")
        return dataclasses.replace(super().simulate(inner, spikes, states), program=program)

    def delay_widths(self):
        from delaycore.delay_memory import Widths
        return Widths(slot=24, event=12, source="data sheet")

class Fails(Chip):
    pass
{faults}

@delaycore.hookimpl
def delaycore_backend():
    return Fails()
"""
"""A chip that works, with a place for what does not."""


def chip(name: str, faults: str = "", before: str = "", version: object = 2) -> str:
    """The module of a chip, with ``faults`` in its class and ``before`` at its beginning."""
    body = "\n".join(f"    {line}" for line in faults.splitlines())
    return before + CHIP.format(name=name, faults=body, version=version)


AT_LOADING = {
    "raises": "raise OSError('no board')",
    "lacks": "import nothing_of_this_name_anywhere",
    "garbled": "def f(:\n    pass",
    "zeroes": "x = 1\0",
    "quits": "import sys; sys.exit('goodbye')",
    "leaves": "import os; os._exit(0)",
    "vanishes": "import ctypes; ctypes.CDLL(None)._exit(0)",
    "aborts": "import os; os.abort()",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "throws": "class Odd(BaseException): pass\nraise Odd('of no known sort')",
    "interrupts": "raise KeyboardInterrupt",
    "recurses": "def f(): f()\nf()",
    "mute": "class Mute(Exception):\n    def __str__(self): raise self\nraise Mute",
    "lengthy": "raise ValueError('\\udcff\\n' + 'x' * 3_000_000)",
    "misspelt": "import delaycore\n@delaycore.hookimpl\ndef delaycore_bakend(): return 1",
    "unmarked": "def delaycore_backend(): return 1",
    "other": "import delaycore\n@delaycore.hookimpl\ndef delaycore_backend(): return 'a chip'",
    "nothing": "import delaycore\n@delaycore.hookimpl\ndef delaycore_backend(): pass",
    "classy": chip("classy").replace("return Fails()", "return Fails"),
    "old": chip("old", version=1),
    "wordy": chip("wordy", version="'2'"),
    "renamed": chip("another"),
    "specless": chip("specless", "@property\ndef spec(self): raise OSError('no table')"),
    "plain": chip("plain", "spec = {'name': 'plain'}"),
    "sourceless": chip("sourceless", "spec = hardware.Constant(256, 'neurons', '')"),
    "hangs": "import time; time.sleep(600)",
    "deaf": "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
    "while True:\n    try:\n        time.sleep(600)\n    except BaseException:\n        pass",
    "forks": "import subprocess, time\nsubprocess.Popen(['sleep', '600'])\ntime.sleep(600)",
    "babbles": "print('x' * 10_000_000, flush=True)\nraise ValueError('done')",
    "alarmed": "import signal, time; signal.alarm(1); time.sleep(600)",
    "pathless": "import sys; sys.path.clear(); sys.modules.clear(); import delaycore",
    "too new": "x = 1",
    "Loud": "x = 1",
    "chíp": "x = 1",
}
"""Those that cannot be loaded."""

IN_CALLS = {
    "check_raises": "def check(self, graph, **options): raise ValueError('no board')",
    "check_quits": "def check(self, graph, **options):\n    import sys; sys.exit(0)",
    "check_leaves": "def check(self, graph, **options):\n    import os; os._exit(0)",
    "check_vanishes": "def check(self, graph, **options):\n    import ctypes; ctypes.CDLL(None)._exit(0)",
    "check_hangs": "def check(self, graph, **options):\n    import time; time.sleep(600)",
    "check_none": "def check(self, graph, **options): return None",
    "check_yes": "def check(self, graph, **options): return True",
    "check_other": "def check(self, graph, **options): return hardware.FitReport('sound', ['no finding'])",
    "check_interrupts": "def check(self, graph, **options): raise KeyboardInterrupt",
    "plan_none": "def plan(self, graph, options, slices=None): return None",
    "plan_lazy": (
        "def plan(self, graph, options, slices=None):\n"
        "    class Late(Plan):\n"
        "        @property\n"
        "        def report(self): return 1 / 0\n"
        "    return Late(graph, options, slices)"
    ),
    "parse_none": "def parse(self, options): return None",
    "options_dict": "options = {'cores': 1}",
    "mapping_text": "mapping = 'mapping'",
    "quantize_raises": "def quantize(self, graph, **options): raise KeyError('weight')",
    "quantize_half": "def quantize(self, graph, **options): return super().quantize(graph, **options)[0]",
    "scheme_dict": "def quantization_scheme(self, graph, **options): return {}",
    "map_text": "def map(self, graph, **options): return 'program'",
    "map_memory": "def map(self, graph, **options): raise MemoryError",
    "simulate_raises": "def simulate(self, program, spikes, states=False): raise IndexError('core 3')",
    "simulate_crashes": (
        "def simulate(self, program, spikes, states=False):\n    import ctypes; ctypes.string_at(0)"
    ),
    "simulate_hangs": "def simulate(self, program, spikes, states=False):\n    while True: pass",
    "simulate_none": "def simulate(self, program, spikes, states=False): return None",
    "simulate_asks": "def simulate(self, program, spikes, states=False): input('which board? ')",
    "simulate_short": (
        "def simulate(self, program, spikes, states=False):\n"
        "    return super().simulate(program, spikes[:1], states)"
    ),
    "costs_text": (
        "def simulate(self, program, spikes, states=False):\n"
        "    made = super().simulate(program, spikes, states)\n"
        "    return dataclasses.replace(made, cost=dataclasses.replace(made.cost, memory={'all': 'much'}))"
    ),
    "widths_raise": "def delay_widths(self): return 1 / 0",
    "widths_dict": "def delay_widths(self): return {'slot': 24}",
    "widths_hang": "def delay_widths(self):\n    import time; time.sleep(600)",
    "mutates": (
        "def check(self, graph, **options):\n"
        "    for p in graph.projections:\n"
        "        p.weight.setflags(write=True)\n"
        "        p.weight[:] = 0.0\n"
        "    return super().check(graph, **options)"
    ),
}
"""Those that load, and break their interface in some call."""

SIDE_EFFECTS = {
    "prints": (
        "import os, subprocess\nprint('{' * 3_000_000)\nos.write(1, b'{\"error\": 1}')\n"
        "subprocess.run(['echo', '[1, 2'])\n"
    ),
    "replaces": "import sys\nsys.stdout = sys.stderr = None\n",
    "closes": "import os\nos.closerange(0, 200)\n",
    "patches": (
        "import json, numpy\n"
        "json.dumps = json.dump = lambda *a, **k: 'patched'\n"
        "numpy.mean = numpy.sum = numpy.array_equal = lambda *a, **k: 0.5\n"
    ),
    "builtins": "import builtins\nbuiltins.sorted = lambda *a, **k: []\nbuiltins.print = None\n",
    "wanders": "import os, tempfile\nos.chdir(tempfile.mkdtemp()); os.rmdir(os.getcwd())\n",
    "forgets": "import os\nos.environ.clear(); os.umask(0o777)\n",
    "speaks": "import locale\nlocale.setlocale(locale.LC_ALL, 'C.UTF-8')\nlocale.str = None\n",
    "warns": "import warnings\nwarnings.simplefilter('error'); warnings.showwarning = None\n",
    "strict": "import numpy\nnumpy.seterr(all='raise'); numpy.random.seed(7)\n",
    "threads": (
        "import threading, time\n"
        "def talk():\n    while True: print('.' * 1000, flush=True); time.sleep(0.01)\n"
        "threading.Thread(target=talk, daemon=True).start()\n"
    ),
    "stays": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n",
    "exits": "import atexit, os\natexit.register(os._exit, 9)\natexit.register(print, 'bye')\n",
    "shallow": "import sys\nsys.setrecursionlimit(120)\n",
    "poor": "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))\n",
    "traces": "import sys\ndef trace(*a): raise OSError('traced')\nsys.setprofile(trace)\n",
    "handles": "import signal\nfor n in (2, 14, 15): signal.signal(n, signal.SIG_IGN)\n",
    "overrides": (
        "from delaycore.graph import LIF\nfrom delaycore.reference import decay, step\n"
        "decay.register(LIF)(lambda population, state, arithmetic: state['potential'])\n"
    ),
    "huge": "",
}
"""Those that would work, and do something to the process in which they are loaded."""

_HUGE = (
    "from pydantic import create_model, Field\nfrom delaycore_sound.backend import SoundBackend\n"
    "many = {f'o{i}': (int, Field(0, description='x' * 10_000)) for i in range(200)}\n"
    "Many = create_model('Many', __base__=SoundBackend.options, **many)\n"
)

BROKEN = {
    **AT_LOADING,
    **{name: chip(name, faults) for name, faults in IN_CALLS.items()},
    **{name: chip(name, before=code) for name, code in SIDE_EFFECTS.items()},
    "huge": chip("huge", "options = Many", _HUGE),
    "twin": chip("twin"),  # whose target two distributions claim
}
"""The modules of all of them, by target name."""
