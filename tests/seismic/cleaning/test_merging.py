"""One catalogue of several: every row accounted for, origins and magnitudes by the stated rules."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.seismic import merge_catalogues
from analysis.seismic.cleaning import MAGNITUDE_FAMILIES
from tests.seismic.cleaning.tables import emsc_features, made, usgs_features

BASE = pd.Timestamp("2020-01-01T23:59:58")
ROW = st.fixed_dictionaries(
    {
        "id": st.text("abc", min_size=1, max_size=3),
        "time": st.integers(0, 40).map(lambda s: BASE + pd.Timedelta(s, "s")),
        "longitude": st.sampled_from([179.95, -179.95, 60.0]),
        "latitude": st.sampled_from([0.0, 0.3]),
        "mag": st.sampled_from([4.0, 4.3, np.nan]),
        "magType": st.sampled_from(["mb", "mww", "ml", None]),
        "status": st.sampled_from(["automatic", "reviewed", ""]),
    }
)
COLUMNS = ["id", "time", "longitude", "latitude", "mag", "magType", "status"]
CATALOGUES = st.dictionaries(
    st.sampled_from(["usgs", "emsc", "gcmt", "kndc"]),
    st.lists(ROW, max_size=6).map(lambda rows: pd.DataFrame(rows, columns=COLUMNS)),
    min_size=1,
)


def one(agency, seconds=0.0, **change):
    row = {"id": agency, "time": BASE + pd.Timedelta(seconds, "s"), "lon": 76.9, "lat": 43.2}
    return pd.DataFrame([row | {"mag": 5.0, "magType": "mb", "status": "reviewed"} | change])


@settings(max_examples=50)
@given(CATALOGUES)
def test_every_row_is_in_one_event_and_no_event_has_two_of_an_agency(catalogues):
    events, provenance = merge_catalogues(catalogues)
    given_rows = sum(map(len, catalogues.values()))
    assert len(provenance) == given_rows == events["reports"].sum()
    assert not provenance.duplicated(["event", "agency"]).any()
    assert set(provenance["event"]) == set(events.index)
    assert provenance.groupby("event")["origin"].sum().eq(1).all()
    assert provenance.groupby("event")["magnitude"].sum().le(1).all()
    assert events["time"].is_monotonic_increasing
    for number, event in events.iterrows():
        own = provenance[provenance["event"] == number]
        ids = set(event["ids"].strip(",").split(","))
        assert ids == set(own["id"])
        assert event["agencies"].strip(",").split(",")[0] == event["agency"]
        origin = own[own["origin"]].iloc[0]
        assert (origin["id"], origin["time"]) == (event["id"], event["time"])
    for name, table in catalogues.items():
        part = provenance[provenance["agency"] == name]
        assert sorted(part["label"]) == list(range(len(table)))


@settings(max_examples=30)
@given(CATALOGUES)
def test_the_magnitude_is_of_the_best_type(catalogues):
    events, provenance = merge_catalogues(catalogues)
    order = {kind: place for place, kind in enumerate(MAGNITUDE_FAMILIES)}
    for number, event in events.iterrows():
        own = provenance[(provenance["event"] == number) & provenance["mag"].notna()]
        if own.empty:
            assert np.isnan(event["mag"])
            continue
        best = min(order.get(kind, len(order)) for kind in own["magType"])
        assert order.get(event["magType"], len(order)) == best
        taken = own[own["magnitude"]].iloc[0]
        assert (taken["mag"], taken["agency"]) == (event["mag"], event["mag_agency"])


def test_origin_by_agency_but_never_an_automatic_one_before_another():
    both = {"emsc": one("emsc", 1.0), "usgs": one("usgs")}
    assert merge_catalogues(both)[0]["id"].tolist() == ["usgs"]
    assert merge_catalogues(both, agencies=["emsc"])[0]["id"].tolist() == ["emsc"]
    both["usgs"] = one("usgs", status="automatic")
    events, provenance = merge_catalogues(both)
    assert events["id"].tolist() == ["emsc"]
    assert events["ids"].tolist() == [",emsc,usgs,"]
    assert provenance["origin"].tolist() == [False, True]


def test_magnitude_of_one_agency_and_place_of_another():
    events, provenance = merge_catalogues(
        {"usgs": one("usgs", extra=1), "gcmt": one("gcmt", 4.0, mag=5.3, magType="mwc")}
    )
    event = events.iloc[0]
    assert (event["agency"], event["mag"], event["magType"], event["mag_agency"]) == (
        ("usgs", 5.3, "mwc", "gcmt")
    )
    assert event["extra"] == 1
    assert event["agencies"] == ",usgs,gcmt,"
    assert provenance["dt"].tolist() == pytest.approx([np.nan, 4.0], nan_ok=True)
    assert provenance["dmag"].tolist() == pytest.approx([np.nan, 0.3], nan_ok=True)


def test_three_agencies_are_one_event_and_do_not_chain():
    """The third matches the first agency's row, not through the second."""
    three = {"usgs": one("usgs"), "emsc": one("emsc", 12.0), "gcmt": one("gcmt", 24.0)}
    events, _ = merge_catalogues(three)
    assert events["agencies"].tolist() == [",usgs,emsc,", ",gcmt,"]
    three["gcmt"] = one("gcmt", 15.0)
    assert merge_catalogues(three)[0]["reports"].tolist() == [3]


def test_one_catalogue_stays_itself():
    table = made(50)
    events, provenance = merge_catalogues({"usgs": table})
    assert events["id"].tolist() == table.sort_values("time")["id"].tolist()
    assert provenance["origin"].all()
    assert merge_catalogues({"usgs": table.iloc[:0]})[0].empty
    with pytest.raises(ValueError, match="no catalogue"):
        merge_catalogues({})


def test_real_lists_of_turkey(real_data):
    folder = real_data / "seismic"
    usgs = usgs_features(folder / "usgs_fdsn_turkey_2025-04.geojson")
    emsc = emsc_features(folder / "emsc_fdsn_turkey_2025-04.json")
    events, provenance = merge_catalogues({"emsc": emsc, "usgs": usgs})
    assert len(events) == 430
    assert len(provenance) == 447
    assert (events["reports"] == 2).sum() == 17
    assert set(usgs["id"]) <= set(events["id"])
    both = events[events["reports"] == 2]
    assert (both["agency"] == "usgs").all()
    assert all(any(one.startswith("2025") for one in ids.split(",")) for ids in both["ids"])
