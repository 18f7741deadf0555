"""The peers' networks for a case, of layers and neurons as each offers them.

``dcls``:         Dcls1d with a fixed position per level, ParametricLIFNode: the same model as ours.
``spikingjelly``: a Delay and a Linear per level, ParametricLIFNode: the same model as ours.
``dcls_one``:     Dcls1d with one trained position per pair of neurons, as DCLS is meant to be used: fewer
parameters, another model. ``snntorch``:     a dilated convolution over steps, Leaky: the same forward, but
its reset is differentiated, so that it learns otherwise.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.training.cases import RETAIN, STEEPNESS, THRESHOLD, Case


class Delayed(nn.Module):
    """A convolution over steps, [steps, samples, pre] to [steps, samples, post], whose kernel looks ``reach``
    steps back.
    """

    def __init__(self, convolution: nn.Module, reach: int) -> None:
        super().__init__()
        self.convolution, self.reach = convolution, reach

    def forward(self, spikes: Tensor) -> Tensor:
        padded = functional.pad(spikes.permute(1, 2, 0), (self.reach - 1, 0))
        return self.convolution(padded).permute(2, 0, 1)


def dcls(case: Case, weight: Tensor) -> nn.Module:
    from DCLS.construct.modules import Dcls1d

    levels, pre, post = weight.shape
    reach = case.delays[-1] + 1
    made = Dcls1d(pre, post, kernel_count=levels, dilated_kernel_size=reach, bias=False, version="v1")
    place = torch.tensor([reach - 1 - d - reach // 2 for d in case.delays], dtype=torch.float32)
    made.P = nn.Parameter(place.expand(1, post, pre, levels).contiguous(), requires_grad=False)
    made.weight = nn.Parameter(weight.permute(2, 1, 0).contiguous())
    return Delayed(made, reach)


def dcls_one(case: Case, weight: Tensor) -> nn.Module:
    from DCLS.construct.modules import Dcls1d

    levels, pre, post = weight.shape
    reach = case.delays[-1] + 1
    made = Dcls1d(pre, post, kernel_count=1, dilated_kernel_size=reach, bias=False, version="gauss")
    made.weight = nn.Parameter((weight[0] * math.sqrt(levels)).t()[..., None].contiguous())
    return Delayed(made, reach)


class Levels(nn.Module):
    """A Delay and a Linear of SpikingJelly per level."""

    def __init__(self, case: Case, weight: Tensor) -> None:
        from spikingjelly.activation_based import layer

        super().__init__()
        self.delays = nn.ModuleList(
            layer.Delay(d, step_mode="m") if d else nn.Identity() for d in case.delays
        )
        self.linears = nn.ModuleList(
            layer.Linear(*weight.shape[1:], bias=False, step_mode="m") for _ in case.delays
        )
        for linear, w in zip(self.linears, weight, strict=True):
            linear.weight = nn.Parameter(w.t().contiguous())

    def forward(self, spikes: Tensor) -> Tensor:
        total = self.linears[0](self.delays[0](spikes))
        for delay, linear in zip(self.delays[1:], self.linears[1:], strict=True):
            total = total + linear(delay(spikes))
        return total


def dilated(case: Case, weight: Tensor) -> nn.Module:
    levels, pre, post = weight.shape
    made = nn.Conv1d(pre, post, levels, dilation=case.stride, bias=False)
    made.weight = nn.Parameter(weight.permute(2, 1, 0).flip(2).contiguous())
    return Delayed(made, case.delays[-1] + 1)


class Jelly(nn.Module):
    """ParametricLIFNode over all steps; the read-out never fires and gives its potentials."""

    def __init__(self, last: bool) -> None:
        from spikingjelly.activation_based import neuron, surrogate

        super().__init__()
        self.last = last
        self.node = neuron.ParametricLIFNode(
            init_tau=1 / (1 - RETAIN),
            decay_input=False,
            v_threshold=1e9 if last else THRESHOLD,
            surrogate_function=surrogate.ATan(STEEPNESS),
            detach_reset=True,
            step_mode="m",
            store_v_seq=last,
        )

    def forward(self, current: Tensor) -> Tensor:
        self.node.reset()
        spikes = self.node(current)
        return self.node.v_seq if self.last else spikes


class Torch(nn.Module):
    """Leaky of snnTorch, step by step."""

    def __init__(self, last: bool) -> None:
        import snntorch

        super().__init__()
        self.last = last
        reset, grad = ("none" if last else "zero"), snntorch.surrogate.atan(alpha=STEEPNESS)
        self.node = snntorch.Leaky(
            beta=RETAIN, threshold=THRESHOLD, learn_beta=True, spike_grad=grad, reset_mechanism=reset
        )

    def forward(self, current: Tensor) -> Tensor:
        potential, made = self.node.reset_mem(), []
        for now in current:
            spikes, potential = self.node(now, potential)
            made.append(potential if self.last else spikes)
        return torch.stack(made)


KINDS: dict[str, tuple[Any, Any]] = {
    "dcls": (dcls, Jelly),
    "dcls_one": (dcls_one, Jelly),
    "spikingjelly": (Levels, Jelly),
    "snntorch": (dilated, Torch),
}


class Model(nn.Module):
    def __init__(self, contender: str, case: Case) -> None:
        super().__init__()
        synapses, neurons = KINDS[contender]
        weights = [torch.from_numpy(w) for w in case.weights()]
        self.synapses = nn.ModuleList(synapses(case, w) for w in weights)
        self.neurons = nn.ModuleList(neurons(i == len(weights) - 1) for i in range(len(weights)))
        self.delays: list[Any] = [m for m in self.modules() if type(m).__name__ == "Delay"]

    def forward(self, spikes: Tensor) -> tuple[Tensor, list[Tensor]]:
        for delay in self.delays:
            delay.reset()
        made = []
        for synapses, neurons in zip(self.synapses, self.neurons, strict=True):
            spikes = neurons(synapses(spikes))
            made.append(spikes)
        return made[-1], made[:-1]


def build(contender: str, case: Case) -> Any:
    return Model(contender, case)
