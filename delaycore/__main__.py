"""The command ``delaycore``, which ``python -m delaycore`` is, too."""

import sys

from delaycore._distributions import pass_over_damaged


def main() -> None:
    """Run the command line.  What it imports asks all installed distributions for plugins."""
    pass_over_damaged()
    from delaycore import cli

    try:
        cli.main()
    finally:
        if "--json" in sys.argv:
            cli.end_output()


if __name__ == "__main__":
    main()
