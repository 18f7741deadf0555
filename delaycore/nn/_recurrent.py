"""Neurons that hear themselves."""

from __future__ import annotations

from torch import Tensor

from delaycore.errors import GraphError, Problem
from delaycore.nn._delayed_layer import DelayedLayer
from delaycore.nn._feedback import LoopPopulation, LoopSynapses, run_loops
from delaycore.nn._inputs import keep_precision, prepare
from delaycore.nn._neurons import Neurons
from delaycore.nn._shown_modules import ShownModule
from delaycore.nn._torch_hooks import refresh_weights

__all__ = ["Recurrent"]


class Recurrent(ShownModule):
    """Neurons that also hear their own spikes, each after its delay.

    ``s = neurons(x + synapses(s))``, where every delay of ``synapses`` is at least 1 step.

    neurons:  a layer of neurons that fire, such as `LIF`.
    synapses: from these neurons to themselves, such as ``DelayedLinear(n, n, delays=range(1, 30))`` or
              ``DCLSLinear(n, n, max_delay=30, min_delay=1)``.

    Input and output [steps, batch, features], or batch first if the neurons are.  It runs step by step, since
    a step needs those before it.

    >>> import torch
    >>> from delaycore.nn import LIF, DelayedLinear, Recurrent
    >>> layer = Recurrent(LIF(4, retain=0.9), DelayedLinear(4, 4, delays=(1, 3)))
    >>> layer(torch.rand(10, 2, 4)).shape
    torch.Size([10, 2, 4])
    """

    def __init__(self, neurons: Neurons, synapses: DelayedLayer) -> None:
        super().__init__()
        problems = []
        if (synapses.in_features, synapses.out_features) != (neurons.features, neurons.features):
            problems.append(
                Problem(
                    "Recurrent.synapses",
                    f"join {synapses.in_features} neurons to {synapses.out_features}, "
                    f"not {neurons.features} to themselves",
                    f"give {neurons.features} for both sizes",
                )
            )
        if synapses.delays[0] < 1:
            problems.append(
                Problem(
                    "Recurrent.synapses",
                    "have a delay of 0, and a spike cannot act on the step that it comes from",
                    "give delays of at least 1, such as range(1, 30), or min_delay=1",
                )
            )
        if not neurons.population.spikes:
            problems.append(Problem("Recurrent.neurons", "never fire", "give neurons that do, such as LIF"))
        if synapses.batch_first != neurons.batch_first:
            problems.append(Problem("Recurrent", "has one part that is batch_first", "give both the same"))
        GraphError.collect(problems)
        self.neurons, self.synapses = neurons, synapses

    def forward(self, x: Tensor) -> Tensor:
        """Return spikes for the synaptic input ``x`` from elsewhere, both [steps, batch, features]."""
        n, s = self.neurons, self.synapses
        refresh_weights(s)
        current = prepare("Recurrent", x, n.features, s.weight.dtype, n.batch_first)
        with keep_precision(current):
            loop = LoopSynapses("neurons", "neurons", s.kernel(), s.delays, s.connectivity)
            member = LoopPopulation(n, n.values(), current, n.firing)
            sent = run_loops({"neurons": member}, [loop])["neurons"]
        return sent.transpose(0, 1) if n.batch_first else sent
