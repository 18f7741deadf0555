"""What importing a backend loads, tried in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from delaycore.conformance._subject import Subject

__all__ = ["HEAVY", "imports"]

HEAVY = ("torch", "tonic", "scipy", "sklearn", "matplotlib", "numba", "h5py")
"""What check and map have no use for; the engine loads numba when something is simulated."""

_CODE = "import sys; sys.path[:0] = {path!r}; import {module}; print(*sys.modules)"


def imports(subject: Subject) -> Iterator[str]:
    """Importing the backend's module loads nothing heavy, prints nothing and takes less than half a
    minute.
    """
    module = type(subject.backend).__module__.partition(".")[0]
    code = _CODE.format(path=[p for p in sys.path if p], module=module)
    try:
        child = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
        )
    except subprocess.TimeoutExpired:
        yield f"importing {module} takes more than 30 s"
        return
    if child.returncode:
        yield (
            f"{module} cannot be imported by itself: "
            f"{(child.stderr.strip().splitlines() or ['no reason given'])[-1]}"
        )
        return
    printed = child.stdout.rstrip("\n").splitlines()
    if len(printed) > 1 or child.stderr:
        yield f"importing {module} prints something: {(printed[0] if len(printed) > 1 else child.stderr):.80}"
    for name in sorted(set(HEAVY) & set(printed[-1].split())):
        yield f"importing {module} loads {name}; import it where it is used"
