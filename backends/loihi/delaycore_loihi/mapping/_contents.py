"""What the pieces of populations on a core use of it: one more is measured without measuring the others
again, so that a core of a thousand small populations is filled in a thousand steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from delaycore_loihi.mapping._record import CoreUse
from delaycore_loihi.mapping._synapses import (
    SynapseFormat,
    SynapseLists,
    choose_delay_bits,
    count_index_bits,
)

__all__ = ["CoreContents", "PieceUse"]


@dataclass(frozen=True)
class PieceUse:
    """What one piece needs, or several together, wherever they lie.

    neurons, output_axons: how many.
    lists:                 the synapse lists onto the piece, without those of no axon.
    decays, thresholds:    the numbers of the profiles that its neurons have.
    """

    neurons: int = 0
    output_axons: int = 0
    lists: tuple[SynapseLists, ...] = ()
    decays: frozenset[int] = frozenset()
    thresholds: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Encoded:
    """The words and the formats of synapse lists, for one number of index bits."""

    words: int = 0
    formats: frozenset[SynapseFormat] = frozenset()

    def with_lists(self, lists: Iterable[SynapseLists], index_bits: int) -> _Encoded:
        encodings = [part.choose_encoding(index_bits) for part in lists]
        formats = self.formats.union(synapse_format for _, synapse_format in encodings)
        return _Encoded(self.words + sum(words for words, _ in encodings), formats)


class CoreContents:
    """Holds what the pieces on one core use."""

    def __init__(self, parts: Iterable[PieceUse] = ()) -> None:
        self._lists: list[SynapseLists] = []
        self._neurons = self._output_axons = self._input_axons = self._largest_field = 0
        self._decays: set[int] = set()
        self._thresholds: set[int] = set()
        self._encoded: dict[int, _Encoded] = {}
        """By index bits, which the neurons of the core decide: they grow a few times while it is filled."""
        for part in parts:
            self.add(part)

    def add(self, part: PieceUse) -> None:
        """Put a piece onto the core."""
        self._encoded = {bits: e.with_lists(part.lists, bits) for bits, e in self._encoded.items()}
        self._lists += part.lists
        self._neurons += part.neurons
        self._output_axons += part.output_axons
        self._input_axons += sum(lists.axons for lists in part.lists)
        self._largest_field = max(self._largest_field, _find_largest_field(part))
        self._decays |= part.decays
        self._thresholds |= part.thresholds

    def measure(self, beside: PieceUse = PieceUse()) -> CoreUse:
        """Return the use of the core, with a piece ``beside`` those that lie on it."""
        neurons = self._neurons + beside.neurons
        index_bits = count_index_bits(neurons)
        if index_bits not in self._encoded:
            self._encoded[index_bits] = _Encoded().with_lists(self._lists, index_bits)
        encoded = self._encoded[index_bits].with_lists(beside.lists, index_bits)
        return CoreUse(
            delay_bits=choose_delay_bits(max(self._largest_field, _find_largest_field(beside))),
            compartments=neurons,
            synaptic_words=encoded.words,
            input_axons=self._input_axons + sum(lists.axons for lists in beside.lists),
            output_axons=self._output_axons + beside.output_axons,
            decay_profiles=len(self._decays | beside.decays),
            threshold_profiles=len(self._thresholds | beside.thresholds),
            synapse_formats=len(encoded.formats),
        )


def _find_largest_field(part: PieceUse) -> int:
    return max((lists.largest_field for lists in part.lists), default=0)
