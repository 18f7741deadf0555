"""Files of HDF5: recordings, networks of lava-dl, and networks in NIR."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from delaycore.datasets import EventSet, read_events, write_events
from delaycore.graph import Graph
from delaycore.interop import from_lava_dl, read_nir, to_nir, write_nir
from tests.fuzz.files import GUARDED, OPEN, make_file_kind
from tests.fuzz.judging import Kind
from tests.fuzz.mutated_bytes import Rng, mutate_bytes
from tests.fuzz.mutated_hdf5 import make_outside, mutate_hdf5, reseal_hdf5
from tests.interop.slayer_files import make_layer, write_network
from tests.properties.networks import Limits, draw_case

__all__ = [
    "draw_events",
    "make_events",
    "make_foreign_events",
    "make_foreign_nir",
    "make_lava_dl",
    "make_nir",
]


def draw_events(seed: int, samples: int | None = None) -> EventSet:
    """Return a few recordings of two classes; ``samples`` are drawn, too, unless given."""
    rng = np.random.default_rng([seed, 1])
    samples, channels = samples or int(rng.integers(1, 7)), int(rng.integers(2, 9))
    counts = rng.integers(0, 5, samples)
    n = int(counts.sum())
    return EventSet(
        times=np.concatenate([np.sort(rng.integers(0, 900_000, count)) for count in counts]),
        channels=rng.integers(0, channels, n).astype(np.int32),
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        labels=np.arange(samples) % 2,
        speakers=rng.integers(-1, 3, samples),
        classes=("yes", "no"),
        channel_count=channels,
        sensor=(channels, 1, 1) if seed % 3 == 1 else None,
        time_error=0.5 if seed % 3 == 2 else 0.0,
    )


def make_events(name: str, folder: Path, crafted: bool) -> Kind:
    """Make the kind of recordings that the package wrote."""
    originals = []
    for seed in range(6):
        write_events(folder / "original.h5", draw_events(seed))
        originals.append((folder / "original.h5").read_bytes())
    mutate = _reseal(folder) if crafted else mutate_bytes
    allowed = OPEN if crafted else GUARDED
    return make_file_kind(name, folder / "changed.h5", originals, mutate, read_events, allowed)


def _reseal(folder: Path) -> Callable[[Rng, bytes], bytes]:
    make_outside(folder / "outside")
    return partial(reseal_hdf5, outside=folder / "outside")


def _choose_mutation(folder: Path, structural: float) -> Callable[[Rng, bytes], bytes]:
    """Return a function that changes bytes, or, with this probability, what HDF5 makes of them."""
    outside = folder / "outside"
    make_outside(outside)

    def mutate(rng: Rng, data: bytes) -> bytes:
        return mutate_hdf5(rng, data, outside) if rng.random() < structural else mutate_bytes(rng, data)

    return mutate


def make_foreign_events(name: str, folder: Path) -> Kind:
    """Make the kind of recordings in the layout of SHD that others wrote, in each way that HDF5 has."""
    originals = []
    ways: list[dict[str, Any]] = [{}, {"chunks": (2,)}, {"chunks": (3,), "compression": "gzip"}]
    for seed, way in enumerate([*ways, *ways]):
        events = draw_events(10 + seed)
        with h5py.File(folder / "original.h5", "w", libver="latest" if seed % 2 else None) as file:
            for place, values in (("spikes/times", events.times / 1e6), ("spikes/units", events.channels)):
                kind = h5py.vlen_dtype(np.dtype("u2" if "units" in place else "f2" if seed % 2 else "f8"))
                rows = file.create_dataset(place, (len(events),), kind, **(way if len(events) > 2 else {}))
                for i in range(len(events)):
                    rows[i] = values[events.offsets[i] : events.offsets[i + 1]]
            file["labels"] = events.labels.astype("u2")
            file["extra/speaker"] = events.speakers
            file["extra/keys"] = np.array([b"yes", b"no"]) if seed % 2 else ["yes", "no"]
            file["extra/meta_info/gender"] = ["f", "m"]
        originals.append((folder / "original.h5").read_bytes())
    mutate = _choose_mutation(folder, 0.6)
    return make_file_kind(name, folder / "changed.h5", originals, mutate, read_events, OPEN)


def make_lava_dl(name: str, folder: Path) -> Kind:
    """Make the kind of networks that lava-dl exported."""
    rng = np.random.default_rng(0)
    layers = [
        *([make_layer(rng, 5, 4)], [make_layer(rng, 5, 4), make_layer(rng, 3, 5, bias=np.arange(3.0))]),
        *(
            [
                make_layer(rng, 4, 3, delay=np.arange(4)),
                make_layer(rng, 2, 4, **{"neuron/iDecay": np.ones(2)}),
            ],
        ),
    ]
    originals = [write_network(folder / "original.net", given).read_bytes() for given in layers]

    def read(path: Path) -> Any:
        return from_lava_dl(path, statistic="maximum")

    return make_file_kind(name, folder / "changed.net", originals, _choose_mutation(folder, 0.6), read, OPEN)


def _draw_graphs(count: int) -> Iterator[Graph]:
    """Draw networks of few nodes, since HDF5 takes its time with each."""
    drawn = (draw_case(seed, Limits(odd=False, inputs=1)).graph for seed in itertools.count())
    return itertools.islice((graph for graph in drawn if len(to_nir(graph)[0].nodes) < 9), count)


def make_nir(name: str, folder: Path, crafted: bool) -> Kind:
    """Make the kind of networks in NIR that the package wrote."""
    originals = []
    for graph in _draw_graphs(6):
        write_nir(folder / "original.nir", graph)
        originals.append((folder / "original.nir").read_bytes())
    mutate = _reseal(folder) if crafted else mutate_bytes
    allowed = OPEN if crafted else GUARDED
    return make_file_kind(name, folder / "changed.nir", originals, mutate, read_nir, allowed)


def make_foreign_nir(name: str, folder: Path) -> Kind:
    """Make the kind of networks in NIR that others wrote: snnTorch, and nir itself."""
    import nir

    originals = [(Path(__file__).parents[1] / "interop" / "snntorch.nir").read_bytes()]
    for graph in _draw_graphs(3):
        nir.write(folder / "original.nir", to_nir(graph)[0])
        originals.append((folder / "original.nir").read_bytes())
    mutate, read = _choose_mutation(folder, 0.6), partial(read_nir, step=1e-4)
    return make_file_kind(name, folder / "changed.nir", originals, mutate, read, OPEN)
