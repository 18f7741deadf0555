"""Backends that alter networks and do not say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import delaycore as dc
from delaycore.hardware import Losses
from tests.conformance.broken.breaking import Backend, caught_by, quantizes


@caught_by("losses", "values changed, but the losses list")
def clips_in_silence(base: Backend) -> Backend:
    return quantizes(
        base, lambda graph, losses: (graph, Losses(entries=tuple(e for e in losses if e.what != "weight")))
    )


@caught_by("losses", "the largest error is")
def makes_its_errors_small(base: Backend) -> Backend:
    return quantizes(
        base,
        lambda graph, losses: (
            graph,
            Losses(entries=tuple(replace(e, largest=e.largest / 2) for e in losses)),
        ),
    )


@caught_by("losses", "synapses are gone")
def prunes_in_silence(base: Backend) -> Backend:
    def half(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        p = graph.projections[0]
        kept = np.arange(len(p)) > 0
        fewer = replace(p, pre=p.pre[kept], post=p.post[kept], weight=p.weight[kept], delay=p.delay[kept])
        entries = tuple(e for e in losses if e.place != f"{p.place}.weight")
        return graph.with_(projections=[fewer, *graph.projections[1:]]), Losses(entries=entries)

    return quantizes(base, half)


@caught_by("losses", "in silence")
def changes_refractory_periods_in_silence(base: Backend) -> Backend:
    def longer(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        changed = {
            n: replace(p, refractory=max(p.refractory, 1)) if isinstance(p, dc.LIF) else p
            for n, p in graph.populations.items()
        }
        return graph.with_(populations=changed), losses

    return quantizes(base, longer)


@caught_by("losses", "changes it again")
def rounds_again_what_is_rounded(base: Backend) -> Backend:
    def smaller(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        return graph.with_(
            projections=[p.with_weight(np.trunc(p.weight / 2)) for p in graph.projections]
        ), losses

    return quantizes(base, smaller)


@caught_by("losses", "which no loss can say")
def reads_another_answer(base: Backend) -> Backend:
    def last(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        return graph.with_(readout=graph.readout and replace(graph.readout, statistic="last")), losses

    return quantizes(base, last)


@caught_by("losses", "which no loss can say")
def forgets_the_names_of_classes(base: Backend) -> Backend:
    def nameless(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        return graph.with_(readout=graph.readout and replace(graph.readout, classes=())), losses

    return quantizes(base, nameless)
