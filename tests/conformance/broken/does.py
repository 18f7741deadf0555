"""Chips that do something else than the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import delaycore as dc
from delaycore.hardware import Losses
from tests.conformance.broken.breaking import Backend, blocks, caught_by, describes, quantizes, runs, writes


@caught_by("same_spikes", "unlike in the reference")
def loses_an_event(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        largest = max(blocks(old), key=lambda at: np.abs(old[f"{at}/weight"].astype(int)).max(initial=0))
        old[f"{largest}/weight"][np.abs(old[f"{largest}/weight"].astype(int)).argmax()] = 0
        return old

    return writes(base, image)


@caught_by("same_spikes", "potentials of 'out' differ")
def rounds_the_read_out_s_decay_up(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        for name in old:
            if name.endswith("/rules") and old[name][0]:
                at = name.replace("rules", "retain")
                old[at] = np.minimum(old[at] + 1, 256).astype(np.uint16)
        return old

    return writes(base, image)


@caught_by("delays", "makes its target fire in steps")
def delays_are_off_by_one(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        return old | {f"{at}/delay": old[f"{at}/delay"] + np.uint8(1) for at in blocks(old)}

    return writes(base, image)


@caught_by("delays", "delay 15")
def the_longest_delay_is_clipped(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        return old | {
            f"{at}/delay": np.minimum(old[f"{at}/delay"], 14).astype(np.uint8) for at in blocks(old)
        }

    return writes(base, image)


@caught_by("several_synapses", "synapses of delays (0, 15)")
def keeps_one_synapse_per_pair(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        for at in blocks(old):
            pairs = np.stack([old[f"{at}/pre"], old[f"{at}/post"]])
            _, first = np.unique(pairs, axis=1, return_index=True)
            old |= {f"{at}/{c}": old[f"{at}/{c}"][np.sort(first)] for c in ("pre", "post", "weight", "delay")}
        return old

    return writes(base, image)


@caught_by("loops", "a loop of delays (1,)")
def forgets_what_a_population_sends_itself(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        for at in blocks(old):
            if old[f"{at}/ends"][0] == old[f"{at}/ends"][1]:
                old[f"{at}/weight"][:] = 0
        return old

    return writes(base, image)


@caught_by("loops", "though each hop takes 1")
def takes_a_loop_shorter_than_its_hops(base: Backend) -> Backend:
    return describes(base, hop_delay=1, max_delay=14)


@caught_by("biases", "biased neurons")
def forgets_biases(base: Backend) -> Backend:
    return writes(
        base,
        lambda old, program, options: (
            old | {name: np.zeros_like(a) for name, a in old.items() if name.endswith("/bias")}
        ),
    )


@caught_by("numbering", "66,000 inputs")
def numbers_inputs_with_16_bits(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        return old | {f"{at}/pre": old[f"{at}/pre"] % 2**16 for at in blocks(old)}

    return writes(base, image)


@caught_by("numbering", "258 populations")
def has_no_room_for_more_populations(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        ends = {f"{at}/ends": old[f"{at}/ends"] for at in blocks(old)}
        return old | {name: np.where(number < 2**8, number, 1) for name, number in ends.items()}

    return writes(base, image)


@caught_by("empty_and_full", "silent and full input")
def drops_spikes_where_too_many_come_at_once(base: Backend) -> Backend:
    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        if isinstance(spikes, np.ndarray) and spikes.ndim == 3 and spikes.dtype == bool:
            spikes = spikes & (np.cumsum(spikes, axis=2) <= 2)
        return inner(program, spikes, states)

    return runs(base, simulate)


@caught_by("empty_and_full", "IndexError")
def wants_at_least_one_sample(base: Backend) -> Backend:
    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        assert spikes[0] is not None
        return inner(program, spikes, states)

    return runs(base, simulate)


@caught_by("same_spikes", "0 of 12 networks fire")
def silences_everything(base: Backend) -> Backend:
    def deaf(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        return graph.with_(
            populations={
                n: replace(p, threshold=2.0**22) if isinstance(p, dc.LIF) else p
                for n, p in graph.populations.items()
            }
        ), losses

    return quantizes(base, deaf)
