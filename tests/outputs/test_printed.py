"""The printed map: its file, its words, its colours, its scale."""

import io
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pypdf
import pytest
import xarray as xr
from PIL import Image

from analysis.language import translator
from analysis.outputs import printed
from analysis.outputs.maplayers import draw_events, magnitude_area, turns
from analysis.outputs.printed import MapStyle, colour_map, printed_map
from analysis.outputs.scalebar import longitude_degree

METADATA = {
    "title": "Жер бетінің температурасы: Қазақстан, әғқңөұүһі",
    "source": "Simulator, seed 1",
    "licence": "CC0-1.0",
    "citation": "Qazcube contributors (2026)",
    "credits": ["Earthquakes: Global CMT"],
}
EVENTS = pd.DataFrame(
    {"longitude": [60.0, 70.0, -175.0], "latitude": [40.0, 45.0, 0.0], "mag": [5.0, 7.2, 6.0]}
)
STYLE = MapStyle(colormap="cmocean:thermal", printed=datetime(2026, 3, 22, 8, 30, tzinfo=UTC))


def make_view(bounds=(40.0, 40.0, 90.0, 60.0), *, simulated=True, shape=(40, 100)) -> xr.DataArray:
    west, south, east, north = bounds
    height, width = shape
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = south + (np.arange(height) + 0.5) * (north - south) / height
    attrs = {"units": "degC", "long_name": "land surface temperature"}
    if simulated:
        attrs["simulated"] = True
    return xr.DataArray(
        np.broadcast_to(np.linspace(-10, 30, width, dtype="float32"), shape),
        coords={"y": y, "x": x, "time": np.datetime64("2010-01-16T12:00", "ns")},
        dims=("y", "x"),
        name="lst",
        attrs=attrs,
    )


def text_of(data: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    assert len(pages) == 1
    return pages[0].extract_text()


def figure_of(view, layers=None, style=STYLE):
    """The figure behind the file."""
    return printed._draw(printed.standard_view(view), layers or {}, METADATA, style)


def test_pdf_is_one_a4_page_that_names_itself():
    data = printed_map(make_view(), {"events": EVENTS}, METADATA, style=STYLE)
    assert data.startswith(b"%PDF")
    reader = pypdf.PdfReader(io.BytesIO(data))
    assert [float(side) for side in reader.pages[0].mediabox[2:]] == pytest.approx(
        [297 / 25.4 * 72, 210 / 25.4 * 72], abs=0.01
    )
    assert reader.metadata["/Title"] == METADATA["title"]
    assert reader.metadata["/CreationDate"].startswith("D:20260322083000")


def test_pdf_has_its_words_as_text():
    text = text_of(printed_map(make_view(), {"events": EVENTS}, METADATA, style=STYLE))
    for words in (
        METADATA["title"],
        "°C",
        "16 Jan 2010, 12:00 UTC",
        "Source: Simulator, seed 1",
        "Licence: CC0-1.0",
        "Citation: Qazcube contributors (2026)",
        "Earthquakes: Global CMT",
        "SIMULATED DATA",
        "50° E",
        "45° N",
        "500 km",
        "50° N",
        "22 Mar 2026, 08:30 UTC",
        "magnitude 7",
    ):
        assert words in text, words


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_pdf_speaks_the_language_of_the_reader(language):
    _ = translator(language)
    style = MapStyle(language=language)
    text = text_of(printed_map(make_view(), {"events": EVENTS}, METADATA, style=style))
    assert f"{_('Source')}: " in text
    assert _("SIMULATED DATA") in text
    assert METADATA["title"] in text


def test_observations_are_not_marked_as_simulated():
    assert "SIMULATED" not in text_of(printed_map(make_view(simulated=False), None, METADATA))


def test_local_time_stands_beside_utc():
    text = text_of(printed_map(make_view(), style=MapStyle(timezone="Asia/Almaty")))
    assert "16 Jan 2010, 12:00 UTC" in text
    assert "16 Jan 2010, 18:00 (Asia/Almaty)" in text


def test_png_has_the_size_of_the_page():
    data = printed_map(make_view(), style=MapStyle(dpi=100), file_format="png")
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == pytest.approx((1169, 827), abs=1)


def test_map_shows_the_colour_of_the_value():
    """Low values at the left and high ones at the right, in the colours of the map chosen."""
    view = make_view(simulated=False)
    style = MapStyle(colormap="cmocean:thermal", limits=(-10, 30), dpi=100)
    data = printed_map(view, style=style, file_format="png")
    box = figure_of(view, style=style).axes[0].get_position()
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image.convert("RGB"), dtype=float)
    height, width = pixels.shape[:2]
    row = int((1 - (box.y0 + 0.613 * box.height)) * height)
    for share in (0.11, 0.53, 0.91):
        column = int((box.x0 + share * box.width) * width)
        expected = np.array(colour_map("cmocean:thermal")(share)[:3]) * 255
        assert np.abs(pixels[row, column] - expected).max() < 12, share


