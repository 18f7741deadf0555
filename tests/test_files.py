"""Files that delaycore wrote say what they hold."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

import delaycore as dc
from delaycore._files import holds


def test_a_file_holds_the_kind_that_it_was_written_as_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "g.safetensors"
    dc.Graph.from_arrays([np.ones((2, 2))], delays=[0]).save(path)
    assert holds(path, "graph") and not holds(path, "program")


@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 40])
def test_any_other_file_holds_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(content)
    assert not holds(tmp_path / "f", "program")


def test_a_foreign_safetensors_file_a_folder_a_pipe_and_a_missing_file_hold_nothing(tmp_path: Path) -> None:
    save_file({"a": np.ones(2)}, tmp_path / "foreign")
    save_file({"a": np.ones(2)}, tmp_path / "odd", metadata={"delaycore": "[1]"})
    os.mkfifo(tmp_path / "pipe")
    for name in ("foreign", "odd", "pipe", "missing", "."):
        assert not holds(tmp_path / name, "program")
