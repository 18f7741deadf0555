"""The micro-kernels of a core, as tables of NPE instructions; time and energy are counted from them.

Comparisons are taken to write a mask of ones or zeros, so that AND keeps a value or makes it 0 exactly.  The leak closes a step: what
is stored is the state that the next step's arrivals are added to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from delaycore.graph import Population
from delaycore.graph.populations import Spiking
from delaycore.hardware import Constant
from delaycore_seneca.integers import WORD
from delaycore_seneca.layout import Stored
from delaycore_seneca.packing import fields

__all__ = ["SYNAPSE", "cycles", "energy", "end_of_step", "parameters_stored", "per_synapse", "row", "states"]

Kernel = tuple[str, ...]

SYNAPSE: Mapping[Stored, Kernel] = {
    # weight, state, sum, state
    "dense": ("MLD", "MLD", "ADD", "MST"),
    # number of the neuron, weight, state, sum, state
    "compressed": ("MLD", "MLD", "MLD", "ADD", "MST"),
}
"""A synaptic operation on each of the eight elements, with a bfloat16 weight."""

# A weight of fewer bits is made a bfloat16 number: shifted to the top of the register, and down again, which fills up with its sign; the
# one on top of a word needs the second shift alone.  Then state, sum, state.
_TOP: Kernel = ("SHR", "I2F", "MLD", "ADD", "MST")
_BELOW: Kernel = ("SHL", *_TOP)
# weight and number of the neuron in one word, the number cut out
_ENTRY: Kernel = ("MLD", "AND", *_TOP)


def row(layout: Stored, width: int, groups: int) -> Kernel:
    """``groups`` synaptic operations of an element, with weights of ``width`` bits; a word is loaded once for all the weights in it."""
    if width == WORD:
        return SYNAPSE[layout] * groups
    if layout == "compressed":
        return _ENTRY * groups
    word = (("MLD", *_TOP), *[_BELOW] * (fields(width) - 1))
    return tuple(instruction for at in range(groups) for instruction in word[at % len(word)])


_POTENTIAL: Kernel = ("MLD",)
_BIAS: Kernel = ("MLD", "ADD")
_LEAK: Kernel = ("MLD", "MUL")
_STORE: Kernel = ("MST",)
_THRESHOLD: Kernel = ("MLD", "GTH", "EVC")  # fires unless the threshold is greater than the potential
_RESET: Mapping[str, Kernel] = {"zero": ("AND",), "subtract": ("AND", "SUB")}
# Before the threshold: counter, 0 < counter, potential held at 0, no spike.  After it: one off, not below 0, set by a spike, stored.
_REFRACTORY: Kernel = ("MLD", "GTH", "AND", "AND", "SUB", "MAX", "AND", "MAX", "MST")
# current, leaked for the next step, stored; the potential takes it
_CURRENT: Kernel = ("MLD", "MLD", "MUL", "MST", "ADD")
# trace, raised threshold; then jump of those that fired, leak, sum, stored
_TRACE: Kernel = ("MLD", "ADD", "MLD", "AND", "MLD", "MUL", "ADD", "MST")


def end_of_step(population: Population) -> Kernel:
    """What the end of a step does to each neuron: (current, bias,) threshold, reset, leak, and event capture."""
    kernel = _POTENTIAL
    if population.kind == "current_lif":
        kernel += _CURRENT
    if "bias" in parameters_stored(population):
        kernel += _BIAS
    if population.kind == "adaptive_lif":
        kernel += _TRACE
    if isinstance(population, Spiking):
        kernel += _THRESHOLD + _RESET[population.reset]
        if population.refractory:
            kernel += _REFRACTORY
    return kernel + _LEAK + _STORE


def parameters_stored(population: Population) -> tuple[str, ...]:
    """The parameters that lie in data memory, a word per neuron: all, but no bias where all are 0."""
    return tuple(q for q in population.parameters() if q != "bias" or getattr(population, q).any())


def states(population: Population) -> int:
    """Words of state per neuron: the potential, a current or a trace, a refractory counter."""
    return 1 + (population.kind in ("current_lif", "adaptive_lif")) + bool(getattr(population, "refractory", 0))


def energy(kernel: Kernel, costs: Mapping[str, Constant]) -> float:
    """Joules of a kernel on one element."""
    return sum(float(costs[f"npe.{instruction}"]) for instruction in kernel) * 1e-12


def cycles(kernel: Kernel, costs: Mapping[str, Constant]) -> float:
    """Cycles of a kernel; the eight elements take them together."""
    return len(kernel) * float(costs["npe.cycles"])


def per_synapse(
    amount: Callable[[Kernel, Mapping[str, Constant]], float], layout: Stored, width: int, groups: int, costs: Mapping[str, Constant]
) -> float:
    """`energy` or `cycles` of a synaptic operation on one element, in the mean of a row of ``groups``."""
    return amount(row(layout, width, max(1, groups)), costs) / max(1, groups)
