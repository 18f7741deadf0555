"""Several processes that train together do what one does; one that ends takes the others with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from delaycore.errors import SettingsError
from delaycore.graph import load
from delaycore.training._process_group import (
    ProcessGroup,
    get_process_group,
    join_process_group,
    require_alone,
)

LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]

STEP = """
import sys
import numpy as np
import torch
from delaycore.datasets import Samples
from delaycore.settings import LevelDelays, NetworkSettings, TrainingSettings
from delaycore.training import build, predict
from delaycore.training._batches import shuffle_batches
from delaycore.training._fit import compute_gradients
from delaycore.training._process_group import join_process_group

def step():
    rng = np.random.default_rng(0)
    samples = Samples(rng.random((37, 40, 30)) < 0.1, rng.integers(0, 5, 37))
    shape = NetworkSettings(
        hidden=(24, 20),
        delays=LevelDelays(levels=8, stride=2),
        delayed_input=True,
        neuron="adaptive_lif",
        recurrent=True,
        gain=2.0,
    )
    net = build(shape, 30, 5, 0.01, seed=1)
    before = predict(net, samples)
    fitting = TrainingSettings(batch_size=37, time_shift=2, channel_shift=2)
    x, label = next(shuffle_batches(samples, fitting, 0, 0))
    loss, right = compute_gradients(net, net, {}, x, label)
    gradient = {n: p.grad.numpy() for n, p in net.named_parameters()}
    return {"predictions": before, "loss": loss, "right": right} | gradient

if __name__ == "__main__":
    with join_process_group() as group:
        found = step()
        assert group.size == 2
        np.savez(f"{sys.argv[1]}/{group.rank}.npz", **found)
"""

CONFIG = """
framing = { steps = 40, step = 0.015, group = 2 }
network = { hidden = [12], delays = { levels = 4, stride = 5 }, gain = 1.5 }
training = { epochs = 3, batch_size = 50, learning_rate = 5e-3 }
pruning = { keep = 2, epochs = 1 }
"""


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE")} | {"OMP_NUM_THREADS": "1"}


@given(number=st.integers(1, 50), size=st.integers(1, 9))
def test_the_shares_of_a_batch_are_the_batch(number: int, size: int) -> None:
    shares = [ProcessGroup(rank, size).share(number) for rank in range(size)]
    assert [i for part, fraction in shares if fraction for i in range(number)[part]] == list(range(number))
    assert sum(fraction for _, fraction in shares) == pytest.approx(1)
    assert all(len(range(number)[part]) > 0 for part, _ in shares)  # nobody is left without a pass to make


def test_one_process_is_a_team_of_its_own() -> None:
    with join_process_group() as alone:
        assert alone == get_process_group() == ProcessGroup(0, 1)
        one = torch.ones(3)
        alone.add([one])
        alone.broadcast([one])
        assert one.tolist() == [1, 1, 1]
    require_alone("delaycore run")


def test_what_works_in_one_process_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(SettingsError, match="3 processes, and works in one"):
        require_alone("delaycore run")


def test_the_first_gradients_of_two_processes_are_those_of_one(tmp_path: Path) -> None:
    script = tmp_path / "step_it.py"
    script.write_text(STEP)
    space: dict[str, object] = {"__name__": "step_it"}
    exec(STEP, space)
    alone = space["step"]()  # type: ignore[operator]
    subprocess.run([*LAUNCH, str(script), str(tmp_path)], check=True, env=environment(), capture_output=True)
    both = [np.load(tmp_path / f"{rank}.npz") for rank in range(2)]
    for name, value in alone.items():
        np.testing.assert_array_equal(both[0][name], both[1][name], err_msg=name)
        largest = float(np.abs(value).max())
        assert largest > 0, name
        assert float(np.abs(both[0][name] - value).max()) <= 1e-5 * largest, name


LOSE = """
import os, sys
import torch
from delaycore.training import TrainingError, join_process_group

try:
    with join_process_group() as group:
        group.add([torch.ones(3)])
        if not group.first:
            os._exit(0)
        group.add([torch.ones(3)])
except TrainingError as error:
    print(error, flush=True)
"""


def test_a_process_that_loses_another_says_so(tmp_path: Path) -> None:
    script = tmp_path / "lose_it.py"
    script.write_text(LOSE)
    done = subprocess.run(
        [*LAUNCH, str(script)], env=environment(), capture_output=True, text=True, check=False
    )
    assert "process 0 of 2: another process of this training has ended" in done.stdout


@pytest.mark.thorough
def test_a_run_in_two_processes_that_loses_one_says_so_and_goes_on_when_started_again(tmp_path: Path) -> None:
    config, whole, broken = tmp_path / "small.toml", tmp_path / "whole", tmp_path / "broken"
    config.write_text(CONFIG)
    command = [*LAUNCH, "-m", "delaycore", "train", str(config), "--out"]
    said = subprocess.run(
        [*command, str(whole)], check=True, env=environment(), capture_output=True, text=True
    )
    assert said.stdout.count("model.safetensors") == 1  # one of them talks

    with subprocess.Popen(
        [*command, str(broken)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        checkpoint = broken / "checkpoints" / "delays.safetensors"
        while not checkpoint.exists() and run.poll() is None:
            time.sleep(0.05)
        os.kill(_second(run.pid), signal.SIGKILL)
        assert run.stderr is not None
        message = run.stderr.read()
        assert run.wait() != 0
    assert "process 0 of 2: another process of this training has ended" in message or "SIGKILL" in message
    assert not (broken / "model.safetensors").exists()

    subprocess.run([*command, str(broken)], check=True, env=environment(), capture_output=True)
    assert load(broken / "model.safetensors") == load(whole / "model.safetensors")


def _second(launcher: int) -> int:
    """The process of rank 1 that the launcher started."""
    children = [int(c) for c in Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()]
    return next(
        c for c in children if b"\0RANK=1\0" in b"\0" + Path(f"/proc/{c}/environ").read_bytes() + b"\0"
    )
