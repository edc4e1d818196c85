"""Satellite images: STAC catalogues, land cover, map tiles, Earth Engine."""
