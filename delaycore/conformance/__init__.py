"""What a backend author holds a backend against: random networks that really fire, and a check for each
promise that a backend makes.

verdict = delaycore.conformance.run("mychip")
"""

from delaycore.conformance._arithmetics import list_arithmetics, round_network
from delaycore.conformance._networks import LiveNetwork, live_network
from delaycore.conformance._suite import Outcome, Verdict, list_checks, make_subject, run, run_checks
from delaycore.hardware import ConformanceProfile, LimitCase

__all__ = [
    "LimitCase",
    "LiveNetwork",
    "Outcome",
    "ConformanceProfile",
    "Verdict",
    "list_arithmetics",
    "live_network",
    "list_checks",
    "run_checks",
    "run",
    "make_subject",
    "round_network",
]
