"""The networks of a run, and how each is trained.  Every stage ends in a Graph on disk, and is not repeated
once it has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from delaycore._files import write_text
from delaycore.deploy import Chip
from delaycore.experiment._recordings import Recordings
from delaycore.graph import Graph, load
from delaycore.hardware import Losses
from delaycore.settings import Budget, Network, Settings
from delaycore.training.build import build, from_graph
from delaycore.training.chips.budgeting import Budgeting
from delaycore.training.chips.fitting_in import fitted_in
from delaycore.training.fitting.checkpoint import Epoch
from delaycore.training.fitting.fit import fit
from delaycore.training.network import DelayNetwork
from delaycore.training.synapses.growth import regrown
from delaycore.training.synapses.pruning import prune, random_delays

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
    """Neurons of each hidden layer with which a network of one synapse per pair has about this many
    synapses.
    """
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
        """A network of the same kind whose delays are all 0, trained for as many epochs as the one with
        delays in all.
        """
        controls = self.settings.controls
        initial = self.settings.network.model_copy(
            update={"leak": controls.leak, "time_constants": controls.time_constants}
        )
        return self._whole(
            stage,
            self._built(initial.model_copy(update={"hidden": hidden, "delay_mode": "levels", "levels": 1})),
            controls.rate,
        )

    def random_delays(self, stage: Stage) -> Trained:
        """As many synapses as the pruned network, at random delays that stay; weights trained for as many
        epochs in all.
        """
        s = self.settings
        network = self._built(s.network.model_copy(update={"delay_mode": "levels"}))
        for i, levels in enumerate(network.levels):
            if len(levels.delays) > s.survivors:
                levels.keep(random_delays(levels.shape, s.survivors, s.seed * 31 + i))
        return self._whole(stage, network)

    def delays(self, stage: Stage, chip: Chip | None = None) -> Trained:
        """The network of the settings with all its delays, trained: learning which delays matter; on the grid
        of ``chip`` if there is one.
        """
        return self._fitted(
            stage, self._built(self.settings.network), self.settings.training.epochs, 1.0, chip
        )

    def pruned(self, stage: Stage, trained: Trained, chip: Chip | None = None) -> Trained:
        """The strongest delays of ``trained``, fine-tuned, in as many rounds as the settings say; on the grid
        of ``chip`` if there is one.
        """
        p = self.settings.pruning
        graph, losses, stride = trained.graph, trained.losses, self.settings.network.stride
        rounds = p.schedule(self.settings.network.synapses_per_pair)
        for number, (keep, epochs) in enumerate(rounds, 1):
            network = self.loaded(graph)
            losses += prune(network, p.mode, keep)
            if number == len(rounds):
                left, gone = self._with_room(network.to_graph(self.recordings.framing), chip)
                network = self.loaded(left) if gone else network
                graph, losses = self._fitted(stage, network, epochs, p.rate, chip).graph, losses + gone
                continue
            if p.regrow:
                stride = max(1, stride // 2)
                finer, added = regrown(network.to_graph(self.recordings.framing), stride)
                network, losses = self.loaded(finer), losses + added
            graph = self._fitted(
                Stage(f"{stage.name}_round{number}", f"{stage.title}, round {number}"),
                network,
                epochs,
                p.rate,
                chip,
            ).graph
        return Trained(stage, graph, losses)

    def on_grid(self, stage: Stage, pruned: Trained, chip: Chip) -> Trained:
        """``pruned`` fine-tuned on the numbers that ``chip`` can hold; within the budget, if the settings
        have one for it.
        """
        budget = self._budget(chip)
        epochs, rate = (
            (self.settings.grid.epochs, self.settings.grid.rate)
            if budget is None
            else (budget.epochs, budget.rate)
        )
        if not epochs:
            return Trained(stage, pruned.graph)
        graph, gone = self._with_room(pruned.graph, chip)
        fitted = self._fitted(stage, self.loaded(graph), epochs, rate, chip)
        graph, more = self._with_room(
            fitted.graph, chip
        )  # trained weights can take other room, of fewer or more bits
        return Trained(
            stage, chip.rounded(graph), gone + fitted.losses + more
        )  # what its forward passes used, so deploying it loses nothing more

    def untrained(self) -> Graph:
        """The network of the settings before any training, with as many synapses as pruning will keep."""
        return self._thinned(self._built(self.settings.network).to_graph(self.recordings.framing))

    def require_room(self, untrained: Graph, chip: Chip) -> None:
        """Hold the `untrained` network against ``chip``; with a budget for it, what the budget has room for.

        Raises `DoesNotFit` with what the chip has against its kinds, sizes and delays, `SettingsError` for
        limits that no training can keep.
        """
        graph, budget = self._with_room(untrained, chip)[0], self._budget(chip)
        if budget is None:
            chip.check(graph).require()
        else:
            Budgeting(budget, self.recordings.valid.spikes).require_sense(graph)

    def _budget(self, chip: Chip | None) -> Budget | None:
        """The budget for ``chip``, if the settings have one."""
        budget = self.settings.budget
        return budget if budget is not None and budget.chip == chip else None

    def _with_room(self, graph: Graph, chip: Chip | None) -> tuple[Graph, Losses]:
        """``graph`` without the synapses that ``chip`` has no room for, if it has to fit there, and what
        went.
        """
        budget = self._budget(chip)
        return (
            (graph, Losses())
            if budget is None
            else fitted_in(graph, budget.chip, budget.prune, self.loaded(graph).wirings)
        )

    def _thinned(self, graph: Graph) -> Graph:
        """What pruning would leave of ``graph``."""
        network = self.loaded(graph)
        prune(network, self.settings.pruning.mode, self.settings.survivors)
        return network.to_graph(self.recordings.framing)

    def _deployed(self, graph: Graph, chip: Chip) -> Graph:
        """What pruning would leave of ``graph``, and ``chip`` has room for if it has to fit there."""
        return self._with_room(self._thinned(graph), chip)[0]

    def _built(self, shape: Network) -> DelayNetwork:
        r, s = self.recordings, self.settings
        return build(shape, r.framing.sheet, len(r.classes), r.step, s.seed, s.training.surrogate)

    def _whole(self, stage: Stage, network: DelayNetwork, rate: float = 1.0) -> Trained:
        return self._fitted(
            stage, network, self.settings.training.epochs + self.settings.pruning.epochs, rate
        )

    def loaded(self, graph: Graph) -> DelayNetwork:
        """``graph``, which a stage with delays made, as a trainable network again."""
        return from_graph(graph, self.settings.network, self.settings.training.surrogate)

    def _fitted(
        self, stage: Stage, network: DelayNetwork, epochs: int, rate: float, chip: Chip | None = None
    ) -> Trained:
        path = self.out / "graphs" / f"{stage.name}.safetensors"
        altered = path.with_suffix(".losses.json")
        if path.exists() and altered.exists():
            return Trained(
                stage, load(path), Losses.from_dict(json.loads(altered.read_text(encoding="utf-8")))
            )
        s, budget = self.settings, self._budget(chip)
        fitting = s.training.model_copy(
            update={"epochs": epochs, "learning_rate": s.training.learning_rate * rate}
        )
        fit(
            network,
            self.recordings.train,
            self.recordings.valid,
            fitting,
            s.seed,
            chip=chip,
            forward=s.grid.forward,
            budgeting=None
            if budget is None
            else Budgeting(budget, self.recordings.valid.spikes, partial(self._deployed, chip=budget.chip)),
            checkpoint=self.out / "checkpoints" / f"{stage.name}.safetensors",
            identity=self.identity(stage, fitting.model_dump_json()),
            report=lambda epoch: self.watch(stage.name, epochs, epoch),
        )
        graph = network.to_graph(self.recordings.framing)
        write_text(altered, json.dumps(network.losses().to_dict(), indent=2) + "\n")
        graph.save(path)
        return Trained(stage, graph, network.losses())

    def identity(self, stage: Stage, fitting: str) -> str:
        """A digest of all that decides what a stage trains."""
        parts = [
            stage.name,
            fitting,
            self.settings.model_dump_json(exclude={"targets"}),
            self.recordings.fingerprint,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
