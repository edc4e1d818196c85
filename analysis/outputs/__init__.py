"""What a visitor takes away: tables, grids, printed maps and the Python lines of a view.

Doors: `table_csv`, `table_xlsx`, `view_netcdf`, `view_geotiff`, `view_picture`,
`printed_map`, `python_code`, `events_geojson`, `events_quakeml`.
"""

from analysis.outputs.geojson import events_geojson
from analysis.outputs.grids import view_geotiff, view_netcdf
from analysis.outputs.maplayers import MapLayers, joined_lines
from analysis.outputs.picture import view_picture
from analysis.outputs.printed import MapStyle, colour_map, printed_map
from analysis.outputs.python_code import (
    EventChoice,
    StationChoice,
    ViewChoice,
    python_code,
)
from analysis.outputs.quakeml import events_quakeml
from analysis.outputs.tables import CsvOptions, table_csv
from analysis.outputs.workbooks import table_xlsx

__all__ = [
    "CsvOptions",
    "EventChoice",
    "MapLayers",
    "MapStyle",
    "StationChoice",
    "ViewChoice",
    "colour_map",
    "events_geojson",
    "events_quakeml",
    "joined_lines",
    "printed_map",
    "python_code",
    "table_csv",
    "table_xlsx",
    "view_geotiff",
    "view_netcdf",
    "view_picture",
]
