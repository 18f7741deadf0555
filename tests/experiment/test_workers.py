"""Processes that share the work of a comparison."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SHARED = """
import os, time
from delaycore.experiment._workers import map_cases

def work(number):
    print(os.getpid(), flush=True)
    time.sleep(100)

if __name__ == "__main__":
    map_cases(work, [(0,), (1,)], 2, lambda number: None)
"""


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.thorough
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a system without SIGKILL")
def test_workers_end_with_a_process_that_is_killed_and_write_no_more(tmp_path: Path) -> None:
    script = tmp_path / "shared.py"
    script.write_text(SHARED)
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        assert child.stdout is not None
        workers = [int(child.stdout.readline()) for _ in range(2)]
        child.kill()
    while not all(map(is_gone, workers)):  # or the time limit of a test ends it
        time.sleep(0.1)
