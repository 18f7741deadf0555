"""A fit that is killed, at moments that nobody chose, and started again ends with the weights of one that was
left alone.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from delaycore._files import read_tensors

FIT = """
import sys
import numpy as np
from pathlib import Path
from delaycore.datasets import Samples
from delaycore.settings import ContinuousDelays, NetworkSettings, TrainingSettings
from delaycore.training import build, fit

def trained(checkpoint=None, report=lambda epoch: None):
    rng = np.random.default_rng(0)
    samples = Samples(rng.random((300, 30, 12)) < 0.15, rng.integers(0, 3, 300))
    delays = ContinuousDelays(mode="continuous_synapse", max_delay=8, synapses_per_pair=2)
    neuron = "adaptive_lif"
    shape = NetworkSettings(
        hidden=(10,), delays=delays, recurrent=True, neuron=neuron, gain=2.0
    )
    net = build(shape, 12, 3, 0.01, seed=1)
    fitting = TrainingSettings(epochs=5, batch_size=10, learning_rate=0.01)
    fit(net, samples, samples, fitting, seed=0, checkpoint=checkpoint, report=report)
    return net

if __name__ == "__main__":
    trained(Path(sys.argv[1]), lambda epoch: print(epoch.number, flush=True))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a system without SIGKILL")
def test_killed_again_and_again_it_ends_the_same(tmp_path: Path) -> None:
    script, checkpoint = tmp_path / "fit_it.py", tmp_path / "fit.safetensors"
    script.write_text(FIT)
    space: dict[str, object] = {"__name__": "fit_it"}
    exec(FIT, space)
    whole = space["trained"]()  # type: ignore[operator]

    done = 0
    for after in (1, 2):  # once shortly after a checkpoint, once later in an epoch
        with subprocess.Popen(
            [sys.executable, str(script), str(checkpoint)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for _ in range(done + 1):  # epochs that the checkpoint holds are told again, then a new one
                assert child.stdout.readline()
            time.sleep(0.01 * after)
            child.kill()
            assert child.wait() == -signal.SIGKILL
        before, done = done, len(read_tensors(checkpoint, "checkpoint", 1)[0]["epochs"])
        assert before < done < 5  # it got further, and was killed before the end
    resumed = space["trained"](checkpoint)  # type: ignore[operator]
    for (name, a), b in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b), name
