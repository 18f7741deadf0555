"""Epochs as they end: bars, lines, and what an interruption says."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from delaycore.cli import _progress
from delaycore.cli._progress import show_count, show_progress
from delaycore.training import Epoch

EPOCHS = [Epoch(n, 2.0 / (n + 1), 0.1 * n, 0.0912 * n) for n in range(4)]


def show(
    monkeypatch: pytest.MonkeyPatch, epochs: list[Epoch], *, width: int = 160, terminal: bool = False
) -> str:
    written = io.StringIO()
    console = Console(file=written, width=width, force_terminal=terminal, highlight=False)
    monkeypatch.setattr(_progress, "console", console)
    with show_progress(quiet=False) as on_epoch:
        for epoch in epochs:
            on_epoch("on_loihi_with_a_long_name", 4, epoch)
    return written.getvalue()


def test_without_a_terminal_there_is_a_line_per_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = show(monkeypatch, EPOCHS).splitlines()
    assert lines[3] == "on_loihi_with_a_long_name: epoch 4 of 4, loss 0.5, training 30.0%, validation 27.4%"
    assert len(lines) == 4


def test_epochs_of_a_checkpoint_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [replace(epoch, resumed=True) for epoch in EPOCHS[:2]]
    lines = show(monkeypatch, [*known, *EPOCHS[2:]]).splitlines()
    assert lines[0] == "on_loihi_with_a_long_name: goes on after epoch 2 of 4"
    assert [line.split(", ")[0].split(": ")[1] for line in lines[1:]] == ["epoch 3 of 4", "epoch 4 of 4"]


@pytest.mark.parametrize("width", [80, 119, 120, 200])
def test_no_digit_is_cut_at_any_width_from_80(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    shown = show(monkeypatch, [replace(EPOCHS[3], loss=123.0)], width=width, terminal=True)
    last = [line for line in shown.splitlines() if "4/4" in line][-1]
    assert "27.4%" in last and "0:00:00" in last and "30" in last


def test_an_interruption_says_where_it_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), show_progress(quiet=True) as on_epoch:
        on_epoch("delays", 14, EPOCHS[2])
        raise KeyboardInterrupt
    said = " ".join(capsys.readouterr().err.split())
    assert said == "stopped in delays, after epoch 3 of 14; the same command goes on from there"


def test_the_log_is_written_beside_what_is_shown(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    with show_progress(quiet=True, log=tmp_path / "log") as on_epoch:
        on_epoch("delays", 4, EPOCHS[0])
    assert list((tmp_path / "log" / "delays").iterdir())


def test_without_a_terminal_a_count_has_a_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with show_count(False, "encoded") as progress:
        for done in range(1, 31):
            progress(done, 30)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10 and lines[0] == "encoded 3 of 30" and lines[-1] == "encoded 30 of 30"
    with show_count(False, "encoded") as progress:
        progress(1, 1)
    assert capsys.readouterr().err == "encoded 1 of 1\n"
