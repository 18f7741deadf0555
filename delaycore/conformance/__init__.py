"""What a backend author holds a backend against: random networks that really fire, under arithmetics of every sort."""

from delaycore.conformance.arithmetics import arithmetics, under
from delaycore.conformance.networks import LiveNetwork, live_network

__all__ = ["LiveNetwork", "arithmetics", "live_network", "under"]
