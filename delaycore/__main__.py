"""The command ``delaycore``, which ``python -m delaycore`` is, too."""

import sys

from delaycore._distributions import pass_over_damaged
from delaycore._installing import describe_missing


def main() -> None:
    """Run the command line.  What it imports asks all installed distributions for plugins."""
    pass_over_damaged()
    try:
        from delaycore import cli
    except ModuleNotFoundError as error:  # delaycore was installed without what it needs
        missing = describe_missing(error)
        if missing is None:
            raise
        print(f"error: {missing}", file=sys.stderr)
        sys.exit(2)
    cli.main()


if __name__ == "__main__":
    main()
