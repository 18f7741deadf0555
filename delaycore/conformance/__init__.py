"""What a backend author holds a backend against: random networks that really fire, and a check for each
promise that a backend makes.

verdict = delaycore.conformance.run("mychip")
"""

from delaycore.conformance._arithmetics import arithmetics, under
from delaycore.conformance._networks import LiveNetwork, live_network
from delaycore.conformance._suite import Outcome, Verdict, names, outcomes, run, subject_of
from delaycore.hardware import ConformanceProfile, LimitCase

__all__ = [
    "LimitCase",
    "LiveNetwork",
    "Outcome",
    "ConformanceProfile",
    "Verdict",
    "arithmetics",
    "live_network",
    "names",
    "outcomes",
    "run",
    "subject_of",
    "under",
]
