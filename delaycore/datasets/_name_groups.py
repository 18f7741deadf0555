"""What a regular expression finds in each file name, without taking for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from delaycore.errors import DataError

__all__ = ["find_groups"]

_PROGRAM = Path(__file__).with_name("_match_names.py")

_SECONDS = 10.0
"""For the expression itself, and a thousandth of one for each name: a thousand times what one takes."""

_EXAMPLES = {
    "speaker": "^([^_]+)_ for names like anna_3.wav",
    "class": "^([^_]+)_ for names like seven_anna_3.wav",
}


def find_groups(pattern: str, names: Sequence[str], what: str) -> list[str | None]:
    """Return what ``pattern`` finds in each of ``names``; None where it finds nothing.

    what: "speaker" or "class": what is looked for.  It is the first group of the regular expression, or the
          one that is called so.

    Raises `DataError` for what is no regular expression, for one without a group, and for one that takes
    longer than some seconds: matching runs in a process of its own, which is then ended.
    """
    place, remedy = f"{what} pattern", f"write one with a group for the {what}, such as {_EXAMPLES[what]}"
    given = json.dumps({"text": pattern, "names": list(names), "what": what})
    command = [sys.executable, "-I", "-S", "-W", "ignore", str(_PROGRAM)]
    limit = _SECONDS + len(names) / 1000
    try:
        run = subprocess.run(command, input=given, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        message = f"{pattern!r:.200} takes longer than {limit:.0f} s to look for in {len(names)} names"
        remedy = f"write one without repetitions within repetitions, such as (a+)+; {remedy}"
        raise DataError.at(place, message, remedy) from None
    except (OSError, subprocess.CalledProcessError) as error:
        raise DataError.at(place, f"{pattern!r:.200} could not be looked for ({error})", remedy) from error
    answer = json.loads(run.stdout)
    if "wrong" in answer:
        raise DataError.at(place, f"{pattern!r:.200} {answer['wrong']}", remedy)
    found: list[str | None] = answer["found"]
    return found
