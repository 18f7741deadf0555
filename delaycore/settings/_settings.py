"""The settings of a run: one validated value, in TOML or in Python."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from delaycore._files import as_path
from delaycore._wrong_entries import wrong_entries
from delaycore.deploy import Chip
from delaycore.errors import SettingsError

__all__ = [
    "Budget",
    "Controls",
    "ConvolutionLayer",
    "Fitting",
    "Forwards",
    "Framed",
    "Network",
    "OnGrid",
    "Pruning",
    "Settings",
]

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Forwards = Literal["chip", "fast"]
"""Forward passes of a training for a chip."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Framed(_Part):
    """How events become steps; see `delaycore.Framing`.

    step:   seconds of a step, or "bins" to divide every sample's own duration into `steps` bins.
    sensor: height, width and polarities of a sensor with pixels, for files that do not say so.
    """

    steps: Annotated[int, Field(ge=1, le=100_000)] = 64
    step: Positive | Literal["bins"] = 0.01
    group: Count = 1
    sensor: tuple[Count, Count, Count] | None = None


def _at_least(least: int) -> BeforeValidator:
    """A size in a window: one number, or [rows, columns]."""

    def checked(size: object) -> object:
        pair = tuple(size) if isinstance(size, list | tuple) else (size, size)
        if len(pair) != 2 or not all(type(n) is int and n >= least for n in pair):
            raise ValueError(f"must be a whole number of at least {least}, or two of them, [rows, columns]")
        return size

    return BeforeValidator(checked)


Window = Annotated[int | tuple[int, int], _at_least(1)]
Edge = Annotated[int | tuple[int, int], _at_least(0)]


