"""The networks of the study, how each is trained, and what it comes to in software and on the chips."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delaycore import engine
from delaycore._files import make_folder, read_document, write_document
from delaycore.experiment import Recordings, Stage, TrainedNetwork, Trainer, evaluate_on_chip
from delaycore.hardware import from_plain, to_plain
from delaycore.registry import load_backend
from delaycore.report import Row, make_row
from delaycore.settings import ContinuousDelays, ConvolutionLayer, Settings

__all__ = ["CANDIDATES", "FAMILIES", "Candidate", "Measured", "measure"]

FAMILIES = {
    "none": "no delays",
    "random": "random, fixed",
    "synaptic": "levels, pruned per pair",
    "axonal": "levels, pruned per axon",
    "layer": "levels, pruned per projection",
    "continuous_synapse": "continuous, per synapse",
    "continuous_axon": "continuous, per axon",
}
CONTINUOUS = ("continuous_synapse", "continuous_axon")
_PRUNED = ("synaptic", "axonal", "layer")
_SHAPES: dict[str, dict[str, Any]] = {
    "": {},
    "recurrent": {"recurrent": True},
    "convolution": {
        "convolutions": (ConvolutionLayer(maps=4, kernel=9, stride=4),),
        "hidden": (24,),
        "leak": "map",
    },
}


@dataclass(frozen=True)
class Candidate:
    """A way of having delays, with ``keep`` synapses per pair (delays per axon), in a network of a shape."""

    family: Any
    keep: int
    shape: str = ""

    @property
    def name(self) -> str:
        """Of files."""
        return "-".join(filter(None, (self.shape, self.family, str(self.keep))))

    @property
    def title(self) -> str:
        """Of rows."""
        return ", ".join(filter(None, (self.shape, FAMILIES[self.family])))

    def train(self, settings: Settings, data: Recordings, out: Path) -> TrainedNetwork:
        """Train it, for as many epochs in all as any other; the networks that are pruned share the one with
        all levels.
        """
        levels = settings.network.delays
        delays = (
            ContinuousDelays(mode=self.family, max_delay=levels.steps[-1], synapses_per_pair=self.keep)
            if self.family in CONTINUOUS
            else levels
        )
        network = settings.network.model_copy(update=_SHAPES[self.shape] | {"delays": delays})
        pruning = settings.pruning.model_copy(
            update={"keep": self.keep, "mode": self.family if self.family in _PRUNED else "synaptic"}
        )
        asked = settings.model_copy(update={"network": network, "pruning": pruning})
        if self.family in CONTINUOUS:
            epochs = settings.training.epochs + settings.pruning.epochs
            asked = asked.model_copy(
                update={"training": settings.training.model_copy(update={"epochs": epochs})}
            )
        for folder in ("graphs", "checkpoints"):
            make_folder(out / folder)
        trainer, stage = Trainer(asked, data, out), Stage(self.name, self.title)
        if self.family == "none":
            return trainer.train_without_delays(stage, network.hidden)
        if self.family == "random":
            return trainer.train_random_delays(stage)
        if self.family in _PRUNED:
            shared = Trainer(settings.model_copy(update={"network": network}), data, out)
            full = shared.train_delays(Stage(f"{self.shape or 'plain'}-levels", "all levels"))
            return trainer.prune_and_finetune(stage, full)
        return trainer.train_delays(stage)


def _candidates() -> Iterator[Candidate]:
    yield Candidate("none", 1)
    for keep in (5, 1, 15):
        for family in FAMILIES:
            if family != "none":
                yield Candidate(family, keep)
    for family, keep in (("none", 1), ("random", 5), ("synaptic", 5)):
        yield Candidate(family, keep, "recurrent")
    for family, keep in (("none", 1), ("synaptic", 5)):
        yield Candidate(family, keep, "convolution")


CANDIDATES = tuple(_candidates())


@dataclass(frozen=True)
class Measured:
    """One network of one seed: on the test samples in software, and on each chip."""

    candidate: str
    seed: int
    software: Row
    chips: dict[str, Row]


def measure(candidate: Candidate, settings: Settings, data: Recordings, out: Path) -> Measured:
    """Train and deploy ``candidate``, or read what came of it before."""
    known = out / "measured" / f"{candidate.name}.json"
    if known.exists():
        return from_plain(Measured, read_document(known, "measurement", 1, "remove it to measure again"))
    trained = candidate.train(settings, data, out)
    activity = engine.simulate(trained.graph, data.test.spikes)
    software = make_row(
        "software",
        candidate.title,
        activity.predictions,
        data.test.labels,
        speakers=data.test.speakers,
        graph=trained.graph,
        activity=activity,
    )
    chips = {}
    for target in settings.targets:
        deployed = evaluate_on_chip(
            target,
            TrainedNetwork(Stage(target, load_backend(target).spec.title), trained.graph),
            data.test,
            activity.predictions,
        )
        if not (deployed.same_spikes or deployed.result is None):
            raise SystemExit(f"{candidate.name}: {target} differs from its quantized reference")
        chips[target] = deployed.row
    found = Measured(candidate=candidate.name, seed=settings.seed, software=software, chips=chips)
    make_folder(known.parent)
    write_document(known, "measurement", 1, to_plain(found))
    return found
