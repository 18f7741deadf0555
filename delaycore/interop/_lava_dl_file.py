"""lava-dl's exported networks: HDF5 files with a group for each layer, as SLAYER's `export_hdf5` writes them.

A dense layer holds ``weight`` [targets, sources] in whole numbers, perhaps ``bias`` and ``delay`` [targets],
and ``neuron``: the decays ``iDecay`` and ``vDecay`` in units of 1/4096, and the threshold ``vThMant``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from delaycore._hdf5 import Hdf5Reader, open_hdf5
from delaycore.interop._modules import Floats, to_array
from delaycore.interop._problems import ProblemList
from delaycore.interop._times import LONGEST

__all__ = ["DECAY_UNITS", "DenseLayer", "read_layers"]

DECAY_UNITS = 4096
"""A decay of as many units keeps nothing (lava-dl 0.6, `slayer.neuron.cuba`, ``p_scale``)."""

_PASSED_OVER = ("flatten", "input")  # they say shapes alone, an input unless it has neurons
_REMEDY = "export a network of dense layers with CUBA neurons"


@dataclass(frozen=True)
class DenseLayer:
    """A dense layer in the units of the file: whole numbers, all but the weights [targets].

    place:     where it lies in the file.
    weight:    [targets, sources].
    delay:     axonal, in steps.
    """

    place: str
    weight: Floats
    bias: Floats
    delay: Floats
    current_decay: Floats
    potential_decay: Floats
    threshold: Floats


def read_layers(path: str | os.PathLike[str], problems: ProblemList) -> list[DenseLayer]:
    """Read the dense layers of a file, in order, and note in ``problems`` what else it holds that matters.

    Raises `FileError` for a file that HDF5 cannot read.
    """
    with open_hdf5(path, "give a file that lava-dl's export_hdf5 wrote") as file:
        names = file.list_names("layer")
        readers = [
            _LayerReader(file, f"layer/{name}", problems)
            for name in sorted(names, key=lambda name: (len(name), name))
        ]
        return [layer for layer in (reader.read() for reader in readers) if layer is not None]


@dataclass(frozen=True)
class _LayerReader:
    file: Hdf5Reader
    place: str
    problems: ProblemList

    def read(self) -> DenseLayer | None:
        """Read the layer; return None for one that a Graph cannot hold, or that only says a shape."""
        kind = self._read_word("type")
        if kind in _PASSED_OVER:
            if self._has("neuron"):
                self._refuse("neuron", "an input with neurons of its own makes spikes of numbers", _REMEDY)
            return None
        if kind != "dense":
            self._refuse("type", f"no Graph is known for a layer of type {kind!r:.80}", _REMEDY)
            return None
        weight = self._read_weight()
        self._check_neuron()
        if weight is None or not self._has("neuron"):
            return None
        targets = weight.shape[0]
        return DenseLayer(
            self.place,
            weight,
            bias=self._read_numbers("bias", targets, default=0),
            delay=self._read_numbers("delay", targets, default=0, least=0, most=LONGEST),
            current_decay=self._read_numbers("neuron/iDecay", targets, least=0, most=DECAY_UNITS),
            potential_decay=self._read_numbers("neuron/vDecay", targets, least=0, most=DECAY_UNITS),
            threshold=self._read_numbers("neuron/vThMant", targets, least=1),
        )

    def _check_neuron(self) -> None:
        """Note neurons that are others than SLAYER's integer neuron with spikes of 1."""
        if not self._has("neuron"):
            self._refuse("neuron", "is missing: an Affine layer does not export its neurons", _REMEDY)
            return
        kind = self._read_word("neuron/type")
        if kind != "CUBA":
            self._refuse("neuron/type", f"no Graph is known for neurons of type {kind!r:.80}", _REMEDY)
        for field, usual, meaning in (
            ("neuron/gradedSpike", 0, "spikes have other sizes than 1"),
            ("neuron/refDelay", 1, "SLAYER's own neuron has no refractory period"),
            ("neuron/weight_exp", 0, "weights are scaled by the normalisation"),
        ):
            values = self._read_values(field)
            if values is not None and np.any(values != usual):
                self._refuse(field, f"must be {usual}: {meaning}", _REMEDY)

    def _read_weight(self) -> Floats | None:
        values = self._read_values("weight")
        if values is None:
            if not self._has("weight"):
                self._refuse("weight", "is missing", _REMEDY)
            return None
        given = [self._read_values(name) for name in ("outFeatures", "inFeatures")]
        sizes = [
            int(n) if n.is_integer() else n
            for array in given
            if array is not None
            for n in array.ravel().tolist()
        ]
        if values.ndim == 1 and len(sizes) == 2 and min(sizes) > 0 and sizes[0] * sizes[1] == values.size:
            values = values.reshape(-1, values.size // int(sizes[0]))
        if values.ndim != 2 or not values.size or (len(sizes) > 1 and list(values.shape) != sizes):
            self._refuse(
                "weight",
                f"has the shape {values.shape}, not [targets, sources] = {sizes or 'two sizes'}",
                "export the network again",
            )
            return None
        self._check_whole("weight", values)
        return values

    def _read_numbers(
        self,
        field: str,
        size: int,
        *,
        default: float | None = None,
        least: float = -np.inf,
        most: float = np.inf,
    ) -> Floats:
        """Read whole numbers, one or one per target, as [targets]."""
        if not self._has(field):
            if default is None:
                self._refuse(field, "is missing", "export the network again")
            return np.full(size, default or 0.0)
        values = self._read_values(field)
        if values is None:
            return np.zeros(size)
        values = values.ravel()
        if values.size not in (1, size):
            message = f"holds {values.size} values for {size} targets"
            self._refuse(field, message, "give one, or one per target")
            return np.zeros(size)
        if self._check_whole(field, values) and np.any((values < least) | (values > most)):
            wrong = values[(values < least) | (values > most)]
            span = f"from {least:g} on" if most == np.inf else f"from {least:g} to {most:g}"
            self._refuse(field, f"must lie {span}, not {wrong[0]:g}", "export the network again")
        return np.broadcast_to(values, (size,))

    def _check_whole(self, field: str, values: Floats) -> bool:
        # beyond 2**53, a whole number may be the rounding of another
        wrong = values[~(np.abs(values) < 2**53) | (values != np.rint(values))]
        if wrong.size:
            message = (
                f"must hold whole numbers below 2**53, but {wrong.size} are not, the first is {wrong[0]}"
            )
            self._refuse(field, message, "export the network with SLAYER's quantization")
        return not wrong.size

    def _read_word(self, field: str) -> str:
        """Read a text, or all of several; "none" if there is none."""
        found = self.file.find_dataset(f"{self.place}/{field}")
        values = np.ravel(self.file.read(found)).tolist() if found is not None else []
        words = [v.decode("ascii", "replace") if isinstance(v, bytes) else str(v) for v in values]
        return " ".join(words) or "none"

    def _has(self, field: str) -> bool:
        return self.file.find(f"{self.place}/{field}") is not None

    def _read_values(self, field: str) -> Floats | None:
        """Read real numbers of any shape; return None if there are none, and note what else is there."""
        if not self._has(field):
            return None
        found = self.file.find_dataset(f"{self.place}/{field}")
        if found is None:
            self._refuse(field, "must hold real numbers, not a group", _REMEDY)
            return None
        with self.problems.gather():
            return to_array(f"{self.place}/{field}", self.file.read(found))
        return None

    def _refuse(self, field: str, message: str, remedy: str) -> None:
        self.problems.add(f"{self.place}/{field}", message, remedy)
