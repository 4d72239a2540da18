"""Travel along great circles, made longer by a road factor: no map and no network."""

from hosanna_adapters.greatcircle.travel import GreatCircleTravel

__all__ = ["GreatCircleTravel"]
