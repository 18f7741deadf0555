"""``python -m delaycore`` is the command ``delaycore``."""

from delaycore.cli import main

main()
