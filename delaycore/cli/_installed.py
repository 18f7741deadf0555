"""Commands about what is installed: ``targets``, ``options`` and ``doctor``."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict
from importlib import metadata

import typer

from delaycore import registry
from delaycore._installing import suggest_backends, suggest_core
from delaycore._requirements import find_requirement
from delaycore.cli._app import answer, app, note
from delaycore.cli._examples import show_example
from delaycore.cli._options import AS_JSON, require_number
from delaycore.registry import Verified, verify_all

__all__ = ["doctor", "options", "targets"]

PACKAGES = (
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
)
TIMEOUT = typer.Option(
    None,
    "--timeout",
    min=0.1,
    max=86_400,
    callback=require_number,
    help="Seconds that a backend may take to load; DELAYCORE_LOAD_TIMEOUT, or 60, unless given.",
    show_default=False,
)


@app.command(epilog=show_example("targets"))
def targets(
    verify: bool = typer.Option(
        False, "--verify", help="Load each backend in a process of its own; exit code 1 if one fails."
    ),
    timeout: float | None = TIMEOUT,
    as_json: bool = AS_JSON,
) -> None:
    """List the installed chips, from metadata alone."""
    installed = registry.targets()
    checked = verify_all(timeout) if verify else {}
    lines = [
        f"{name}  {target.distribution} {target.version}"
        + (f"  {_describe(checked[name])}" if name in checked else "")
        for name, target in installed.items()
    ]
    if not installed:
        lines.append(f"no backend is installed; {registry.install_hint()}")
    damaged = [_describe_damage(d) for d in registry.find_damaged()]
    for line in damaged if as_json else ():
        note(line)
    answer(
        {name: asdict(checked.get(name, t)) for name, t in installed.items()},
        [*lines, *_list_missing(""), *damaged],
        as_json=as_json,
        ok=all(v.ok for v in checked.values()),
    )


@app.command(epilog=show_example("options"))
def options(
    target: str = typer.Argument(help="A chip; see `delaycore targets`.", show_default=False),
    as_json: bool = AS_JSON,
) -> None:
    """List the options of a chip's backend: name, type, default and meaning.  They are given as --option
    NAME=VALUE.
    """
    lines = []
    described = registry.ask_backend(target).describe_options()
    for option in described:
        default = f", {option.default} unless given" if option.default else ""
        lines += [f"{option.name}  {option.type}{default}", f"    {option.meaning}"]
    answer([asdict(option) for option in described], lines or [f"{target} has no options"], as_json=as_json)


@app.command(epilog=show_example("doctor"))
def doctor(timeout: float | None = TIMEOUT, as_json: bool = AS_JSON) -> None:
    """Show versions, what is missing, and whether each backend loads.  Exit code 1 if a backend is broken."""
    packages = {name: _find_version(name) for name in PACKAGES}
    checked = list(verify_all(timeout).values())
    damaged = registry.find_damaged()
    lines = [
        f"Python {platform.python_version()} on {platform.platform()}",
        *(f"  {name:13} {version or _describe_missing(name)}" for name, version in packages.items()),
        *(f"  target {v.target}: {_describe(v)}" for v in checked),
    ]
    if not checked:
        lines.append(f"  no backend is installed; {registry.install_hint()}")
    document = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "system": platform.platform(),
        "packages": packages,
        "backends": [asdict(v) for v in checked],
        "not_installed": _find_missing(),
        "damaged": [asdict(d) for d in damaged],
    }
    lines += [*_list_missing("  target "), *(f"  {_describe_damage(d)}" for d in damaged)]
    answer(document, lines, as_json=as_json, ok=all(v.ok for v in checked))


def _find_version(package: str) -> str:
    """Return the installed version of a package; empty if it is not installed or its metadata are damaged."""
    try:
        return metadata.version(package) or ""
    except Exception:
        return ""


_NEEDED_BY = {"training": "only training and plots need it", "tonic": "only its own data sets need it"}


def _describe_missing(package: str) -> str:
    needed = find_requirement(package)
    if needed is None:
        return "missing"
    why = _NEEDED_BY.get(needed.extra, "delaycore itself needs it")
    return f"missing; {why}: {suggest_core(needed.extra)}"


def _describe_damage(damaged: registry.DamagedDistribution) -> str:
    return f"damaged distribution {damaged.place}: {damaged.reason}; reinstall or remove it"


def _describe(v: Verified) -> str:
    return f"ok: {v.title}, API version {v.api_version}" if v.ok else f"BROKEN: {v.reason}"


def _find_missing() -> dict[str, str]:
    """Return the backends that delaycore knows and that are not installed, with the command that installs
    each.
    """
    return {
        name: suggest_backends(distribution)
        for name, distribution in registry.list_known().items()
        if name not in registry.targets()
    }


def _list_missing(prefix: str) -> list[str]:
    """Write a line for each backend that is known and not installed."""
    return [f"{prefix}{name}: not installed; {command}" for name, command in _find_missing().items()]
