"""The backend under test, and the networks that it ought to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import reference
from delaycore.activity import Activity
from delaycore.backend import Backend
from delaycore.conformance._networks import LiveNetwork, is_live, live_network
from delaycore.graph import (
    LIF,
    AdaptiveLIF,
    CurrentLIF,
    Graph,
    Input,
    Integrator,
    Population,
    Projection,
    Readout,
)
from delaycore.hardware import ConformanceProfile, HardwareSpec, Losses, Program

__all__ = ["Case", "Subject"]

KINDS: dict[str, type[Any]] = {"lif": LIF, "current_lif": CurrentLIF, "adaptive_lif": AdaptiveLIF}
"""The kinds that fire, of those that the core brings."""


@dataclass(frozen=True)
class Case:
    """A live network, what the backend makes of it, and what the reference says that its quantized form does.

    graph, spikes:  as drawn.     exact, losses: as `quantize` gave them.
    program:        on as few cores as the backend likes.     truth: the reference's run of ``exact``.
    """

    graph: Graph
    spikes: NDArray[np.bool_]
    exact: Graph
    losses: Losses
    program: Program
    truth: Activity

    @property
    def live(self) -> bool:
        """Whether the quantized network fires and is not saturated."""
        return is_live(self.graph, self.truth.rates())


@dataclass
class Subject:
    """A backend, and how much is asked of it.

    profile:  what its author says about it.
    networks: how many live networks it has to run.

    It remembers which checks failed or were not run, and which exceptions were reported, so that the cause of
    several failures is said once.
    """

    backend: Backend
    profile: ConformanceProfile
    networks: int = 12
    spec: HardwareSpec = field(init=False)
    unmet: set[str] = field(default_factory=set)
    reported: dict[tuple[str, str, int], str] = field(default_factory=dict)
    _cases: dict[int, Case] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spec = self.backend.spec

    @property
    def few(self) -> int:
        """How many of the live networks a check takes that does much with each."""
        return max(3, self.networks // 4)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the spec that fire and can be drawn."""
        return sorted(self.spec.populations & (KINDS.keys() | self.profile.populations.keys()))

    @property
    def resets(self) -> list[str]:
        """The resets of the spec, ``zero`` first."""
        return sorted(self.spec.resets, reverse=True)

    @property
    def longest(self) -> int:
        """Largest delay of a synapse between populations that need no retiming."""
        return self.spec.hop_delay + self.spec.max_delay

    @property
    def shortest(self) -> int:
        """Smallest delay of a synapse between populations that need no retiming."""
        return max(self.spec.hop_delay, int("zero_delay" in self.spec.unsupported))

    def network(
        self,
        seed: int,
        samples: int = 2,
        steps: int = 32,
        kinds: Sequence[str] = (),
        resets: Sequence[str] = (),
    ) -> LiveNetwork:
        """A live network within the declared capabilities; every fourth comes close to the largest delay.

        kinds, resets: to draw from; all that are declared unless given.

        Hops: delays from 0 up leave room for a chain of three hops beside a direct way; where they do not, no
              delay is below a hop.  Nor is one on a chip with axonal delays, of which a neuron would need
              several where retiming moves its targets apart.
        """
        hop, unsupported = self.spec.hop_delay, self.spec.unsupported
        room = self.spec.max_delay - 2 * hop
        tight = room < 2 * hop or not room
        largest = self.longest if tight else min(room, 60 if seed % 4 == 3 else 12)
        least = self.shortest if tight or unsupported & {"zero_delay", "synaptic_delays"} else 0
        return live_network(
            seed,
            kinds=kinds or self.kinds,
            resets=resets or self.resets,
            largest_delay=largest,
            refractory=0 if "refractory" in unsupported else 2,
            biased="bias" not in unsupported,
            loops="loops" not in unsupported and self.longest >= max(1, hop),
            samples=samples,
            steps=steps + largest,
            smallest_delay=least,
            smallest_loop=max(1, hop if tight else 2 * hop),
            several="several_synapses" not in unsupported,
            synaptic_delays="synaptic_delays" not in unsupported,
            leaky="leak" not in unsupported,
            integrates="integrator" in self.spec.populations,
            own=self.profile.populations,
        )

    def case(self, seed: int) -> Case:
        """The live network of ``seed``, mapped, with the truth about it."""
        if seed not in self._cases:
            drawn = self.network(seed)
            exact, losses = self.backend.quantize(drawn.graph)
            program = self.backend.map(drawn.graph)
            truth = reference.simulate(exact, drawn.spikes, states=True)
            self._cases[seed] = Case(drawn.graph, drawn.spikes, exact, losses, program, truth)
        return self._cases[seed]

    def cell(self, size: int = 1, kind: str = "", **parameters: Any) -> Population:
        """Neurons of a kind, of the first of the spec unless it is given, with a threshold that one synapse
        of weight 1 crosses.  Parameters that a kind of the backend's own does not have are left out.
        """
        kind = kind or ("lif" if "lif" in self.kinds else self.kinds[0])
        if kind in self.profile.populations:
            drawn = self.profile.populations[kind](np.random.default_rng(0), size)
            wanted: dict[str, Any] = {"threshold": 0.5, "reset": self.resets[0]} | parameters
            return replace(drawn, **{name: value for name, value in wanted.items() if hasattr(drawn, name)})
        leak = 1.0 if "leak" in self.spec.unsupported else 0.5
        return KINDS[kind](size, **{"retain": leak, "threshold": 0.5, "reset": self.resets[0]} | parameters)  # type: ignore[no-any-return]

    def chain(
        self,
        *projections: Projection,
        inputs: int = 1,
        hidden: Population | None = None,
        readout: bool = True,
    ) -> Graph:
        """Inputs ``in`` and neurons ``h``, joined as asked, with a read-out where the chip has one."""
        populations: dict[str, Population] = {"in": Input(inputs), "h": hidden or self.cell()}
        joined = list(projections)
        if readout and "integrator" in self.spec.populations:
            size, least = populations["h"].size, self.shortest
            populations["out"] = Integrator(1, retain=1.0 if "leak" in self.spec.unsupported else 0.5)
            joined.append(
                Projection(
                    "h", "out", np.arange(size), np.zeros(size, int), np.ones(size), np.full(size, least)
                )
            )
        return Graph(
            1e-3,
            populations,
            joined,
            Readout("out", "maximum") if "out" in populations else Readout("h", "spike_count"),
        )
