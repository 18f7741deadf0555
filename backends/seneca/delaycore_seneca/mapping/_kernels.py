"""The micro-kernels of a core, as tables of NPE instructions; time and energy are counted from them.

An instruction is a line: its name, the register that it writes, and those that it reads.  MLD loads a word
into a register and MST stores one; their addresses come from the loop controller.  Comparisons are taken to
write a mask of ones or zeros, so that AND keeps a value or makes it 0 exactly.  The leak closes a step: what
is stored is the state that the next step's arrivals are added to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from delaycore.graph import Population, Spiking
from delaycore.hardware import Constant
from delaycore_seneca.mapping._synapses import Stored
from delaycore_seneca.numbers import WORD, count_weights_per_word

__all__ = [
    "CONSTANTS",
    "STATE",
    "Kernel",
    "average_per_synapse",
    "build_end_of_step",
    "build_kernels",
    "build_row",
    "count_cycles",
    "count_registers",
    "count_states",
    "list_parameters",
    "sum_energy",
]

Kernel = tuple[str, ...]

STATE: Mapping[Stored, Kernel] = {
    "dense": ("MLD u", "MST u"),
    # of the neuron whose number was loaded
    "compressed": ("MLD u n", "MST u n"),
}
"""Load and store of a neuron's state, before and after what is added to it."""

# A weight of fewer bits is made a bfloat16 number: shifted to the top of the register, and down again,
# which fills up with its sign; the one on top of a word needs the second shift alone.  In a compressed row,
# the number of the neuron lies below it and is cut out by mask k.
_TOP: Kernel = ("MLD e{0}", "SHR x e{0}", "I2F x x", "ADD u u x")
_BELOW: Kernel = ("SHL x e{0}", "SHR x x", "I2F x x", "ADD u u x")
_WHOLE_ENTRY: Kernel = ("MLD x", "AND n x k", "SHR x x", "I2F x x", "MLD u n", "ADD u u x", "MST u n")
_WORD: Kernel = ("MLD w{0}", "ADD u u w{0}")
_ENTRY: Kernel = ("MLD n", "MLD w", "MLD u n", "ADD u u w", "MST u n")


def build_row(layout: Stored, width: int, groups: int = 1, events: int = 1) -> Kernel:
    """The kernel with which an element adds a row to one neuron after the other of ``groups``, with weights
    of ``width`` bits.

    A dense row is worked through for ``events`` at a time: a state is loaded and stored once for all of them,
    and each has a register ({0}) for its weight, which need not wait for the sum before it, or for its word,
    which is loaded once for all the weights in it.
    """
    if layout == "compressed":
        return (_ENTRY if width == WORD else _WHOLE_ENTRY) * groups
    load, store = STATE["dense"]
    lines: list[str] = []
    for at in range(groups):
        weight = _WORD if width == WORD else _BELOW if at % count_weights_per_word(width) else _TOP
        lines += [load, *(line.format(event) for event in range(events) for line in weight), store]
    return tuple(lines)


# The current joins the potential, leaks for the next step and is stored.
_CURRENT: Kernel = ("MLD i", "ADD u u i", "MLD q", "MUL i i q", "MST i")
_BIAS: Kernel = ("MLD b", "ADD u u b")
# The counter of the refractory period; while it runs, the potential is held at 0.
_REST: Kernel = ("MLD c", "GTH h c 0", "EQL o c 0", "AND u u o")
_RAISE: Kernel = ("MLD a", "ADD t t a")
_MARK_FIRED: Kernel = ("EQL f m 0",)
_RESET: Mapping[str, Kernel] = {"zero": ("AND u u m",), "subtract": ("AND s t f", "SUB u u s")}
# Jump of those that fired, leak, sum, stored.
_TRACE: Kernel = ("MLD j", "AND j j f", "MLD k", "MUL a a k", "ADD a a j", "MST a")
# One off, not below 0, the period p for those that fired, stored.
_COUNT_DOWN: Kernel = ("SUB c c 1", "MAX c c 0", "AND s p f", "MAX c c s", "MST c")
_LEAK: Kernel = ("MLD r", "MUL u u r", "MST u")

CONSTANTS = frozenset({"0", "1", "p", "k"})
"""Registers that keep what the program put there: numbers, the refractory period, and a mask."""


def build_end_of_step(population: Population) -> Kernel:
    """The kernel that ends a step of each neuron: (current, bias,) threshold, event capture, reset, (trace,
    refractory counter,) leak.
    """
    kernel: Kernel = ("MLD u",)
    if population.kind == "current_lif":
        kernel += _CURRENT
    if "bias" in list_parameters(population):
        kernel += _BIAS
    if isinstance(population, Spiking):
        kernel += _build_fire(population)
    return kernel + _LEAK


def _build_fire(population: Spiking) -> Kernel:
    """A neuron fires unless the threshold is greater than the potential: mask m is one where it does not,
    mask f where it does.
    """
    adapts, rests = population.kind == "adaptive_lif", bool(population.refractory)
    kernel = (
        *(_REST if rests else ()),
        "MLD t",
        *(_RAISE if adapts else ()),
        "GTH m t u",
        *(("ORR m m h",) if rests else ()),
        "EVC m",
    )
    if adapts or rests or population.reset == "subtract":
        kernel += _MARK_FIRED
    return (*kernel, *_RESET[population.reset], *(_TRACE if adapts else ()), *(_COUNT_DOWN if rests else ()))


def list_parameters(population: Population) -> tuple[str, ...]:
    """The parameters that lie in data memory, a word per neuron: all, but no bias where all are 0."""
    return tuple(q for q in population.parameters() if q != "bias" or getattr(population, q).any())


def count_states(population: Population) -> int:
    """Words of state per neuron: the potential, a current or a trace, a refractory counter."""
    return (
        1 + (population.kind in ("current_lif", "adaptive_lif")) + bool(getattr(population, "refractory", 0))
    )


def build_kernels(
    population: Population, layouts: frozenset[Stored], width: int, events: int
) -> tuple[Kernel, ...]:
    """The kernels that a layer's program consists of."""
    return (
        build_end_of_step(population),
        *(
            build_row(layout, width, 1 if width == WORD else count_weights_per_word(width), events)
            for layout in sorted(layouts)
        ),
    )


def count_registers(kernel: Kernel) -> int:
    """Registers of an element that a kernel uses, constants (0 and 1) among them; each keeps its name from
    beginning to end.
    """
    return len({register for line in kernel for register in line.split()[1:]})


def sum_energy(kernel: Kernel, costs: Mapping[str, Constant]) -> float:
    """Joules of a kernel on one element."""
    return sum(float(costs[f"npe.{line.split()[0]}"]) for line in kernel) * 1e-12


def count_cycles(kernel: Kernel, costs: Mapping[str, Constant]) -> float:
    """Cycles of a kernel; the eight elements take them together."""
    return len(kernel) * float(costs["npe.cycles"])


def average_per_synapse(
    amount: Callable[[Kernel, Mapping[str, Constant]], float],
    layout: Stored,
    width: int,
    groups: int,
    costs: Mapping[str, Constant],
) -> float:
    """`sum_energy` or `count_cycles` of a synaptic operation on one element, in the mean of a row of
    ``groups``, without its neuron's state.
    """
    return amount(build_row(layout, width, max(1, groups)), costs) / max(1, groups) - amount(
        STATE[layout], costs
    )
