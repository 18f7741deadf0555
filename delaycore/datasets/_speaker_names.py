"""The speaker in each file name, by a regular expression that may not take for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from delaycore.errors import DataError

__all__ = ["find_speakers"]

_PROGRAM = Path(__file__).with_name("_match_names.py")

_SECONDS = 10.0
"""For the expression itself, and a thousandth of one for each name: a thousand times what one takes."""

_REMEDY = r"write one with a group for the speaker, such as ^([^_]+)_ for names like anna_3.wav"


def find_speakers(pattern: str, names: Sequence[str]) -> list[str | None]:
    """Return the speaker that ``pattern`` finds in each of ``names``; None where it finds none.

    The speaker is the first group of the regular expression, or the one called ``speaker``.

    Raises `DataError` for what is no regular expression, for one without a group, and for one that takes
    longer than some seconds: matching runs in a process of its own, which is then ended.
    """
    given = json.dumps({"text": pattern, "names": list(names)})
    command = [sys.executable, "-I", "-S", "-W", "ignore", str(_PROGRAM)]
    limit = _SECONDS + len(names) / 1000
    try:
        run = subprocess.run(command, input=given, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        message = f"{pattern!r:.200} takes longer than {limit:.0f} s to look for in {len(names)} names"
        remedy = f"write one without repetitions within repetitions, such as (a+)+; {_REMEDY}"
        raise DataError.at("speaker pattern", message, remedy) from None
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"{pattern!r:.200} could not be looked for ({error})"
        raise DataError.at("speaker pattern", message, _REMEDY) from error
    found = json.loads(run.stdout)
    if "wrong" in found:
        raise DataError.at("speaker pattern", f"{pattern!r:.200} {found['wrong']}", _REMEDY)
    speakers: list[str | None] = found["found"]
    return speakers
