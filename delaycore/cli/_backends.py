"""Commands about what is installed: ``targets``, ``options`` and ``doctor``."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict
from importlib import metadata

import typer

from delaycore import registry
from delaycore.cli._app import app, console, print_json, refuse
from delaycore.registry import _verification as verification

__all__ = ["doctor", "options", "targets"]

TIMEOUT = typer.Option(60.0, "--timeout", min=0.1, help="Seconds that a backend may take to load.")
AS_JSON = typer.Option(False, "--json", help="Print one JSON document.")


@app.command(epilog="Example: delaycore targets --verify")
def targets(
    verify: bool = typer.Option(
        False, "--verify", help="Load each backend in a process of its own; exit code 1 if one fails."
    ),
    timeout: float = TIMEOUT,
    as_json: bool = AS_JSON,
) -> None:
    """List the installed chips, from metadata alone."""
    installed = registry.targets()
    checked = verification.verify_all(timeout) if verify else {}
    if as_json:
        print_json({name: asdict(checked.get(name, t)) for name, t in installed.items()})
    else:
        for name, target in installed.items():
            state = ""
            if name in checked:
                v = checked[name]
                state = f"  {_state(v)}"
            console.print(
                f"{name}  {target.distribution} {target.version}{state}", markup=False, soft_wrap=True
            )
        if not installed:
            console.print(f"no backend is installed; {registry.install_hint()}", markup=False)
        _show_missing("")
    if not all(v.ok for v in checked.values()):
        refuse()


@app.command(epilog="Example: delaycore options loihi")
def options(
    target: str = typer.Argument(help="A chip; see `delaycore targets`.", show_default=False),
    as_json: bool = AS_JSON,
) -> None:
    """List the options of a chip's backend: name, type, default and meaning.  They are given as --option
    NAME=VALUE.
    """
    described = registry.load_backend(target).options.describe()
    if as_json:
        print_json([asdict(option) for option in described])
        return
    for option in described:
        default = f", {option.default} unless given" if option.default else ""
        console.print(f"{option.name}  {option.type}{default}", markup=False, soft_wrap=True)
        console.print(f"    {option.meaning}", markup=False, soft_wrap=True)
    if not described:
        console.print(f"{target} has no options", markup=False)


@app.command(epilog="Example: delaycore doctor --json")
def doctor(timeout: float = TIMEOUT, as_json: bool = AS_JSON) -> None:
    """Show versions, what is missing, and whether each backend loads.  Exit code 1 if a backend is broken."""
    packages = {}
    for name in (
        "delaycore",
        "numpy",
        "numba",
        "pydantic",
        "pluggy",
        "networkx",
        "safetensors",
        "h5py",
        "torch",
        "tonic",
        "scipy",
        "scikit-learn",
        "matplotlib",
    ):
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = ""
    checked = list(verification.verify_all(timeout).values())
    if as_json:
        system = {
            "python": platform.python_version(),
            "executable": sys.executable,
            "system": platform.platform(),
        }
        print_json(
            {
                **system,
                "packages": packages,
                "backends": [asdict(v) for v in checked],
                "not_installed": _missing(),
            }
        )
    else:
        console.print(f"Python {platform.python_version()} on {platform.platform()}", markup=False)
        for name, version in packages.items():
            missing = (
                "missing; only training, data through tonic and plots need it: pip install "
                "'delaycore[training]'"
            )
            console.print(f"  {name:13} {version or missing}", markup=False)
        for v in checked:
            console.print(f"  target {v.target}: {_state(v)}", markup=False, soft_wrap=True)
        if not checked:
            console.print(f"  no backend is installed; {registry.install_hint()}", markup=False)
        _show_missing("  target ")
    if not all(v.ok for v in checked):
        refuse()


def _state(v: verification.Verified) -> str:
    return f"ok: {v.title}, API version {v.api_version}" if v.ok else f"BROKEN: {v.reason}"


def _missing() -> dict[str, str]:
    """The backends that delaycore knows and that are not installed, with the command that installs each."""
    return {
        name: f"pip install {distribution}"
        for name, distribution in registry.known().items()
        if name not in registry.targets()
    }


def _show_missing(before: str) -> None:
    for name, command in _missing().items():
        console.print(f"{before}{name}: not installed; {command}", markup=False)