@pytest.mark.parametrize("bounds", [(40, 40, 90, 60), (-80, -56, -62, -15), (150, -45, 215, 10)])
def test_printed_scale_bar_is_right_at_the_middle_latitude(bounds):
    """The bar on paper and the map on paper have one scale at the latitude named."""
    figure = figure_of(make_view(bounds))
    west, east = figure.axes[0].get_xlim()
    width = figure.axes[0].get_position().width
    parts = [artist for artist in figure.artists if artist.get_gid() == "scale"]
    length = sum(part.get_width() for part in parts)
    degrees = length / width * (east - west)
    middle = (bounds[1] + bounds[3]) / 2
    words = [text.get_text() for text in figure.texts if text.get_text().endswith(" km")]
    kilometres = float(words[0].removesuffix(" km").replace(",", ""))
    assert degrees * longitude_degree(middle) == pytest.approx(kilometres, rel=1e-9)


def test_ground_has_its_shape_at_the_middle_latitude():
    """A degree of longitude at 50 N is drawn 0.6446 times as long as a degree of latitude."""
    axes = figure_of(make_view((40.0, 40.0, 90.0, 60.0))).axes[0]
    box = axes.get_position()
    ratio = (box.width * 297 / 50) / (box.height * 210 / 20)
    assert ratio == pytest.approx(71.696 / 111.229, rel=1e-4)


def test_map_stays_on_the_page_whatever_its_shape():
    for bounds in ((-180, -90, 180, 90), (0, -80, 2, 80), (60, 50, 90, 50.5)):
        figure = figure_of(make_view(bounds))
        for axes in figure.axes:
            box = axes.get_position()
            assert 0.03 < box.x0 < box.x1 < 0.97
            assert 0.1 < box.y0 < box.y1 < 0.92


def test_a_map_of_nothing_is_still_a_map():
    view = make_view() * np.nan
    assert printed_map(view).startswith(b"%PDF")


def test_events_beyond_180_degrees_are_drawn():
    figure = figure_of(make_view((150, -45, 215, 10)), {"events": EVENTS})
    offsets = [
        artist.get_offsets()
        for artist in figure.axes[0].collections
        if artist.get_gid() == "events"
    ]
    assert np.asarray(offsets[0]).tolist() == [[185.0, 0.0]]


def test_only_events_in_view_are_explained():
    axes = figure_of(make_view()).axes[0]
    assert draw_events(axes, EVENTS, (0, -10, 10, 10)) == {}
    assert list(draw_events(axes, EVENTS, (40, 40, 90, 60))) == [5, 6, 7]


def test_stronger_events_have_larger_circles():
    areas = magnitude_area(np.arange(3, 9.5, 0.5))
    assert (np.diff(areas) > 0).all()
    assert magnitude_area(6.0, 5000) < magnitude_area(6.0, 10)


def test_turns_cover_the_view():
    assert turns((-180, -60, 180, 60)) == [0.0]
    assert turns((-200, -60, 160, 60)) == [-360.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"style": MapStyle(colormap="jet")}, "colorcet:NAME"),
        ({"style": MapStyle(language="de")}, "unknown language"),
        ({"style": MapStyle(timezone="Mars/Base")}, "Unknown time zone"),
        ({"file_format": "svg"}, "allowed are"),
    ],
)
def test_what_cannot_be_printed_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        printed_map(make_view(), **change)


def test_a_view_in_metres_is_refused():
    view = make_view()
    view.attrs["crs"] = "EPSG:3857"
    with pytest.raises(ValueError, match="in degrees"):
        printed_map(view)


@pytest.mark.parametrize("bad", [{"limits": (1.0, 1.0)}, {"dpi": 5000}])
def test_bad_styles_are_refused(bad):
    with pytest.raises(ValueError, match=r"must be below|allowed are"):
        MapStyle(**bad)
