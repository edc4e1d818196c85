"""Agriculture: the simulated vegetation that lessons start from."""

from analysis.agrarian.simulate import SimulatedVegetation, land_cover, vegetation

__all__ = ["SimulatedVegetation", "land_cover", "vegetation"]
