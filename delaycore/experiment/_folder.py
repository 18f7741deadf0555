"""The folder of a run.

settings.json              settings of the run, and a digest of its data
graphs/NAME.safetensors    every trained network
graphs/NAME.json           what its training lost and reached, and the digest of its graph
checkpoints/               from which an interrupted run goes on
programs/TARGET.safetensors
reports/                   fit, losses, costs and counts of each target; losses of the data
table.md, table.json       the comparison
*.png                      plots
.lock                      who works in the folder, for as long as somebody does

All files but pages and plots hold a digest of themselves, and are refused if they were changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from delaycore._files import make_folder, read_document, remove_abandoned, write_document
from delaycore.errors import SettingsError
from delaycore.experiment._folder_lock import lock_folder
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._stage import MessageCallback
from delaycore.settings import Settings

__all__ = ["is_same_run", "open_folder"]

KIND, VERSION = "run", 1

_REMEDY = "give another --out, or remove the folder"


@contextmanager
def open_folder(
    settings: Settings, recordings: Recordings, out: Path, on_message: MessageCallback
) -> Iterator[None]:
    """Create the folder of a run, or go on with one that the same run left, whichever chips it was for, and
    keep others out of it.

    Raises `SettingsError` for a folder of a run with other settings or data, `FileError` for one that cannot
    be written to, in which another process works, or whose settings.json was changed.
    """
    with lock_folder(out, on_message):
        folders = [make_folder(out / name) for name in ("graphs", "checkpoints", "programs", "reports")]
        for folder in (out, *folders):
            remove_abandoned(folder)
        identity = _identify(settings, recordings)
        known = out / "settings.json"
        if not known.exists():
            if any((out / "graphs").glob("*.safetensors")):
                message = "holds graphs, but no settings.json that says of what"
                raise SettingsError.at(out, message, _REMEDY)
        elif _drop_targets(read_document(known, KIND, VERSION, _REMEDY)) != _drop_targets(identity):
            raise SettingsError.at(out, "holds a run with other settings or data", _REMEDY)
        write_document(known, KIND, VERSION, identity)
        yield


def is_same_run(settings: Settings, recordings: Recordings, folder: Path) -> bool:
    """Tell whether ``folder`` is that of a run with these settings and data, whichever chips it was for.

    Raises `FileError` if its settings.json was changed.
    """
    known = folder / "settings.json"
    if not known.is_file():
        return False
    found = read_document(known, KIND, VERSION, "remove its folder, or name another one")
    return bool(_drop_targets(found) == _drop_targets(_identify(settings, recordings)))


def _identify(settings: Settings, recordings: Recordings) -> dict[str, Any]:
    return {"settings": settings.model_dump(mode="json"), "data": recordings.fingerprint}


def _drop_targets(identity: Any) -> Any:
    """Return what decides which networks are trained: everything but the chips that they are put on."""
    if not isinstance(identity, dict) or not isinstance(identity.get("settings"), dict):
        return identity
    kept = {name: value for name, value in identity["settings"].items() if name != "targets"}
    return identity | {"settings": kept}
