"""The command ``delaycore``, which ``python -m delaycore`` is, too."""

import os
import sys

from delaycore._distributions import pass_over_damaged


def main() -> None:
    """Run the command line.  What it imports asks all installed distributions for plugins."""
    _occupy_closed_streams()
    pass_over_damaged()
    try:
        from delaycore import cli
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # what it requires is missing, damaged, or of another version
        _refuse_installation(error)
        sys.exit(3)
    cli.main()


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


def _refuse_installation(error: Exception) -> None:
    """Say that the command line cannot be imported."""
    import json
    import traceback

    if os.environ.get("DELAYCORE_TRACEBACK") or "--traceback" in sys.argv:
        traceback.print_exception(error)
    message = " ".join(f"cannot be loaded ({type(error).__name__}: {error})".split())
    remedy = "pip install --force-reinstall delaycore; DELAYCORE_TRACEBACK=1 shows where it fails"
    if "--json" in sys.argv:
        problem = {"place": "delaycore", "message": message, "remedy": remedy}
        print(json.dumps({"error": type(error).__name__, "problems": [problem], "findings": []}, indent=2))
    else:
        print(f"error: delaycore: {message}. Remedy: {remedy}", file=sys.stderr)


if __name__ == "__main__":
    main()
