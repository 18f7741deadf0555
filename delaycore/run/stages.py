"""The networks of a run, and how each is trained.  Every stage ends in a Graph on disk, and is not repeated once it has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from delaycore.graph import Graph, load
from delaycore.hardware import Losses, onto
from delaycore.registry import load_backend
from delaycore.run.recordings import Recordings
from delaycore.training.checkpoint import Epoch
from delaycore.training.fit import fit
from delaycore.training.network import DelayNetwork
from delaycore.training.pruning import prune, random_delays
from delaycore.training.settings import Network, Settings

__all__ = ["Stage", "Trained", "Trainer", "equal_synapses"]

Watch = Callable[[str, int, Epoch], None]
"""Is told of every epoch: the stage, its number of epochs, the epoch."""


@dataclass(frozen=True)
class Stage:
    """A network of a run by name, with what it is in words."""

    name: str
    title: str


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network: its graph in float64, and what was removed on the way."""

    stage: Stage
    graph: Graph
    losses: Losses = Losses()


def equal_synapses(inputs: int, layers: int, classes: int, synapses: int) -> int:
    """Neurons of each hidden layer with which a network of one synapse per pair has about this many synapses."""
    width = 1
    while inputs * width + (layers - 1) * width**2 + width * classes < synapses:
        width += 1
    return width


@dataclass(frozen=True)
class Trainer:
    """Trains the networks of a run on its recordings, into the folder ``out``."""

    settings: Settings
    recordings: Recordings
    out: Path
    watch: Watch = lambda stage, epochs, epoch: None

    def no_delays(self, stage: Stage, hidden: tuple[int, ...]) -> Trained:
        """A network of the same kind whose delays are all 0, trained for as many epochs as the one with delays in all."""
        controls = self.settings.controls
        initial = self.settings.network.model_copy(update={"leak": controls.leak, "time_constants": controls.time_constants})
        network = self._network(hidden, [(0,)] * (len(hidden) + 1), initial)
        return self._whole(stage, network, controls.rate)

    def random_delays(self, stage: Stage) -> Trained:
        """As many synapses as the pruned network, at random delays that stay; weights trained for as many epochs in all."""
        network = self._delayed()
        for i, levels in enumerate(network.delays):
            if len(levels) > self.settings.pruning.keep:
                shape = (len(levels), network.sizes[i], network.sizes[i + 1])
                network.keep(i, random_delays(shape, self.settings.pruning.keep, self.settings.seed * 31 + i))
        return self._whole(stage, network)

    def delays(self, stage: Stage) -> Trained:
        """All delay levels, weights trained: learning which delays matter."""
        return self._fitted(stage, self._delayed(), self.settings.training.epochs, 1.0)

    def pruned(self, stage: Stage, trained: Trained) -> Trained:
        """The strongest delays of ``trained``, fine-tuned."""
        network = self.loaded(trained.graph)
        losses = prune(network, self.settings.pruning.mode, self.settings.pruning.keep)
        fine = self.settings.pruning
        done = self._fitted(stage, network, fine.epochs, fine.rate)
        return Trained(stage, done.graph, losses)

    def on_grid(self, stage: Stage, pruned: Trained, target: str) -> Trained:
        """``pruned`` fine-tuned on the numbers that a chip can hold."""
        if not self.settings.grid.epochs:
            return Trained(stage, pruned.graph)
        return self._fitted(stage, self.loaded(pruned.graph), self.settings.grid.epochs, self.settings.grid.rate, target)

    def _sizes(self, hidden: tuple[int, ...]) -> tuple[int, ...]:
        return (self.recordings.framing.inputs, *hidden, len(self.recordings.classes))

    def _network(self, hidden: tuple[int, ...], delays: list[tuple[int, ...]], initial: Network) -> DelayNetwork:
        s = self.settings
        return DelayNetwork(self._sizes(hidden), delays, initial, self.recordings.step, s.seed, s.training.surrogate)

    def _delayed(self) -> DelayNetwork:
        n = self.settings.network
        first = n.delays if n.delayed_input else (0,)
        return self._network(n.hidden, [first] + [n.delays] * len(n.hidden), n)

    def _whole(self, stage: Stage, network: DelayNetwork, rate: float = 1.0) -> Trained:
        return self._fitted(stage, network, self.settings.training.epochs + self.settings.pruning.epochs, rate)

    def loaded(self, graph: Graph) -> DelayNetwork:
        """``graph``, which a stage with delays made, as a trainable network again."""
        network = self._delayed()
        network.from_graph(graph)
        return network

    def _fitted(self, stage: Stage, network: DelayNetwork, epochs: int, rate: float, target: str | None = None) -> Trained:
        path = self.out / "graphs" / f"{stage.name}.safetensors"
        if path.exists():
            return Trained(stage, load(path))
        s = self.settings
        fitting = s.training.model_copy(update={"epochs": epochs, "learning_rate": s.training.learning_rate * rate})
        grids = None if target is None else load_backend(target).grids
        fit(
            network,
            self.recordings.train,
            self.recordings.valid,
            fitting,
            s.seed,
            grids=grids,
            checkpoint=self.out / "checkpoints" / f"{stage.name}.safetensors",
            identity=self.identity(stage, fitting.model_dump_json()),
            report=lambda epoch: self.watch(stage.name, epochs, epoch),
        )
        graph = network.to_graph(self.recordings.framing)
        if grids is not None:
            graph, _ = onto(graph, grids(graph))  # what every forward pass of the fit has used, so nothing is lost
        graph.save(path)
        return Trained(stage, graph)

    def identity(self, stage: Stage, fitting: str) -> str:
        """A digest of all that decides what a stage trains."""
        parts = [stage.name, fitting, self.settings.model_dump_json(exclude={"targets"}), self.recordings.fingerprint]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
