"""A network that knows its training samples far better than others is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from delaycore.experiment import Recordings, Stage, TrainedNetwork, run, train_model
from delaycore.experiment._stage import Accuracies
from delaycore.graph import Graph
from delaycore.settings import Settings
from delaycore.training import Epoch


@pytest.mark.parametrize(
    ("training", "validation", "named"),
    [(0.99, 0.67, True), (0.57, 0.3, True), (0.95, 0.9, False), (0.6, 0.9, False)],
)
def test_a_training_accuracy_far_above_validation_is_a_sentence_with_both(
    training: float, validation: float, named: bool
) -> None:
    graph = Graph.from_arrays([np.ones((1, 1))])
    trained = TrainedNetwork(Stage("net", "a network"), graph, accuracies=Accuracies(training, validation))
    said = trained.describe_overfitting()
    assert bool(said) == named
    assert not named or (
        f"a network: training {training:.1%}" in said and f"validation {validation:.1%}" in said
    )
    assert not TrainedNetwork(Stage("net", "a network"), graph).describe_overfitting()


def test_every_network_of_a_run_that_overfits_is_named_in_it_and_when_it_goes_on(
    small_settings: Settings, small_recordings: Recordings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delaycore.experiment._stage.FAR", -1.0)  # so that any network does
    settings = small_settings.model_copy(update={"targets": ()})
    told: list[str] = []
    reached: dict[str, list[Epoch]] = {}
    outcome = run(
        settings,
        small_recordings,
        tmp_path,
        on_epoch=lambda stage, epochs, epoch: reached.setdefault(stage, []).append(epoch),
        on_message=told.append,
    )
    named = [remark for remark in outcome.remarks if "far above validation" in remark]
    assert len(named) == 5
    best = max(reached["delays"], key=lambda epoch: epoch.rank)
    said = (
        f"all delays, trained: training {best.training_accuracy:.1%} is far above validation "
        f"{best.validation_accuracy:.1%}"
    )
    assert any(said in remark for remark in named) and any(said in line for line in told)
    again: list[str] = []
    train_model(settings, small_recordings, tmp_path, on_message=again.append)
    assert [line for line in told if "far above" in line] == again
