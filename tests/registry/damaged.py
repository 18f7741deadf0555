"""Ways in which an installed distribution can be damaged: each is done to the folder that describes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

__all__ = ["DAMAGES", "damage"]


def _points_not_text(info: Path) -> None:
    (info / "entry_points.txt").write_bytes(b"[console_scripts]\nx\xff = a:b\n")


def _points_no_entries(info: Path) -> None:
    (info / "entry_points.txt").write_text("[console_scripts]\nthis is no entry point\n")


def _points_a_folder(info: Path) -> None:
    (info / "entry_points.txt").mkdir()


def _backends_not_text(info: Path) -> None:
    (info / "entry_points.txt").write_bytes(b"[delaycore.backends]\ndamaged_chip = \xff\n")


def _backends_odd(info: Path) -> None:
    (info / "entry_points.txt").write_text(
        "[delaycore.backends]\ndamaged = \ndamaged chip = a:b:c\ndamaged\0 = m\ndamaged\u2028x = \n"
    )


def _metadata_missing(info: Path) -> None:
    (info / "METADATA").unlink()


def _metadata_not_text(info: Path) -> None:
    (info / "METADATA").write_bytes(b"\0\xffName: \xff\n" * 100)


def _metadata_empty(info: Path) -> None:
    (info / "METADATA").write_bytes(b"")


def _metadata_a_folder(info: Path) -> None:
    (info / "METADATA").unlink()
    (info / "METADATA").mkdir()


def _a_file(info: Path) -> None:
    shutil.rmtree(info)
    info.write_text("no folder")


def _a_link_to_nowhere(info: Path) -> None:
    shutil.rmtree(info)
    info.symlink_to("damaged-nowhere")


def _a_link_to_itself(info: Path) -> None:
    shutil.rmtree(info)
    info.symlink_to(info.name)


def _name_not_text(info: Path) -> None:
    info.rename(os.fsdecode(os.fsencode(info.parent) + b"/damaged_\xff-1.0.dist-info"))


def _nameless(info: Path) -> None:
    shutil.rmtree(info)
    (info.parent / ".dist-info").mkdir(exist_ok=True)
    (info.parent / "-.dist-info").mkdir(exist_ok=True)


def _another_s_name(info: Path) -> None:
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: damaged\nVersion: 1\nName: numpy\n")


DAMAGES: dict[str, Callable[[Path], None]] = {
    function.__name__.removeprefix("_"): function
    for function in (
        *(_points_not_text, _points_no_entries, _points_a_folder, _backends_not_text, _backends_odd),
        *(_metadata_missing, _metadata_not_text, _metadata_empty, _metadata_a_folder),
        *(_a_file, _a_link_to_nowhere, _a_link_to_itself, _name_not_text, _nameless, _another_s_name),
    )
}
"""The ways, by name."""


def damage(folder: Path, way: str) -> Path:
    """Install a distribution of nothing in ``folder`` and damage it; return what describes it."""
    name = f"damaged_{way}"
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    DAMAGES[way](info)
    return info
