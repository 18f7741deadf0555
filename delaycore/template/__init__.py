"""A new backend as a package of its own, rendered from the files in the folder ``backend`` beside this one.

The engine is Jinja2 (Pallets), the one that is kept best and asks for least; its delimiters here are ``<<
>>`` and ``<% %>``, so that braces and brackets mean in the templates what they mean in Python and in CI
files.
"""

from __future__ import annotations

import keyword
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from delaycore._requirements import PROJECT
from delaycore._sources import PackageIndex, Repository, find_source
from delaycore.errors import FileError, SettingsError

__all__ = ["new_backend", "render"]

SUFFIX = ".jinja"


def render(name: str, title: str = "") -> dict[str, str]:
    """The files of a backend for target ``name``, by path.  Raises `SettingsError` for a name that cannot be
    a target's.
    """
    from jinja2 import Environment, StrictUndefined

    import delaycore

    major, minor, _ = delaycore.__version__.split(".")

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise SettingsError.at(
            "name",
            f"must be small letters, digits and underscores, a letter first, not {name!r}",
            "such as mychip",
        )
    title = title or name.replace("_", " ").capitalize()
    values = {
        "name": name,
        "title": title,
        "module": f"delaycore_{name}",
        "distribution": f"delaycore-{name.replace('_', '-')}",
        "cls": "".join(part.capitalize() for part in name.split("_")),
        "api_version": delaycore.API_VERSION,
        "series": f">={major}.{minor},<{major}.{int(minor) + 1}",
        "core": _find_core(),
    }
    if not title.isprintable() or {'"', "\\"} & set(title):
        raise SettingsError.at(
            "title", "must be one line of text without quotation marks and backslashes", "such as 'My chip'"
        )
    environment = Environment(
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return {
        path.replace("MODULE", f"delaycore_{name}").removesuffix(SUFFIX): environment.from_string(
            text
        ).render(values)
        for path, text in _templates(resources.files(__name__) / "backend", "")
    }


def _find_core() -> str:
    """What a machine without delaycore installs first: nothing where an index has it, and the wheel
    that an author puts beside the backend where it lies on this machine alone.
    """
    source = find_source(PROJECT)
    if isinstance(source, PackageIndex):
        return ""
    return shlex.join(source.locate(PROJECT)) if isinstance(source, Repository) else "wheels/delaycore-*.whl"


def _templates(folder: Traversable, at: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _templates(entry, f"{at}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            yield f"{at}{entry.name}", entry.read_text(encoding="utf-8")


def new_backend(name: str, folder: Path, title: str = "") -> list[Path]:
    """Write the package of a new backend into ``folder``, which must not be there yet, whole or not at all;
    the paths of its files.
    """
    files = render(name, title)
    if folder.exists():
        raise FileError.at(folder, "is there already", "give another folder, or remove it")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            made = Path(temporary) / folder.name
            for path, text in files.items():
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                (made / path).write_text(text, encoding="utf-8")
            shutil.move(made, folder)
    except OSError as error:
        raise FileError.at(
            folder,
            f"cannot be written ({error.strerror or error})",
            "check that the folder may be written to and has room",
        ) from error
    return [folder / path for path in files]
