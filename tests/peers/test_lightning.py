"""A LightningModule of delaycore.nn layers trains under Lightning, is checkpointed, and becomes a graph."""

from __future__ import annotations

from pathlib import Path

import lightning
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import delaycore as dc
from delaycore.nn import LIF, DelayedLinear, Integrator, to_graph

STEPS, INPUTS, CLASSES = 30, 12, 3
STEP = 1e-3


class Classifier(lightning.LightningModule):
    """Two delayed layers and an integrator; the answer is the largest potential over time."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            DelayedLinear(INPUTS, 24, delays=range(0, 12, 3)),
            LIF(24, tau_mem=8e-3, step=STEP, threshold=0.5),
            DelayedLinear(24, CLASSES, delays=range(0, 8, 4)),
            Integrator(CLASSES, tau_mem=15e-3, step=STEP),
        )

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Scores [batch, classes] of spikes [batch, steps, inputs]."""
        potentials: torch.Tensor = self.layers(spikes.transpose(0, 1))
        return potentials.amax(dim=0)

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], index: int) -> torch.Tensor:
        spikes, labels = batch
        loss = torch.nn.functional.cross_entropy(self(spikes), labels)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-2)


def batches() -> DataLoader[tuple[torch.Tensor, ...]]:
    """Spikes in which the class says how much later the second half of the inputs fires than the first."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, 96)
    spikes = np.zeros((96, STEPS, INPUTS), dtype=np.float32)
    for sample, label in enumerate(labels):
        start = rng.integers(2, 8)
        spikes[sample, start, : INPUTS // 2] = 1
        spikes[sample, start + 4 * label, INPUTS // 2 :] = 1
    return DataLoader(TensorDataset(torch.from_numpy(spikes), torch.from_numpy(labels)), batch_size=16)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Classifier, Classifier, Path]:
    """A model as it was before the training and after, and the checkpoint of the latter."""
    lightning.seed_everything(1, verbose=False)
    model, folder = Classifier(), tmp_path_factory.mktemp("lightning")
    before = Classifier()
    before.load_state_dict(model.state_dict())
    trainer = lightning.Trainer(
        max_epochs=8,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        default_root_dir=folder,
    )
    trainer.fit(model, batches())
    trainer.save_checkpoint(folder / "model.ckpt")
    return before, model, folder / "model.ckpt"


pytestmark = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*num_workers.*"),
]


@torch.no_grad()
def loss_of(model: Classifier) -> float:
    """The mean loss over all batches."""
    losses = [torch.nn.functional.cross_entropy(model(spikes), labels) for spikes, labels in batches()]
    return float(torch.stack(losses).mean())


def test_the_trainer_makes_the_loss_smaller(trained: tuple[Classifier, Classifier, Path]) -> None:
    before, after, _ = trained
    assert loss_of(after) < 0.8 * loss_of(before)
    assert all(
        not torch.equal(old, new)
        for old, new in zip(before.parameters(), after.parameters(), strict=True)
        if new.requires_grad and new.numel() > 1
    )


def test_a_checkpoint_is_the_model(trained: tuple[Classifier, Classifier, Path]) -> None:
    _, after, checkpoint = trained
    again = Classifier.load_from_checkpoint(checkpoint, map_location="cpu")
    spikes, _ = next(iter(batches()))
    with torch.no_grad():
        torch.testing.assert_close(again(spikes), after(spikes), rtol=0, atol=0)


def test_the_exported_graph_has_the_spikes_and_potentials_of_the_model(
    trained: tuple[Classifier, Classifier, Path],
) -> None:
    _, after, _ = trained
    model = after.double()
    graph = to_graph(model.layers, step=STEP)
    spikes = next(iter(batches()))[0].double()
    with torch.no_grad():
        hidden = model.layers[:2](spikes.transpose(0, 1)).transpose(0, 1).numpy()
        potentials = model.layers(spikes.transpose(0, 1)).transpose(0, 1).numpy()
    ran = dc.engine.simulate(graph, spikes.numpy().astype(bool), states=True)
    first = next(name for name, p in graph.populations.items() if p.spikes and name not in graph.inputs)
    last = next(name for name, p in graph.populations.items() if isinstance(p, dc.Integrator))
    assert hidden.any()
    np.testing.assert_array_equal(ran.spikes[first], hidden.astype(bool))
    np.testing.assert_allclose(ran.potentials[last], potentials, rtol=0, atol=1e-9)
