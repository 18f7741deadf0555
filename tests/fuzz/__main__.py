"""Repeats one trial, or does many: ``python -m tests.fuzz KIND SEED``, ``python -m tests.fuzz KIND 0-29999``.
Without arguments, lists the kinds.
"""

from __future__ import annotations

import sys

from tests.fuzz.batches import run_here, run_watched, scratch, seed_of
from tests.fuzz.judging import judge
from tests.fuzz.kinds import build, list_kinds


def main(words: list[str]) -> int:
    """Do what the words of the command line say; return 1 if there are findings."""
    if not words:
        print("\n".join(list_kinds()))
        return 0
    name, seeds = words
    first, _, last = seeds.partition("-")
    if not last:
        with scratch() as folder:
            kind = build(name, folder)
            print(*judge(kind.draw(seed_of(kind, int(first)))), sep="\n")
            if len(sys.argv) > 3:
                input(f"the file is in {folder}")
        report = run_here(name, range(int(first), int(first) + 1))
    else:
        report = run_watched(name, range(int(first), int(last) + 1))
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    print(report)
    print(name, dict(report.counts), f"{len(report.findings)} findings")
    return bool(report.findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
