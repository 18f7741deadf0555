"""Where an installed distribution came from, as those who install record it (PEP 610), and what lies there
beside it.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from delaycore._requirements import PROJECT, list_known, normalize

__all__ = ["PackageIndex", "Repository", "Source", "find_source", "find_tool", "is_installed"]


class Source(Protocol):
    """Where distributions come from; as text, for a person."""

    def locate(self, name: str, extra: str = "") -> tuple[str, ...]:
        """The arguments that install the distribution ``name`` from here, with an extra of it; none if it is
        not known to be here.
        """

    def renew(self, name: str) -> tuple[str, tuple[str, ...]]:
        """How to get a newer version of the distribution ``name``, which came from here: what to do first,
        and the arguments that install it then.  Either may be empty.
        """


@dataclass(frozen=True)
class PackageIndex:
    """A package index.  Of its names only those of the project itself are known to be what they say."""

    def __str__(self) -> str:
        return "a package index"

    def locate(self, name: str, extra: str = "") -> tuple[str, ...]:
        return (f"{name}{_bracket(extra)}",) if name in {PROJECT, *list_known().values()} else ()

    def renew(self, name: str) -> tuple[str, tuple[str, ...]]:
        return "", ("--upgrade", name)


@dataclass(frozen=True)
class SourceFolder:
    """A folder with a project's source, such as a clone, in which others may lie two levels below."""

    path: Path
    editable: bool

    def __str__(self) -> str:
        return str(self.path)

    def locate(self, name: str, extra: str = "") -> tuple[str, ...]:
        for project in (self.path, *sorted(self.path.glob("*/*/"))):
            if _read_name(project) == normalize(name):
                return (*(("-e",) if self.editable else ()), f"{project}{_bracket(extra)}")
        return ()

    def renew(self, name: str) -> tuple[str, tuple[str, ...]]:
        return f"bring {self.path} up to date", self.locate(name)


@dataclass(frozen=True)
class PackageFile:
    """A file, such as a wheel, beside which those of other distributions may lie."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def locate(self, name: str, extra: str = "") -> tuple[str, ...]:
        beside = [f for f in self.path.parent.glob("*-*") if f.name.endswith((".whl", ".tar.gz"))]
        found = [f for f in beside if normalize(f.name.partition("-")[0]) == normalize(name)]
        if not found:
            return ()
        newest = max(found, key=lambda f: (f.suffix == ".whl", f.stat().st_mtime))
        best = self.path if self.path in found else newest
        return (f"{best}{_bracket(extra)}",)

    def renew(self, name: str) -> tuple[str, tuple[str, ...]]:
        return f"install a newer version of {name} than {self.path}", ()


@dataclass(frozen=True)
class Repository:
    """A repository at a commit: its address as pip takes it, and the folder in it that was installed."""

    address: str
    commit: str
    folder: str

    def __str__(self) -> str:
        return self.address

    def locate(self, name: str, extra: str = "") -> tuple[str, ...]:
        folders = {PROJECT: self.folder, **{d: f"backends/{target}" for target, d in list_known().items()}}
        if name not in folders:
            return ()
        return (f"{name}{_bracket(extra)} @ {self.address}@{self.commit}{_point_to(folders[name])}",)

    def renew(self, name: str) -> tuple[str, tuple[str, ...]]:
        return "", ("--upgrade", f"{name} @ {self.address}{_point_to(self.folder)}")


@dataclass(frozen=True)
class Elsewhere:
    """A place of which no more is known than its name, if that."""

    place: str = ""

    def __str__(self) -> str:
        return self.place

    def locate(self, name: str, extra: str = "") -> tuple[str, ...]:
        return ()

    def renew(self, name: str) -> tuple[str, tuple[str, ...]]:
        return f"install a newer version of {name}" + (
            f" than that from {self.place}" if self.place else ""
        ), ()


def find_source(name: str) -> Source:
    """Where the installed distribution ``name`` came from.

    What has no record of it came from an index; conda's packages have none either.  The core can also run
    from a clone without being installed.
    """
    if not is_installed(name):
        clone = SourceFolder(Path(__file__).parents[1], editable=True)
        return clone if name == PROJECT and clone.locate(name) else Elsewhere()
    record = _read(name, "direct_url.json")
    try:
        return _parse(json.loads(record)) if record else PackageIndex()
    except (ValueError, KeyError, TypeError, AttributeError):  # damaged
        return Elsewhere()


def find_tool(name: str) -> str:
    """The command that installs packages, of the program that installed the distribution ``name``."""
    return "uv pip install" if _read(name, "INSTALLER").strip() == "uv" else "python -m pip install"


def is_installed(name: str) -> bool:
    """Whether there is a distribution ``name`` whose metadata can be found."""
    try:
        metadata.distribution(name)
    except Exception:
        return False
    return True


def _read(name: str, file: str) -> str:
    """A file of a distribution's metadata; empty where there is none or it cannot be read."""
    try:
        return metadata.distribution(name).read_text(file) or ""
    except Exception:
        return ""


def _parse(record: Any) -> Source:
    """The source that a direct_url.json names; raises whatever a wrong one makes it raise."""
    url: str = record["url"]
    if (vcs := record.get("vcs_info")) is not None:
        return Repository(f"{vcs['vcs']}+{url}", vcs["commit_id"], record.get("subdirectory", ""))
    if not url.startswith("file:"):
        return Elsewhere(url)
    from urllib.parse import urlsplit
    from urllib.request import url2pathname  # a heavy module, which only remedies need

    path = Path(url2pathname(urlsplit(url).path))
    if (folder := record.get("dir_info")) is not None:
        return SourceFolder(path, bool(folder.get("editable")))
    return PackageFile(path)


def _read_name(folder: Path) -> str:
    """The normalized name of the project in a folder; empty if there is none."""
    try:
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        return normalize(document["project"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _bracket(extra: str) -> str:
    return f"[{extra}]" if extra else ""


def _point_to(folder: str) -> str:
    return f"#subdirectory={folder}" if folder else ""
