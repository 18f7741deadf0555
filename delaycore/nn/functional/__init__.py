"""Functions on tensors [steps, batch, neurons] that the layers of `delaycore.nn` are made of."""

from delaycore.nn.functional._delivery import Deliver, deliver, deliver_gradients
from delaycore.nn.functional._eager import run_eagerly
from delaycore.nn.functional._ordered_sums import OrderedSums, has_order
from delaycore.nn.functional._record import Fire, Record, fire, fire_above
from delaycore.nn.functional._recurrences import Rule, adaptive_lif, integrate, is_compiled_for, lif
from delaycore.nn.functional._rounding import fake_quantize, straight_through
from delaycore.nn.functional._surrogates import SURROGATES, Surrogate, SurrogateKind, spike

__all__ = [
    "Deliver",
    "Fire",
    "OrderedSums",
    "Record",
    "Rule",
    "SURROGATES",
    "Surrogate",
    "SurrogateKind",
    "adaptive_lif",
    "deliver",
    "deliver_gradients",
    "fake_quantize",
    "fire",
    "fire_above",
    "has_order",
    "integrate",
    "is_compiled_for",
    "lif",
    "run_eagerly",
    "spike",
    "straight_through",
]
