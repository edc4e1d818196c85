"""What a visitor takes away: tables, grids, printed maps and the Python lines of a view.

Doors: `table_csv`, `table_xlsx`, `view_netcdf`, `view_geotiff`, `printed_map`.
"""

from analysis.outputs.grids import view_geotiff, view_netcdf
from analysis.outputs.maplayers import MapLayers
from analysis.outputs.printed import MapStyle, printed_map
from analysis.outputs.tables import CsvOptions, table_csv
from analysis.outputs.workbooks import table_xlsx

__all__ = [
    "CsvOptions",
    "MapLayers",
    "MapStyle",
    "printed_map",
    "table_csv",
    "table_xlsx",
    "view_geotiff",
    "view_netcdf",
]
