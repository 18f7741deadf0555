"""Training of the networks of a run.  A network that stands in the run's folder is read, not trained."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from delaycore._shown import show_line
from delaycore.deploy import Chip
from delaycore.experiment._recordings import Recordings
from delaycore.experiment._stage import Accuracies, EpochCallback, Stage, TrainedNetwork, ignore_epoch
from delaycore.experiment._stage_files import load_trained, save_trained
from delaycore.graph import Graph
from delaycore.hardware import Losses
from delaycore.nn import DelayNetwork
from delaycore.settings import (
    Budget,
    LevelDelays,
    NetworkSettings,
    RandomDelays,
    RewiringSettings,
    Settings,
)
from delaycore.training import BudgetPenalty, build, fit, prune, prune_to_fit, regrow, restore

__all__ = ["Trainer"]


@dataclass(frozen=True)
class Trainer:
    """Trains the networks of a run.

    settings, recordings: of the run.
    out:      folder of the run, for graphs and checkpoints.
    on_epoch: called after every epoch.
    """

    settings: Settings
    recordings: Recordings
    out: Path
    on_epoch: EpochCallback = ignore_epoch

    __repr__ = show_line

    def train_without_delays(self, stage: Stage, hidden: tuple[int, ...]) -> TrainedNetwork:
        """Train a network of the same kind whose delays are all 0, for as many epochs as the one with delays
        in all.

        hidden: neurons of each hidden layer.
        """
        baselines = self.settings.baselines
        shape = self.settings.network.model_copy(
            update={
                "hidden": hidden,
                "delays": LevelDelays(levels=1),
                "leak": baselines.leak,
                "time_constants": baselines.time_constants,
            }
        )
        rate, rewiring = baselines.learning_rate_scale, self.settings.rewiring
        return self._fit(stage, self._build(shape), self._all_epochs, rate, rewiring=rewiring)

    def train_random_delays(self, stage: Stage) -> TrainedNetwork:
        """Train a network with as many synapses as the pruned one, at random delays that stay, for as many
        epochs in all.
        """
        s = self.settings
        levels = s.network.delays.to_levels()
        random = RandomDelays(levels=levels.levels, stride=levels.stride, synapses_per_pair=s.survivors)
        network = self._build(s.network.model_copy(update={"delays": random}))
        return self._fit(stage, network, self._all_epochs)

    def train_delays(self, stage: Stage, chip: Chip | None = None) -> TrainedNetwork:
        """Train the network of the settings with all its delays, which learns the delays that matter.

        chip: for quantization-aware training (QAT) from the first epoch.
        """
        s = self.settings
        return self._fit(stage, self._build(s.network), s.training.epochs, chip=chip, rewiring=s.rewiring)

    def prune_and_finetune(
        self, stage: Stage, trained: TrainedNetwork, chip: Chip | None = None
    ) -> TrainedNetwork:
        """Keep the strongest delays of ``trained`` and fine-tune them, in as many rounds as the settings say.

        chip: for quantization-aware training (QAT) in all rounds.
        """
        p, delays = self.settings.pruning, self.settings.network.delays
        graph, losses, stride = trained.graph, trained.losses, delays.stride
        rounds = p.schedule(delays.synapses_per_pair)
        for number, (keep, epochs) in enumerate(rounds, 1):
            network = self.load_network(graph)
            losses += prune(network, p.mode, keep)
            if number == len(rounds):
                smaller, removed = self.make_room(network.to_graph(self.recordings.framing), chip)
                network = self.load_network(smaller) if removed else network
                fitted = self._fit(stage, network, epochs, p.learning_rate_scale, chip)
                return replace(fitted, losses=losses + removed)
            if p.regrow:
                stride = max(1, stride // 2)
                finer, added = regrow(network.to_graph(self.recordings.framing), stride)
                network, losses = self.load_network(finer), losses + added
            step = Stage(f"{stage.name}_round{number}", f"{stage.title}, round {number}")
            graph = self._fit(step, network, epochs, p.learning_rate_scale, chip).graph
        raise AssertionError("the schedule of a pruning has at least one round")

    def finetune_for_chip(self, stage: Stage, pruned: TrainedNetwork, chip: Chip) -> TrainedNetwork:
        """Fine-tune ``pruned`` on the numbers that ``chip`` can hold (QAT fine-tuning), within the budget if
        the settings have one for this chip.
        """
        budget, qat = self._budget_for(chip), self.settings.qat
        epochs, scale = (
            (qat.epochs, qat.learning_rate_scale)
            if budget is None
            else (budget.epochs, budget.learning_rate_scale)
        )
        if not epochs:
            return TrainedNetwork(stage, pruned.graph)
        graph, removed = self.make_room(pruned.graph, chip)
        fitted = self._fit(stage, self.load_network(graph), epochs, scale, chip)
        # trained weights can take other room: a chip may store fewer or more bits of them
        graph, more = self.make_room(fitted.graph, chip)
        # rounded, it is what its forward passes used, so that deploying it loses nothing more
        return replace(fitted, graph=chip.round(graph), losses=removed + fitted.losses + more)

    def build_untrained(self) -> Graph:
        """Build the network of the settings before any training, with as many synapses as pruning will
        keep.
        """
        return self._prune_graph(self.build_full())

    def build_full(self) -> Graph:
        """Build the network of the settings before any training, with all its delays."""
        return self._build(self.settings.network).to_graph(self.recordings.framing)

    def require_room(self, untrained: Graph, chip: Chip) -> None:
        """Check that ``chip`` can hold the network of `build_untrained`, and that the budget for it, if there
        is one, can be kept.

        Raises `DoesNotFit` with all errors of the chip, `SettingsError` for limits that no training can keep.
        """
        graph, budget = self.make_room(untrained, chip)[0], self._budget_for(chip)
        if budget is None:
            chip.check(graph).require()
        else:
            BudgetPenalty(budget, self.recordings.valid.spikes).validate(graph)

    def make_room(self, graph: Graph, chip: Chip | None) -> tuple[Graph, Losses]:
        """Remove the synapses for which ``chip`` has no room, if there is a budget for it; return the graph
        and what was removed.
        """
        budget = self._budget_for(chip)
        if budget is None:
            return graph, Losses()
        return prune_to_fit(graph, budget.chip, budget.prune, self.load_network(graph).connectivities)

    def load_network(self, graph: Graph) -> DelayNetwork:
        """Make a trainable network of the graph of a stage with delays."""
        return restore(graph, self.settings.network, self.settings.training.surrogate_slope)

    def identify(self, stage: Stage, training_settings: str = "") -> str:
        """Digest all that decides what a stage makes, so that files of another stage or run are refused."""
        parts = [
            stage.name,
            training_settings,
            self.settings.model_dump_json(exclude={"targets"}),
            self.recordings.fingerprint,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    @property
    def _all_epochs(self) -> int:
        """Epochs of the network with delays in all."""
        return self.settings.training.epochs + self.settings.pruning.epochs

    def _budget_for(self, chip: Chip | None) -> Budget | None:
        """Return the budget for ``chip``, if the settings have one."""
        budget = self.settings.budget
        return budget if budget is not None and budget.chip == chip else None

    def _prune_graph(self, graph: Graph) -> Graph:
        """Return what pruning would leave of ``graph``."""
        network = self.load_network(graph)
        prune(network, self.settings.pruning.mode, self.settings.survivors)
        return network.to_graph(self.recordings.framing)

    def _foresee_deployed(self, graph: Graph, chip: Chip) -> Graph:
        """Return what pruning would leave of ``graph``, and ``chip`` has room for."""
        return self.make_room(self._prune_graph(graph), chip)[0]

    def _build(self, shape: NetworkSettings) -> DelayNetwork:
        r, s = self.recordings, self.settings
        return build(shape, r.framing.sheet, r.classes, r.step, s.seed, s.training.surrogate_slope)

    def _fit(
        self,
        stage: Stage,
        network: DelayNetwork,
        epochs: int,
        learning_rate_scale: float = 1.0,
        chip: Chip | None = None,
        rewiring: RewiringSettings | None = None,
    ) -> TrainedNetwork:
        """Fit ``network``, or read what an earlier fit of this stage wrote."""
        s, budget = self.settings, self._budget_for(chip)
        training_settings = s.training.model_copy(
            update={"epochs": epochs, "learning_rate": s.training.learning_rate * learning_rate_scale}
        )
        identity = self.identify(stage, training_settings.model_dump_json())
        known = load_trained(self.out, identity, stage)
        if known is not None:
            return known
        history = fit(
            network,
            self.recordings.train,
            self.recordings.valid,
            training_settings,
            s.seed,
            chip=chip,
            forward=s.qat.forward,
            budget_penalty=None
            if budget is None
            else BudgetPenalty(
                budget, self.recordings.valid.spikes, partial(self._foresee_deployed, chip=budget.chip)
            ),
            rewiring=rewiring,
            checkpoint=self.out / "checkpoints" / f"{stage.name}.safetensors",
            identity=identity,
            report=lambda epoch: self.on_epoch(stage.name, epochs, epoch),
        )
        graph = network.to_graph(self.recordings.framing)
        best = max(history.epochs, key=lambda epoch: epoch.rank)
        trained = TrainedNetwork(
            stage, graph, network.losses(), Accuracies(best.training_accuracy, best.validation_accuracy)
        )
        save_trained(self.out, identity, trained)
        return trained
