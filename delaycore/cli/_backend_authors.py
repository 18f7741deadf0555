"""Commands for people who write backends: ``conformance`` and ``new-backend``."""

from __future__ import annotations

from pathlib import Path

import typer

from delaycore._installing import suggest_folder
from delaycore.cli._app import answer, app, console
from delaycore.cli._examples import show_example
from delaycore.cli._options import AS_JSON

__all__ = ["conformance", "new_backend"]


@app.command(epilog=show_example("conformance"))
def conformance(
    target: str = typer.Argument(help="A chip; see `delaycore targets`.", show_default=False),
    thorough: bool = typer.Option(
        False, "--thorough", help="Many more networks; what could not be tried is a failure."
    ),
    check: list[str] = typer.Option([], "--check", help="Only this check; may be given several times."),
    as_json: bool = AS_JSON,
) -> None:
    """Hold a backend against the conformance suite.  Exit code 1 if a check fails."""
    from delaycore.conformance import Verdict, make_subject, run_checks

    subject, found = make_subject(target, thorough), []
    for outcome in run_checks(subject, check, thorough):
        found.append(outcome)
        if not as_json:
            console.print(str(outcome), markup=False, soft_wrap=True)
    verdict = Verdict(target, tuple(found))
    answer(verdict.to_dict(), [verdict.summary], as_json=as_json, ok=verdict.ok)


@app.command("new-backend", epilog=show_example("new-backend"))
def new_backend(
    name: str = typer.Argument(
        help="The new target's name: small letters, digits, underscores.", show_default=False
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help="The folder to make; delaycore-NAME unless given.", show_default=False
    ),
    title: str = typer.Option("", "--title", help="What people call the chip.", show_default=False),
    as_json: bool = AS_JSON,
) -> None:
    """Write a complete backend for a new chip: a package that installs, passes its tests and the conformance
    suite, and waits for your numbers.
    """
    from delaycore import template

    folder = out or Path(f"delaycore-{name.replace('_', '-')}")
    files = template.new_backend(name, folder, title)
    answer(
        {"folder": str(folder), "files": [str(f.relative_to(folder)) for f in files]},
        [
            f"{len(files)} files in {folder}; go on with",
            f"  {suggest_folder(folder, 'test')}",
            f"  delaycore conformance {name}",
        ],
        as_json=as_json,
    )
