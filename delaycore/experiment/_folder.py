"""The folder of a run.

settings.json              settings of the run, and a digest of its data
graphs/NAME.safetensors    every trained network
checkpoints/               from which an interrupted run goes on
programs/TARGET.safetensors
reports/                   fit, losses, costs and counts of each target as JSON; losses of the data
table.md, table.json       the comparison
*.png                      plots
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from delaycore._files import write_text
from delaycore.errors import FileError, SettingsError
from delaycore.experiment._recordings import Recordings
from delaycore.settings import Settings

__all__ = ["open_folder"]


def open_folder(settings: Settings, recordings: Recordings, out: Path) -> None:
    """Create the folder of a run, or go on with one that the same run left, whichever chips it was for: the
    networks without a chip are those of every run.

    Raises `SettingsError` for a folder of a run with other settings or data, `FileError` for one that cannot
    be written to.
    """
    identity = {"settings": settings.model_dump(mode="json"), "data": recordings.fingerprint}
    try:
        for folder in (out, out / "graphs", out / "checkpoints", out / "programs", out / "reports"):
            folder.mkdir(parents=True, exist_ok=True)
        known = out / "settings.json"
        if known.exists() and _drop_targets(json.loads(known.read_text(encoding="utf-8"))) != _drop_targets(
            identity
        ):
            raise SettingsError.at(
                out, "holds a run with other settings or data", "give another --out, or remove the folder"
            )
        if not known.exists() and any((out / "graphs").glob("*.safetensors")):
            raise SettingsError.at(
                out,
                "holds graphs, but no settings.json that says of what",
                "give another --out, or remove the folder",
            )
    except OSError as error:
        raise FileError.at(
            out, f"cannot be written to ({error.strerror})", "give a folder that you may write to with --out"
        ) from error
    except ValueError as error:
        raise FileError.at(
            out / "settings.json", f"is damaged ({error})", "remove the folder, or give another --out"
        ) from error
    write_text(known, json.dumps(identity, indent=2) + "\n")


def _drop_targets(identity: Any) -> Any:
    """Return what decides which networks are trained: everything but the chips that they are put on."""
    if not isinstance(identity, dict) or not isinstance(identity.get("settings"), dict):
        return identity
    kept = {name: value for name, value in identity["settings"].items() if name != "targets"}
    return identity | {"settings": kept}
