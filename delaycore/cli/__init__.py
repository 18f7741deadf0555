"""The command ``delaycore``: a module per command or family of commands, each registered with `app`."""

from delaycore.cli import (
    _backend_authors,  # noqa: F401  # its commands register themselves, as those of the next modules do
    _compare,  # noqa: F401
    _config,  # noqa: F401
    _delay_memory,  # noqa: F401
    _deploy,  # noqa: F401
    _encode,  # noqa: F401
    _installed,  # noqa: F401
    _price,  # noqa: F401
    _train,  # noqa: F401
)
from delaycore.cli._app import app, main
from delaycore.cli._plugin_output import end_output

__all__ = ["app", "end_output", "main"]
