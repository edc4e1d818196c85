"""Catalogues of the page: those of the database get the regimes that their agencies do not tell."""

import pandas as pd
import pytest

from analysis.seismic import EventDatabase
from apps.views.earthquakes import catalogues
from apps.views.earthquakes.catalogues import DATABASE, database_path, with_regimes
from tests.apps.earthquakes.paneltools import made_up


def test_events_of_the_database_have_a_regime_to_be_filtered_by(cache):
    rows = made_up(300).drop(columns="regime").assign(agency="usgs")
    with EventDatabase(database_path()) as database:
        database.apply(rows)
    found = catalogues.events(DATABASE)
    assert len(found) == 300
    regimes = found.table["regime"]
    assert regimes.notna().all()
    assert set(found.values("regime")) <= {"subduction", "active", "stable", "volcanic"}
    again = with_regimes(found.table.drop(columns="regime"))["regime"]
    pd.testing.assert_series_equal(again, regimes)


@pytest.mark.parametrize("told", ["volcanic", ""])
def test_what_a_catalogue_tells_is_kept(told):
    rows = made_up(5).assign(regime=told)
    assert with_regimes(rows)["regime"].tolist() == [told] * 5
