"""How many channels pass each node of a NIR graph.

A parameter of size 1 holds for all channels, so a node of such parameters alone takes the number of the nodes
around it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from delaycore.errors import ForeignError
from delaycore.interop._nir_flatten import FlatGraph
from delaycore.interop._nir_nodes import CONNECTIONS, NEURONS, PARAMETERS, WEIGHTED, Node
from delaycore.interop._problems import ProblemList

__all__ = ["count_channels"]


class _Side(NamedTuple):
    """What goes into a node, or comes out of it; the same channels unless the node has weights."""

    node: str
    out: bool


class _Claim(NamedTuple):
    """``channels`` that a node itself says it has."""

    node: str
    channels: int


def count_channels(graph: FlatGraph, problems: ProblemList) -> dict[str, int]:
    """Count the channels that come out of each node; 1 where nothing says how many.

    Notes in ``problems`` each node whose parameters differ in size, and each whose channels are not those
    of most nodes around it.
    """
    claims: dict[_Side, _Claim] = {}
    for name, node in graph.nodes.items():
        with problems.gather():
            claims.update((side, _Claim(name, size)) for side, size in _find_claims(name, node))
    counts: dict[str, int] = {}
    for group in _group(graph):
        own = [claims[side] for side in group if side in claims]
        count = Counter(claim.channels for claim in own).most_common(1)[0][0] if own else 1
        for claim in own:
            if claim.channels != count:
                other = next(claim.node for claim in own if claim.channels == count)
                problems.add(
                    f"nodes[{claim.node!r}]",
                    f"has {claim.channels} channels where {other!r} has {count}",
                    "check the shapes of the graph",
                )
        counts.update((side.node, count) for side in group if side.out)
    return counts


def _group(graph: FlatGraph) -> Iterator[list[_Side]]:
    """Yield sides that carry the same channels, what comes out of inputs and weights first: where as
    many nodes say the one as the other, these are right.
    """
    import networkx

    same = networkx.Graph()
    for name, node in graph.nodes.items():
        same.add_nodes_from([_Side(name, False), _Side(name, True)])
        if node.kind in (*NEURONS, *CONNECTIONS) and node.kind not in ("Input", *WEIGHTED):
            same.add_edge(_Side(name, False), _Side(name, True))
    same.add_edges_from((_Side(source, True), _Side(target, False)) for source, target in graph.edges)
    rank = {side: i for i, side in enumerate(same)}

    def rank_side(side: _Side) -> tuple[bool, int]:
        says = side.out and graph.nodes[side.node].kind in ("Input", *WEIGHTED)
        return not says, rank[side]

    for group in networkx.connected_components(same):
        yield sorted(group, key=rank_side)


def _find_claims(name: str, node: Node) -> Iterator[tuple[_Side, int]]:
    """Yield the channels that a node's parameters have; none for a node that takes any number."""
    if node.kind in WEIGHTED:
        if "weight" not in node.values:
            return
        targets, sources = _read_weight_shape(name, node)
        yield _Side(name, False), sources
        yield _Side(name, True), targets
        return
    size = node.channels
    if node.kind in PARAMETERS:
        size = _find_common_size(
            f"nodes[{name!r}]", {field: values.size for field, values in node.values.items()}
        )
    if size is not None:
        yield _Side(name, True), size


def _read_weight_shape(name: str, node: Node) -> tuple[int, int]:
    shape = node.values["weight"].shape
    if len(shape) != 2:
        raise ForeignError.at(
            f"nodes[{name!r}].weight", f"has the shape {shape}", "give a matrix [targets, sources]"
        )
    biases = node.values["bias"].size if "bias" in node.values else 1
    if biases not in (1, shape[0]):
        raise ForeignError.at(
            f"nodes[{name!r}].bias",
            f"holds {biases} values for {shape[0]} targets",
            "give one, or one per target",
        )
    return int(shape[0]), int(shape[1])


def _find_common_size(place: str, sizes: dict[str, int]) -> int | None:
    """Find the size of the parameters that are not of size 1; None if all are."""
    several = {field: size for field, size in sizes.items() if size != 1}
    if len(set(several.values())) > 1 or 0 in several.values():
        raise ForeignError.at(place, f"has {_list_sizes(sizes.items())}", "give one value, or one per neuron")
    return next(iter(several.values()), None)


def _list_sizes(sizes: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{size} of {field}" for field, size in sizes)
