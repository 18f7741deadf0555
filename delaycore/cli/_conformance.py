"""Commands for people who write backends: ``conformance`` and ``new-backend``."""

from __future__ import annotations

from pathlib import Path

import typer

from delaycore.cli._app import app, console, print_json, refuse

__all__ = ["conformance", "new_backend"]


@app.command(epilog="Example: delaycore conformance mychip")
def conformance(
    target: str = typer.Argument(help="A chip; see `delaycore targets`.", show_default=False),
    thorough: bool = typer.Option(
        False, "--thorough", help="Many more networks; what could not be tried is a failure."
    ),
    check: list[str] = typer.Option([], "--check", help="Only this check; may be given several times."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Hold a backend against the conformance suite.  Exit code 1 if a check fails."""
    from delaycore.conformance import _suite as suite

    subject = suite.subject_of(target, thorough)
    done = []
    for outcome in suite.outcomes(subject, check, thorough):
        done.append(outcome)
        if not as_json:
            console.print(str(outcome), markup=False, soft_wrap=True)
    verdict = suite.Verdict(target, tuple(done))
    if as_json:
        print_json(verdict.to_dict())
    else:
        console.print(str(verdict).splitlines()[-1], markup=False)
    if not verdict.ok:
        refuse()


@app.command("new-backend", epilog="Example: delaycore new-backend mychip")
def new_backend(
    name: str = typer.Argument(
        help="The new target's name: small letters, digits, underscores.", show_default=False
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help="The folder to make; delaycore-NAME unless given.", show_default=False
    ),
    title: str = typer.Option("", "--title", help="What people call the chip.", show_default=False),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Write a complete backend for a new chip: a package that installs, passes its tests and the conformance
    suite, and waits for your numbers.
    """
    from delaycore import template

    folder = out or Path(f"delaycore-{name.replace('_', '-')}")
    files = template.new_backend(name, folder, title)
    if as_json:
        print_json({"folder": str(folder), "files": [str(f.relative_to(folder)) for f in files]})
        return
    console.print(f"{len(files)} files in {folder}; go on with", markup=False)
    console.print(f"  pip install -e '{folder}[test]'\n  delaycore conformance {name}", markup=False)
