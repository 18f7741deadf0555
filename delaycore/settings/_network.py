"""The section ``[network]``: neurons, layers and delays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from delaycore._contradictions import relation
from delaycore._part import Count, NonNegative, Part, Positive
from delaycore.settings._convolution import ConvolutionLayer
from delaycore.settings._delays import ContinuousDelays, Delays, LevelDelays

__all__ = ["NetworkSettings"]


class NetworkSettings(Part):
    """The network, by default that of arXiv 2404.10597: layers of LIF neurons with parallel synapses at delay
    levels.

    convolutions:  convolutional layers, before those of `hidden`.
    hidden:        neurons of each fully connected hidden layer.
    delays:        how delays are parametrised: `LevelDelays`, `RandomDelays` or `ContinuousDelays`.
    fan_in:        synapses into each neuron from each of its source populations, at pairs and delays that are
                   drawn, at most one per pair; unless given, there are all that `delays` describes.
    delayed_input: whether the first projection has delays, too; a convolution says so itself.
    input_levels:  how many of the levels of `delays` the first projection has, spread evenly; all unless
                   given.  On a chip with a delay queue an input spike leaves it once for each delay of its
                   source.
    recurrent:     whether each layer of `hidden` also projects to itself, with delays of at least 1 step.
    neuron:        kind of the hidden neurons.
    threshold:     of the hidden neurons.
    surrogate:     function that replaces the derivative of a spike; `TrainingSettings.surrogate_slope` is its
                   steepness.
    leak:          one trained leak per ``neuron``, per feature ``map`` (elsewhere the same as ``neuron``), or
                   per ``layer``; ``none`` for potentials that do not decay.
    readout:       ``potential`` of neurons that integrate and never fire, or ``spikes`` that are counted, of
                   neurons like the hidden ones.
    time_constants: shortest and longest membrane time constant in seconds; initial leaks are spread between
                   these two, evenly in the logarithm.
    current_time_constant: initial time constant of the synaptic current of ``current_lif`` in seconds.
    trace_time_constant: initial time constant of the threshold's rise of ``adaptive_lif`` in seconds.
    adaptation:    rise of the threshold of ``adaptive_lif`` per spike.
    gain:          initial weights are normal with standard deviation gain / sqrt(n), where n is the number of
                   synapses into a neuron from that source.
    """

    convolutions: tuple[ConvolutionLayer, ...] = ()
    hidden: tuple[Count, ...] = (48, 48)
    delays: Delays = LevelDelays()
    fan_in: Count | None = None
    delayed_input: bool = False
    input_levels: Count | None = None
    recurrent: bool = False
    neuron: Literal["lif", "current_lif", "adaptive_lif"] = "lif"
    threshold: Positive = 0.3
    surrogate: Literal["fast_sigmoid", "arctan", "triangle", "gaussian", "boxcar"] = "fast_sigmoid"
    leak: Literal["neuron", "map", "layer", "none"] = "neuron"
    readout: Literal["potential", "spikes"] = "potential"
    time_constants: tuple[Positive, Positive] = (0.02, 0.2)
    current_time_constant: Positive = 0.01
    trace_time_constant: Positive = 0.1
    adaptation: NonNegative = 0.05
    gain: Positive = 1.0
    units: ClassVar[Mapping[str, str]] = {
        "hidden": "neurons",
        "fan_in": "synapses",
        "input_levels": "delays",
        "time_constants": "s",
        "current_time_constant": "s",
        "trace_time_constant": "s",
    }

    @relation
    def _require_a_hidden_layer(self) -> Iterator[str]:
        """Yield a sentence for a network without hidden layers."""
        if not self.hidden and not self.convolutions:
            yield "hidden needs at least one layer where there are no convolutions"

    @relation
    def _require_time_constants_in_order(self) -> Iterator[str]:
        """Yield a sentence for time constants in the wrong order."""
        if self.time_constants[0] > self.time_constants[1]:
            yield "time_constants must be (shortest, longest)"

    @relation
    def _require_levels_for_the_input(self) -> Iterator[str]:
        """Yield a sentence for levels of a first projection that has none."""
        if self.input_levels is not None and not self.delayed_input:
            yield "input_levels are those of a first projection with delays: give delayed_input = true"
        if self.input_levels is not None and isinstance(self.delays, ContinuousDelays):
            yield f"input_levels chooses among levels, of which delays.mode = {self.delays.mode!r} has none"

    @property
    def input_delays(self) -> tuple[int, ...]:
        """The delays of the first projection in steps."""
        if not self.delayed_input:
            return (0,)
        steps = self.delays.steps
        number = len(steps) if self.input_levels is None else min(self.input_levels, len(steps))
        return tuple(steps[i * (len(steps) - 1) // max(1, number - 1)] for i in range(number))

    @property
    def loop_delays(self) -> tuple[int, ...]:
        """The delays of a recurrent projection in steps: those of the others without 0, or 1 if none is
        left.
        """
        return self.delays.steps[1:] or (1,)