class ConvolutionLayer(_Part):
    """A layer whose neurons look through a window, with the same weights at all its positions, at every
    delay.

    maps:    feature maps, each with weights of its own; a map sees all maps (polarities) of what lies before.
    kernel:  inputs that the window spans: a number, or [rows, columns].  On a sheet one row high, a number
             counts columns.
    stride:  inputs from one position of the window to the next.
    padding: silent inputs beyond each edge.
    delayed: whether it has the delays of the network; otherwise its spikes act at once.
    """

    maps: Count
    kernel: Window
    stride: Window = 1
    padding: Edge = 0
    delayed: bool = True

    @model_validator(mode="after")
    def _sees(self) -> ConvolutionLayer:
        kernel, _, padding = self.window(height=2)
        if any(p >= k for k, p in zip(kernel, padding, strict=True)):
            raise ValueError(
                f"padding = {self.padding} lets a window of kernel = {self.kernel} see nothing but "
                "padding: give less than the kernel"
            )
        return self

    def window(self, height: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Kernel, stride and padding in rows and columns, on a sheet of ``height`` rows."""

        def both(size: int | tuple[int, int], flat: int) -> tuple[int, int]:
            return size if isinstance(size, tuple) else (size if height > 1 else flat, size)

        return both(self.kernel, 1), both(self.stride, 1), both(self.padding, 0)


class Network(_Part):
    """The network, by default that of arXiv 2404.10597: LIF layers, delay levels {0, stride, 2 * stride, ...}
    as parallel synapses.

    convolutions:  layers that look through windows, before those of `hidden`; see `ConvolutionLayer`.
    hidden:        neurons of each hidden layer that is fully connected.
    neuron:        kind of the hidden neurons.
    surrogate:     what takes the place of a spike's derivative; `Fitting.surrogate` is its steepness.
    recurrent:     whether every layer of `hidden` projects to itself, too, with delays of at least 1 step.
    delay_mode:    ``levels``, a weight at every level; ``continuous_synapse`` and ``continuous_axon``,
                   trained positions from 0 to the longest level (DCLS, arXiv 2306.17670), one per synapse or
                   one per source neuron; ``random``, levels that are drawn and stay.
    levels:        delay levels of every delayed projection.
    stride:        steps between two levels; the longest delay is (levels - 1) * stride.
    per_pair:      synapses of every pair of neurons where they have no weight at every level: in all modes
                   but ``levels``.
    interpolation: how a position between two steps is shared among steps around it while training.
    width:         of the interpolation in steps, when training begins and when it ends.
    delayed_input: whether the first projection has delays, too; a convolution says so itself.
    threshold:     of the hidden neurons.
    leak:          one trainable leak per ``neuron``, per feature ``map`` (the same elsewhere), or per
                   ``layer``; ``none`` for potentials that keep everything.
    readout:       ``potential`` of neurons that integrate and never fire, or counted ``spikes`` of neurons
                   like the hidden ones.
    time_constants: seconds; initial leaks are spread between these two, evenly in the logarithm.
    current_time_constant: seconds; of the synaptic current of ``current_lif`` at first.
    trace_time_constant, adaptation: of the threshold of ``adaptive_lif``: seconds that its rise lasts at
        first, and its rise per spike.
    gain:          initial weights are normal with standard deviation gain / sqrt(synapses into a neuron from
                   that source).
    """

    convolutions: tuple[ConvolutionLayer, ...] = ()
    hidden: tuple[Count, ...] = (48, 48)
    neuron: Literal["lif", "current_lif", "adaptive_lif"] = "lif"
    surrogate: Literal["fast_sigmoid", "arctan", "triangle", "gaussian", "boxcar"] = "fast_sigmoid"
    recurrent: bool = False
    delay_mode: Literal["levels", "continuous_synapse", "continuous_axon", "random"] = "levels"
    levels: Count = 30
    stride: Count = 2
    per_pair: Count = 1
    interpolation: Literal["gaussian", "triangle"] = "gaussian"
    width: tuple[Positive, Positive] = (8.0, 0.25)
    delayed_input: bool = False
    threshold: Positive = 0.3
    leak: Literal["neuron", "map", "layer", "none"] = "neuron"
    readout: Literal["potential", "spikes"] = "potential"
    time_constants: tuple[Positive, Positive] = (0.02, 0.2)
    current_time_constant: Positive = 0.01
    trace_time_constant: Positive = 0.1
    adaptation: Annotated[float, Field(ge=0)] = 0.05
    gain: Positive = 1.0

    @model_validator(mode="after")
    def _shape(self) -> Network:
        if not self.hidden and not self.convolutions:
            raise ValueError("hidden needs at least one layer where there are no convolutions")
        if self.time_constants[0] > self.time_constants[1]:
            raise ValueError("time_constants must be (shortest, longest)")
        if self.width[0] < self.width[1]:
            raise ValueError("width must be (first, last): it shrinks during training")
        if self.delay_mode == "random" and self.per_pair > self.levels:
            raise ValueError(
                f"per_pair = {self.per_pair} random delays cannot be drawn from levels = {self.levels}"
            )
        return self

    @property
    def delays(self) -> tuple[int, ...]:
        """The delay levels in steps."""
        return tuple(level * self.stride for level in range(self.levels))

    @property
    def synapses_per_pair(self) -> int:
        """Of every pair of neurons in a delayed projection, before any are pruned."""
        return self.levels if self.delay_mode == "levels" else self.per_pair

    @property
    def loop_delays(self) -> tuple[int, ...]:
        """The delay levels of a loop in steps: the same ones without 0, or 1 if none are left."""
        return self.delays[1:] or (1,)


class Fitting(_Part):
    """How weights are fitted: Adam on the cross-entropy of the read-out's time-summed softmax, or of its
    spike counts.

    learning_rate: of the weights; `leak_rate` times that for the leaks.
    threads:       of torch; networks of this size run fastest on one, and results repeat exactly for the same
                   number only.
    device:        ``cpu``, or ``cuda`` where there is a GPU; layers of some hundred neurons run on the
                   processor in compiled loops.
    decay:         the rates are multiplied by it after every epoch.
    surrogate:     steepness of `Network.surrogate`; that of the fast sigmoid is 1 / (surrogate * |u -
                   threshold| + 1) ** 2.
    position_rate: times the learning rate for trained delays, which are measured in steps (100 in the public
                   code of arXiv 2306.17670).
    dropout:       fraction of input spikes that are left out.
    channel_shift, time_shift: largest random shift of a sample, in inputs and in steps.
    weight_decay:  decoupled, per step and unit of learning rate.
    """

    epochs: Count = 20
    batch: Count = 128
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    device: Literal["cpu", "cuda"] = "cpu"
    learning_rate: Positive = 2e-3
    leak_rate: Positive = 5.0
    position_rate: Positive = 100.0
    decay: Annotated[float, Field(gt=0, le=1)] = 0.97
    surrogate: Positive = 10.0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    channel_shift: Annotated[int, Field(ge=0)] = 0
    time_shift: Annotated[int, Field(ge=0)] = 0
    weight_decay: Annotated[float, Field(ge=0)] = 0.0


class Pruning(_Part):
    """What remains of the delay levels.

    keep:   synapses that survive per pair of neurons (``synaptic``), delay levels per source neuron
            (``axonal``), or synapses per pair on average over a projection (``layer``): its strongest ones,
            wherever they are.
    rounds: from all levels to `keep` at once, or in so many rounds, each of which is fine-tuned.
    regrow: between two rounds, survivors get neighbours on a grid of half the stride (arXiv 2404.10597); they
            begin with weight 0.
    epochs: fine-tuning of the survivors, in all rounds together; `rate` times the learning rate.
    """

    mode: Literal["synaptic", "axonal", "layer"] = "synaptic"
    keep: Count = 15
    rounds: Count = 1
    regrow: bool = False
    epochs: Count = 5
    rate: Positive = 0.5

    @model_validator(mode="after")
    def _rounds(self) -> Pruning:
        if self.epochs < self.rounds:
            raise ValueError(
                f"epochs = {self.epochs} leave some of rounds = {self.rounds} without fine-tuning"
            )
        if self.regrow and self.rounds < 2:
            raise ValueError("regrow happens between two rounds: give rounds of at least 2")
        return self

    def schedule(self, levels: int) -> list[tuple[int, int]]:
        """What remains of ``levels`` after each round, falling by the same factor from round to round, and
        the epochs of its fine-tuning.
        """
        last = self.rounds
        kept = [
            self.keep if r == last else max(self.keep, round(levels * (self.keep / levels) ** (r / last)))
            for r in range(1, last + 1)
        ]
        ends = [self.epochs * r // last for r in range(last + 1)]
        return [(k, b - a) for k, a, b in zip(kept, ends, ends[1:], strict=False)]


class OnGrid(_Part):
    """Fine-tuning on a chip's number grid; `rate` times the learning rate.

    forward: ``chip``, the quantized network in the simulator of the chip's arithmetic; ``fast``, the chip's
             numbers summed in float32, as long as its predictions agree with the chip's (see
             `delaycore.training.fitting.fit`).
    """

    epochs: Annotated[int, Field(ge=0)] = 2
    rate: Positive = 0.1
    forward: Forwards = "chip"


class Budget(_Part):
    """What a network may take per sample on one chip.  Training on that chip's grid makes it fit, and makes
    its spikes cost something.

    target:     the chip; options: of its backend, in checks, prices and deployment, such as ``cores = 1``.
    energy, latency: joules and seconds; operations: synaptic operations; occupancy: words that its delay
                     queues hold at most.  None: no limit.
    prune:      what goes first if the network does not fit: the weakest ``synapses``, or the weakest
                ``axons``, a source neuron's synapses at one delay.
    epochs, rate: of training under the budget, instead of those of `OnGrid`.
    headroom:   the fraction of each limit that training leaves free, since other samples take more or less
                than those that it measures on.
    weight:     of the penalty at first; it doubles after every epoch that takes too much, and halves after
                every other.
    """

    target: str
    options: Mapping[str, Any] = {}
    energy: Positive | None = None
    latency: Positive | None = None
    operations: Positive | None = None
    occupancy: Positive | None = None
    prune: Literal["synapses", "axons"] = "synapses"
    epochs: Count = 10
    rate: Positive = 0.5
    headroom: Annotated[float, Field(ge=0, lt=1)] = 0.05
    weight: Positive = 0.1

    @property
    def chip(self) -> Chip:
        """The chip with its options."""
        return Chip(self.target, dict(self.options))

    @property
    def limits(self) -> dict[str, float]:
        """The amounts that are limited, by name."""
        every = {
            "energy": self.energy,
            "latency": self.latency,
            "operations": self.operations,
            "occupancy": self.occupancy,
        }
        return {name: limit for name, limit in every.items() if limit is not None}


class Controls(_Part):
    """What the networks without delays are trained with, where it differs: they, too, deserve settings that
    suit them.

    They get the same epochs in all, and the same of everything that is not named here.

    rate:           times the learning rate.
    leak, time_constants: as in `Network`.
    """

    rate: Positive = 2.5
    leak: Literal["neuron", "layer", "none"] = "neuron"
    time_constants: tuple[Positive, Positive] = (0.02, 0.2)


class Settings(_Part):
    """Everything that decides what a run does; saved with it."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    targets: tuple[str, ...] = ()
    framing: Framed = Framed()
    network: Network = Network()
    training: Fitting = Fitting()
    pruning: Pruning = Pruning()
    grid: OnGrid = OnGrid()
    controls: Controls = Controls()
    budget: Budget | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        if self.network.delay_mode == "levels" and self.pruning.keep > self.network.levels:
            raise ValueError(
                f"pruning.keep = {self.pruning.keep} is more than network.levels = {self.network.levels}"
            )
        if self.network.delays[-1] >= self.framing.steps:
            raise ValueError(
                f"the longest delay, {self.network.delays[-1]} steps, does not fit a sample of "
                f"framing.steps = {self.framing.steps}"
            )
        if self.pruning.regrow and (self.network.delay_mode != "levels" or self.network.stride < 2):
            raise ValueError(
                "pruning.regrow needs network.delay_mode = 'levels' and network.stride of at least "
                "2: finer levels to grow on"
            )
        return self

    @property
    def chips(self) -> dict[str, Chip]:
        """The chips to train for by target, that of the budget with its options."""
        budgeted = {} if self.budget is None else {self.budget.target: self.budget.chip}
        return {target: Chip(target) for target in self.targets} | budgeted

    @property
    def survivors(self) -> int:
        """Synapses of every pair that pruning leaves in a delayed projection, on average if it looks further
        than at pairs.
        """
        return min(self.pruning.keep, self.network.synapses_per_pair)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Settings:
        """Read a TOML file.  Raises `SettingsError` with every entry that is wrong."""
        path = as_path(path)
        try:
            return cls.parse(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
        except OSError as error:
            raise SettingsError.at(path, f"cannot be read ({error.strerror})", "check the path") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError.at(
                path, f"is not TOML ({error})", "see docs/training.md for an example"
            ) from error

    @classmethod
    def parse(cls, values: dict[str, object], place: str = "settings") -> Settings:
        """Settings from plain values.  Raises `SettingsError` with every entry that is wrong."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(*wrong_entries(error, cls, values, place)) from None
