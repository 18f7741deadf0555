"""What a backend author holds a backend against: random networks that really fire."""

from delaycore.conformance.networks import LiveNetwork, live_network

__all__ = ["LiveNetwork", "live_network"]
