"""An example for every command: each can be run as it stands, once those before it have made its files.

``sounds`` holds a folder of WAV files for each class; the quick start makes one.
"""

from __future__ import annotations

__all__ = ["EXAMPLES", "show_example"]

EXAMPLES = {
    "doctor": "delaycore doctor --json",
    "targets": "delaycore targets --verify",
    "options": "delaycore options loihi",
    "config": "delaycore config first --out mine.toml",
    "train": "delaycore train mine.toml --out runs/first",
    "check": "delaycore check runs/first/model.safetensors --target loihi",
    "quantize": "delaycore quantize runs/first/model.safetensors -t seneca --out on_grid.safetensors",
    "map": "delaycore map runs/first/model.safetensors -t loihi --out program.safetensors",
    "encode": "delaycore encode sounds --speaker '^([^_]+)_' --out words",
    "simulate": "delaycore simulate program.safetensors words_test.h5 --record spikes.safetensors",
    "price": "delaycore price program.safetensors --activity spikes.safetensors",
    "delay-memory": "delaycore delay-memory runs/first/model.safetensors --density 0.05",
    "new-backend": "delaycore new-backend mychip",
    "conformance": "delaycore conformance loihi --check spec --check delays",
    "run": "delaycore run --config first --target loihi --out runs/main",
    "compare": "delaycore compare -c first --sweep loihi:weight_bits=8,4 --method ptq --out runs/bits",
}
"""By the name of the command, in an order in which each finds its files."""


def show_example(command: str) -> str:
    """Return the end of a command's help, in one line however narrow the terminal is."""
    return f"\b\nExample: {EXAMPLES[command]}"
