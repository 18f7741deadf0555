"""Files that delaycore writes: whole or not at all, and verified when they are read."""

from delaycore._files._documents import read_document, write_document
from delaycore._files._locks import try_lock
from delaycore._files._paths import as_path, guess_path, make_folder, require_file
from delaycore._files._replacing import Write, remove_abandoned, write_atomic, write_text, write_together
from delaycore._files._seals import digest_file
from delaycore._files._tensors import holds, read_tensors, write_tensors

__all__ = [
    "Write",
    "as_path",
    "digest_file",
    "guess_path",
    "holds",
    "make_folder",
    "read_document",
    "read_tensors",
    "remove_abandoned",
    "require_file",
    "try_lock",
    "write_atomic",
    "write_document",
    "write_tensors",
    "write_text",
    "write_together",
]
