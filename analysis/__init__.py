"""The science of Qazcube: sources, cubes, cells, features, models. It draws nothing.

The doors are the rooms: :mod:`analysis.sources`, :mod:`analysis.cubes`, :mod:`analysis.cells`,
:mod:`analysis.seismic`. A row of data travels through them in this order.
"""
