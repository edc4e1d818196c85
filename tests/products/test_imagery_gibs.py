"""Tiles of NASA GIBS: addresses, dates, capabilities in the service's form."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.imagery.gibs import LAYERS, Span, find_layer, read_capabilities


def capabilities(*layers: str) -> str:
    """A document in the form of the service."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Capabilities '
        'xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0"><Contents>'
    )
    return head + "".join(layers) + "</Contents></Capabilities>"


def layer(name, *values, kind="image/png", matrix="GoogleMapsCompatible_Level9", suffix="png"):
    """One layer of it."""
    times = "".join(f"<Value>{one}</Value>" for one in values)
    dimension = (
        "<Dimension><ows:Identifier>Time</ows:Identifier><ows:UOM>ISO8601</ows:UOM>"
        f"<Default>2026-10-06</Default><Current>false</Current>{times}</Dimension>"
    )
    template = (
        "https://gibs.earthdata.nasa.gov/wmts/epsg3857/best/"
        f"{name}/default/{{Time}}/{{TileMatrixSet}}/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.{suffix}"
    )
    return (
        f'<Layer><ows:Title xml:lang="en">{name} title</ows:Title>'
        '<ows:WGS84BoundingBox crs="urn:ogc:def:crs:OGC:2:84"><ows:LowerCorner>-180 -90'
        "</ows:LowerCorner><ows:UpperCorner>180 90</ows:UpperCorner></ows:WGS84BoundingBox>"
        f"<ows:Identifier>{name}</ows:Identifier>"
        '<Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style>'
        f"<Format>{kind}</Format>{dimension if values else ''}"
        f"<TileMatrixSetLink><TileMatrixSet>{matrix}</TileMatrixSet></TileMatrixSetLink>"
        f'<ResourceURL format="{kind}" resourceType="tile" template="{template}"/></Layer>'
    )


def test_capabilities_of_several_layers():
    text = capabilities(
        layer("MODIS_Terra_NDVI_8Day", "2000-02-18/2000-12-26/P8D", "2001-01-01/2001-12-27/P8D"),
        layer("New_Layer", "2020-01-01/2020-03-01/P1M", matrix="GoogleMapsCompatible_Level6"),
        layer("Coastlines"),
        layer("Fires", "2020-01-01/2020-03-01/P1D", kind="application/vnd.mapbox-vector-tile"),
        layer("Geographic", matrix="250m"),
        layer("GOES", "2020-01-01T00:00:00Z/2020-03-01T00:00:00Z/PT10M", suffix="jpg"),
    )
    found = read_capabilities(text)
    assert set(found) == {"MODIS_Terra_NDVI_8Day", "New_Layer", "Coastlines", "GOES"}
    ndvi = found["MODIS_Terra_NDVI_8Day"]
    assert ndvi.titles["kk"] == LAYERS["MODIS_Terra_NDVI_8Day"].titles["kk"]
    assert ndvi.day("2000-12-30") == date(2000, 12, 26)  # the gap at the end of the year
    assert ndvi.day("2001-01-05") == date(2001, 1, 1)
    assert ndvi.day("2030-01-01") == date(2001, 12, 27)
    assert ndvi.day("1999-01-01") is None
    assert found["New_Layer"].titles["ru"] == "New_Layer title"
    assert (
        found["New_Layer"]
        .address("2020-02-20")
        .endswith("/New_Layer/default/2020-02-01/GoogleMapsCompatible_Level6/{Z}/{Y}/{X}.png")
    )
    assert "/default/default/" in found["Coastlines"].address("2020-01-01")
    assert found["GOES"].spans == ()


def test_address_is_the_one_that_the_service_documents():
    true_colour = find_layer("MODIS_Terra_CorrectedReflectance_TrueColor")
    assert true_colour.address("2026-10-05T12:00") == (
        "https://gibs.earthdata.nasa.gov/wmts/epsg3857/best/"
        "MODIS_Terra_CorrectedReflectance_TrueColor/default/2026-10-05/"
        "GoogleMapsCompatible_Level9/{Z}/{Y}/{X}.jpg"
    )
    with pytest.raises(ValueError, match="begins on 2000-02-24; 1999-01-01 is before it"):
        true_colour.address("1999-01-01")
    with pytest.raises(ValueError, match="'noon' is no date"):
        true_colour.day("noon")


def test_composites_of_eight_days_begin_with_the_year():
    ndvi = find_layer("MODIS_Terra_NDVI_8Day")
    for year in (2001, 2004, 2023):
        assert ndvi.day(f"{year}-01-03") == date(year, 1, 1)
        assert (ndvi.day(f"{year}-12-31") - date(year, 1, 1)).days == 360
    assert ndvi.day("2000-02-18") == date(2000, 2, 18)


def test_layers_have_three_names():
    for name, one in LAYERS.items():
        assert one.name == name
        assert len(set(one.titles.values())) == 3
        assert one.suffix in ("jpg", "png")
    with pytest.raises(ValueError, match="no tile layer 'MODIS_Terra_NDVI'"):
        find_layer("MODIS_Terra_NDVI")


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.sampled_from(["P1D", "P8D", "P1M", "P1Y"]))
def test_day_is_in_the_span_and_not_after_the_one_wanted(wanted, step):
    span = Span(date(2003, 3, 5), date(2030, 3, 5), step)
    found = span.latest(wanted)
    if wanted < span.first:
        assert found is None
        return
    assert span.first <= found <= min(wanted, span.last)
    assert span.latest(found) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no XML"),
        ("<html/>", "no layers"),
        ("<a>", "no XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "define entities"),
    ],
)
def test_documents_that_are_none(text, message):
    with pytest.raises(ValueError, match=message):
        read_capabilities(text)
    with pytest.raises(ValueError, match="no tile layer 'X'"):
        read_capabilities(capabilities(layer("Y")), ["X"])


def test_damaged_documents_give_an_error_or_layers():
    text = capabilities(layer("A", "2000-02-18/2000-12-26/P8D"), layer("B", "x/y/P0D", "2020"))
    data = bytearray(text.encode())
    for place in range(0, len(data), 3):
        changed = bytearray(data)
        changed[place] = (changed[place] + 7 * place + 1) % 256
        try:
            found = read_capabilities(bytes(changed))
        except ValueError:
            continue
        for one in found.values():
            assert one.address("2001-01-01").startswith("https://gibs.earthdata.nasa.gov/")
