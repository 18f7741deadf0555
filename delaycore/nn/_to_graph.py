"""Modules as Graphs."""

from __future__ import annotations

from typing import Any

from torch import nn

from delaycore.errors import GraphError
from delaycore.graph import Framing, Graph, Readout
from delaycore.hardware import Losses
from delaycore.nn._network import DelayNetwork
from delaycore.nn._overrides import find_network_overrides
from delaycore.nn._tracing import Output, Trace, trace
from delaycore.nn._wrappers import unwrap

__all__ = ["as_network", "losses", "read_network", "to_graph"]


def to_graph(
    module: nn.Module,
    step: float | None = None,
    *,
    framing: Framing | None = None,
    readout: str | Readout | None = None,
) -> Graph:
    """Return the Graph of ``module`` in evaluation mode, in float64; `losses` says what that alters.

    module:  made of layers of `delaycore.nn`, in ``nn.Sequential`` or in a module of one's own: spikes go
             through synapses, currents are added, neurons turn them into spikes.  Dropout and identity are
             passed through.  A population is named by the path of its module, a single input ``in``.  What
             ``torch.compile`` or a data-parallel wrapper of torch made stands for the module inside.
    step:    seconds of a step; a `DelayNetwork` knows its own, and so do neurons with time constants.
    framing: how events become its input spikes.
    readout: a statistic of `delaycore.Readout` for the population that the module gives out, or a read-out.
             None: the graph has none.

    Raises `GraphError` with everything that has no meaning in a Graph, each with the path of its module.

    >>> from torch import nn
    >>> from delaycore.nn import LIF, DelayedLinear, Integrator, to_graph
    >>> hidden = DelayedLinear(3, 4, delays=(0, 2)), LIF(4, retain=0.9)
    >>> layers = *hidden, DelayedLinear(4, 2), Integrator(2, retain=0.9)
    >>> print(to_graph(nn.Sequential(*layers), step=1e-3, readout="softmax_sum").summary())
    step 1 ms, arithmetic float64, 32 synapses
      in: 3 x input
      1: 4 x lif
      3: 2 x integrator
      in->1: 24 synapses, delays 0..2 steps
      1->3: 8 synapses, delays 0..0 steps
      read-out: softmax_sum of 3
    """
    return as_network(module, step, framing=framing, readout=readout).to_graph()


def losses(module: nn.Module) -> Losses:
    """Return what `to_graph` alters in ``module``: trained positions rounded to steps, synapses that merge
    there, synapses that ``torch.nn.utils.prune`` masked, inputs that no window reaches.
    """
    return read_network(module, otherwise=1.0)[0].losses()


def as_network(
    module: nn.Module,
    step: float | None = None,
    *,
    framing: Framing | None = None,
    readout: str | Readout | None = None,
) -> DelayNetwork:
    """Return ``module`` as a `DelayNetwork` of the very same layers, such as for `delaycore.training.fit`.

    Arguments and errors as in `to_graph`.  What trains one trains the other.  A `DelayNetwork` comes back as
    it is, or with the framing and read-out that are given.
    """
    return read_network(module, step, framing=framing, readout=readout)[0]


def read_network(
    module: nn.Module,
    step: float | None = None,
    *,
    framing: Framing | None = None,
    readout: str | Readout | None = None,
    otherwise: float | None = None,
) -> tuple[DelayNetwork, Trace | None]:
    """Return what `as_network` does, and what was read of a module that is no `DelayNetwork`.

    otherwise: seconds of a step if neither ``step`` nor the layers say.
    """
    module = unwrap(module)
    if isinstance(module, DelayNetwork):
        GraphError.collect(find_network_overrides(module))
        if step not in (None, module.step):
            raise GraphError.at(
                "step", f"is {step}, and that of the network is {module.step}", "leave it out"
            )
        if framing is None and readout is None:
            return module, None
        chosen_readout = Readout(module.output, readout) if isinstance(readout, str) else readout
        network = DelayNetwork(
            module.inputs,
            module.neurons,
            module.connections,
            module.step,
            chosen_readout or module.readout,
            framing or module.framing,
            order=module.order,
            altered=module.altered,
            arithmetic=module.arithmetic,
        )
        network.training = module.training  # its own alone: the layers keep theirs
        return network, None
    found = trace(module)
    known = (n.time_step for n in found.neurons.values() if n.time_step is not None)
    step = step if step is not None else next(known, otherwise)
    if step is None:
        raise GraphError.at("step", "is missing", "give the seconds of a step, such as step=1e-3")
    network = DelayNetwork(
        found.inputs,
        found.neurons,
        found.connections,
        step,
        Readout(_output(found), readout) if isinstance(readout, str) else readout,
        framing,
    )
    network.training = module.training  # its own alone: the layers keep theirs
    return network, found


def _output(found: Trace) -> str:
    """Return the one population that a module gives out."""
    outputs: Any = found.outputs
    if not isinstance(outputs, Output):
        raise GraphError.at(
            "readout",
            "needs a module that gives out one population",
            "give a delaycore.Readout that names it",
        )
    return outputs.population
