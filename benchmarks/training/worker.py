"""One contender: builds its network for a case, then takes one training step for every line that it reads.

    python -m benchmarks.training.worker CONTENDER CASE THREADS

Prints a line of JSON when it is ready and after every step.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import sys
import time
import warnings
from pathlib import Path

import torch
from torch.nn import functional

from benchmarks.training.cases import CASES, RATE

WHERE = {"delaycore": "ours"}


def status(field: str) -> float:
    """A field of the process's memory in MB (Linux)."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(field))
    return int(line.split()[1]) / 1e3


def main(contender: str, name: str, threads: int) -> None:
    torch.set_num_threads(threads)
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    case = CASES[name]
    model = importlib.import_module(f"benchmarks.training.{WHERE.get(contender, 'peers')}").build(
        contender, case
    )
    optimiser = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=0, fused=True
    )
    spikes, labels = (torch.from_numpy(a) for a in case.batch())
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    held = status("VmRSS")
    print(json.dumps({"held": held}), flush=True)
    for _ in sys.stdin:
        begun, spent = time.perf_counter(), time.process_time()
        optimiser.zero_grad()
        readout, fired = model(spikes)
        loss = functional.cross_entropy(readout.softmax(dim=2).sum(dim=0), labels)
        loss.backward()
        optimiser.step()
        seconds, processor = time.perf_counter() - begun, time.process_time() - spent
        densities = [float(s.detach().mean()) for s in fired]
        print(
            json.dumps(
                {
                    "seconds": seconds,
                    "processor": processor,
                    "loss": loss.item(),
                    "densities": densities,
                    "peak": status("VmHWM") - held,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
