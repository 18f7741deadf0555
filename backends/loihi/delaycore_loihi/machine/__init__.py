"""Machine: the network is read back from the image of the chip's memories and run spike for spike."""

from delaycore_loihi.machine._run import run_program

__all__ = ["run_program"]
