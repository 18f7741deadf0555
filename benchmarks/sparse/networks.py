"""The networks of the study: ways of finding pairs and delays, each with the same number of synapses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from delaycore import engine
from delaycore._files import make_folder, read_document, write_document
from delaycore.experiment import Recordings, Stage, TrainedNetwork, Trainer, evaluate_on_chip
from delaycore.hardware import from_plain, to_plain
from delaycore.registry import load_backend
from delaycore.report import Row, make_row
from delaycore.settings import ContinuousDelays, LevelDelays, RandomDelays, RewiringSettings, Settings

__all__ = ["WAYS", "Candidate", "Measured", "measure"]

Delays = LevelDelays | RandomDelays | ContinuousDelays
Way = Literal["random", "positions", "axons", "levels", "rewired_positions", "rewired_axons"]

WAYS: dict[Way, str] = {
    "random": "random pairs and delays",
    "positions": "trained positions",
    "axons": "trained positions, per axon",
    "levels": "rewired levels",
    "rewired_positions": "rewired positions",
    "rewired_axons": "rewired, positions per axon",
}

_MOVED = 0.3
_SHARED = 4
"""Delays of an axon, in the ways that have them per axon."""


@dataclass(frozen=True)
class Candidate:
    """A way of finding synapses, ``fan_in`` of which enter each neuron from each source population, at most
    one per pair of neurons.
    """

    way: Way
    fan_in: int

    @property
    def name(self) -> str:
        """Of files."""
        return f"{self.way}-{self.fan_in}"

    def apply(self, settings: Settings) -> Settings:
        """Return settings that train it, all else being the same."""
        grid = settings.network.delays.to_levels()
        width = (12.0, 0.25)
        match self.way:
            case "random":
                delays: Delays = RandomDelays(levels=grid.levels, stride=grid.stride)
            case "levels":
                delays = grid
            case "positions" | "rewired_positions":
                delays = ContinuousDelays(mode="continuous_synapse", max_delay=grid.longest, width=width)
            case _:
                delays = ContinuousDelays(
                    mode="continuous_axon",
                    max_delay=grid.longest,
                    width=width,
                    synapses_per_pair=_SHARED,
                )
        moves = self.way in ("levels", "rewired_positions", "rewired_axons")
        rewiring = RewiringSettings(fraction=_MOVED) if moves else RewiringSettings()
        network = settings.network.model_copy(update={"delays": delays, "fan_in": self.fan_in})
        return settings.model_copy(update={"network": network, "rewiring": rewiring})


@dataclass(frozen=True)
class Measured:
    """One network of one seed: its best validation accuracy, and on the test samples in software and on each
    chip.
    """

    candidate: str
    seed: int
    validation: float
    software: Row
    chips: dict[str, Row]


def measure(candidate: Candidate, settings: Settings, data: Recordings, out: Path) -> Measured:
    """Train and deploy ``candidate``, or read what came of it before."""
    known = out / "measured" / f"{candidate.name}-seed-{settings.seed}.json"
    if known.exists():
        return from_plain(Measured, read_document(known, "measurement", 1, "remove it to measure again"))
    folder = out / f"{candidate.name}-seed-{settings.seed}"
    for name in ("graphs", "checkpoints"):
        make_folder(folder / name)
    trained = Trainer(candidate.apply(settings), data, folder).train_delays(
        Stage(candidate.name, WAYS[candidate.way])
    )
    assert trained.accuracies is not None  # it was fitted
    activity = engine.simulate(trained.graph, data.test.spikes)
    software = make_row(
        "software",
        WAYS[candidate.way],
        activity.predictions,
        data.test.labels,
        speakers=data.test.speakers,
        graph=trained.graph,
        activity=activity,
    )
    chips = {}
    for target in settings.targets:
        stage = Stage(target, load_backend(target).spec.title)
        deployed = evaluate_on_chip(
            target, TrainedNetwork(stage, trained.graph), data.test, activity.predictions
        )
        if not (deployed.same_spikes or deployed.result is None):
            raise SystemExit(f"{candidate.name}: {target} differs from its quantized reference")
        chips[target] = deployed.row
    found = Measured(candidate.name, settings.seed, trained.accuracies.validation, software, chips)
    make_folder(known.parent)
    write_document(known, "measurement", 1, to_plain(found))
    return found
