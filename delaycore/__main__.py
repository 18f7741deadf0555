"""The command ``delaycore``, which ``python -m delaycore`` is, too."""

import os
import sys

from delaycore._distributions import pass_over_damaged
from delaycore._installing import describe_missing, suggest_core


def main() -> None:
    """Run the command line.  What it imports asks all installed distributions for plugins."""
    _occupy_closed_streams()
    pass_over_damaged()
    try:
        from delaycore import cli
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(_refuse_installation(error))
    try:
        cli.main()
    finally:
        if "--json" in sys.argv:
            cli.end_output()


def _occupy_closed_streams() -> None:
    """Let nothing that is opened later pass for a standard stream that is closed: a library's warning would
    be written into a result.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest that is free, which is this one
            os.set_inheritable(descriptor, True)


def _refuse_installation(error: Exception) -> int:
    """Say that the command line cannot be imported; return the exit code: what it needs is missing (2), or is
    damaged or of another version (3).
    """
    import json
    import traceback
    from dataclasses import asdict

    from delaycore.errors import Problem

    if os.environ.get("DELAYCORE_TRACEBACK") or "--traceback" in sys.argv:
        traceback.print_exception(error)
    missing = describe_missing(error) if isinstance(error, ModuleNotFoundError) else None
    said = " ".join(f"{type(error).__name__}: {error}".split())
    remedy = f"{suggest_core()}; DELAYCORE_TRACEBACK=1 shows where it fails"
    problem = missing or Problem("delaycore", f"cannot be loaded ({said})", remedy)
    if "--json" in sys.argv:
        document = {"error": type(error).__name__, "problems": [asdict(problem)], "findings": []}
        print(json.dumps(document, indent=2))
    else:
        print(f"error: {problem}", file=sys.stderr)
    return 2 if missing else 3


if __name__ == "__main__":
    main()
