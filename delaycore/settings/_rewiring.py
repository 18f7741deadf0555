"""The section ``[rewiring]``: how the synapses of a sparse network move while it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from delaycore._part import Count, Part

__all__ = ["RewiringSettings"]


class RewiringSettings(Part):
    """Sparse training with a constant number of synapses: again and again, some are dropped and as many grow
    elsewhere, with weight 0, so that pairs and delays are both learned (DEEP R, arXiv 1711.05136; RigL, arXiv
    1911.11134).

    fraction: of the synapses of each projection that move at a time in the beginning; it falls to 0 along
              half a cosine.  0 for none.
    times:    how often they move in an epoch, evenly spread.
    until:    part of the training after which none moves any more.
    drop:     the synapses of the smallest weights (``magnitude``), or those whose weight has changed its sign
              since they last moved, at most as many (``sign``).
    grow:     where the loss would change fastest with the weight (``gradient``, summed since they last
              moved), or anywhere (``random``).
    keep:     what keeps its number of synapses: the whole ``projection``, each target ``neuron``, or each
              ``pair`` of neurons, of which only the delays then change.
    """

    fraction: Annotated[float, Field(ge=0, lt=1)] = 0.0
    times: Count = 2
    until: Annotated[float, Field(gt=0, le=1)] = 0.75
    drop: Literal["magnitude", "sign"] = "magnitude"
    grow: Literal["gradient", "random"] = "gradient"
    keep: Literal["projection", "neuron", "pair"] = "neuron"
    units: ClassVar[Mapping[str, str]] = {"times": "an epoch"}
