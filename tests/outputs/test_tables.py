"""CSV and XLSX files, each read back by an independent reader."""

import csv
import io

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.language import translator
from analysis.outputs.tables import SEPARATORS, CsvOptions, safe_text, table_csv, with_times
from analysis.outputs.workbooks import table_xlsx

METADATA = {
    "title": "Gravity at 67.0 E, 48.0 N",
    "source": "Simulator, seed 1",
    "licence": "CC0-1.0",
    "citation": "Made up, 2026; =HYPERLINK(1)",
    "simulated": True,
    "columns": {
        "lwe_thickness": {"units": "cm", "long_name": "water thickness", "simulated": True},
        "lst": {"units": "degC", "long_name": "land surface temperature"},
    },
}


@pytest.fixture
def series() -> pd.DataFrame:
    times = pd.DatetimeIndex(["2024-01-15", "2024-02-15 12:30", "2024-06-15"], name="time")
    return pd.DataFrame(
        {
            "lwe_thickness": np.array([1.25, np.nan, -3.5], dtype="float32"),
            "lst": [20.1, -5.25, 1e-6],
        },
        index=times,
    )


@pytest.fixture
def events() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "time": pd.to_datetime(["1976-01-01", "2000-06-01", "2024-02-29", "2024-03-01"]),
            "mag": [5.0, 6.5, 7.1, 5.5],
            "place": ["=cmd|'/c calc'!A0", "+7 km; Алматы", '-Өскемен, "east"', "@Тараз"],
            "simulated": [True, False, False, True],
        }
    )


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")]
)
@pytest.mark.parametrize("bom", [True, False])
def test_csv_reads_back_with_the_same_options(series, separator, decimal, bom):
    options = CsvOptions(separator=separator, decimal=decimal, bom=bom)
    data = table_csv(series, METADATA, options=options)
    assert data.startswith(b"\xef\xbb\xbf") is bom
    back = pd.read_csv(
        io.BytesIO(data),
        sep=separator,
        decimal=decimal,
        comment="#",
        encoding="utf-8-sig",
        parse_dates=["time_utc"],
    )
    assert list(back.columns) == ["time_utc", "lwe_thickness [cm, simulated]", "lst [degC]"]
    np.testing.assert_array_equal(
        back.iloc[:, 1].astype("float32"), series["lwe_thickness"].to_numpy()
    )
    np.testing.assert_array_equal(back["lst [degC]"], series["lst"].to_numpy())
    assert list(back["time_utc"]) == list(series.index)


def test_comma_twice_is_refused():
    with pytest.raises(ValueError, match="choose ';' or a tab"):
        CsvOptions(separator=",", decimal=",")


@pytest.mark.parametrize("bad", [{"separator": "|"}, {"decimal": "·"}])
def test_unknown_options_are_refused(bad):
    with pytest.raises(ValueError, match="allowed are"):
        CsvOptions(**bad)


def test_header_block_says_where_the_data_come_from(series):
    text = table_csv(series, METADATA, options=CsvOptions(separator=";", decimal=",")).decode()
    block = [line for line in text.splitlines() if line.startswith("# ")]
    joined = "\n".join(block)
    for word in ("Source: Simulator, seed 1", "Licence: CC0-1.0", "Simulated:", "cm", "degC"):
        assert word in joined
    assert text.splitlines()[len(block)].startswith("time_utc;")


def test_header_block_never_makes_a_cell_with_a_formula(series):
    text = table_csv(series, METADATA, options=CsvOptions(separator=";")).decode()
    cells = [
        cell.strip() for line in text.splitlines() if line[0] == "#" for cell in line.split(";")
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert any("HYPERLINK" in cell for cell in cells)


def test_local_time_stands_beside_utc_and_follows_the_change_of_2024(events):
    """Summer time in 2000; Almaty went from UTC+6 to UTC+5 on 1 March 2024 (tz 2024a)."""
    data = table_csv(events, timezone="Asia/Almaty", options=CsvOptions(header_block=False))
    back = pd.read_csv(io.BytesIO(data), parse_dates=["time_utc", "time_local [Asia/Almaty]"])
    hours = (back["time_local [Asia/Almaty]"] - back["time_utc"]) / pd.Timedelta("1h")
    assert hours.tolist() == [6, 7, 6, 5]


def test_unknown_zone_offers_a_near_name(series):
    with pytest.raises(ValueError, match=r"Did you mean .*Asia/Almaty"):
        table_csv(series, timezone="Asia/Almati")


def test_csv_cells_cannot_start_a_formula(events):
    back = pd.read_csv(io.BytesIO(table_csv(events, options=CsvOptions(header_block=False))))
    assert back["place"].str.startswith("'").all()
    assert back["place"].str[1:].tolist() == events["place"].tolist()
    assert back["mag"].tolist() == events["mag"].tolist()


@given(st.text(max_size=12))
def test_safe_text_is_harmless_and_settles(text):
    guarded = safe_text(text)
    assert not guarded.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe_text(guarded) == guarded
    assert guarded.endswith(text)


def test_negative_numbers_stay_numbers_in_csv():
    table = pd.DataFrame({"x": [-1.5, 2.0], "n": pd.array([-1, None], dtype="Int64")})
    back = pd.read_csv(io.BytesIO(table_csv(table, options=CsvOptions(header_block=False))))
    assert back["x"].tolist() == [-1.5, 2.0]
    assert back.loc[0, "n"] == -1
    assert np.isnan(back.loc[1, "n"])


def test_seconds_keep_their_fractions():
    table = pd.DataFrame({"time": pd.to_datetime(["2024-01-01 00:00:00.25", None])})
    text = table_csv(table, options=CsvOptions(header_block=False)).decode()
    assert "2024-01-01 00:00:00.250000" in text


def test_times_with_a_zone_become_utc():
    table = pd.DataFrame({"time": pd.DatetimeIndex(["2024-06-01 05:00"], tz="Asia/Almaty")})
    assert with_times(table).loc[0, "time_utc"] == pd.Timestamp("2024-06-01")


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_header_block_speaks_the_language_of_the_reader(series, language):
    _ = translator(language)
    data = table_csv(series, METADATA, language=language).decode()
    assert f"# {_('Source')}: Simulator" in data
    assert f"lwe_thickness [cm, {_('simulated')}]" in data


def test_workbook_has_real_dates_numbers_and_gaps(series):
    book = openpyxl.load_workbook(io.BytesIO(table_xlsx(series, METADATA, timezone="Asia/Almaty")))
    sheet = book["Data"]
    header = [cell.value for cell in sheet[1]]
    assert header == [
        "time_utc",
        "time_local [Asia/Almaty]",
        "lwe_thickness [cm, simulated]",
        "lst [degC]",
    ]
    assert [cell.value for cell in sheet["A"][1:]] == [t.to_pydatetime() for t in series.index]
    assert sheet["A2"].is_date
    assert [cell.value for cell in sheet["C"][1:]] == [1.25, None, -3.5]
    assert all(cell.data_type == "n" for cell in sheet["D"][1:])
    assert [cell.value for cell in sheet["D"][1:]] == series["lst"].tolist()


def test_workbook_says_where_the_data_come_from(series):
    book = openpyxl.load_workbook(io.BytesIO(table_xlsx(series, METADATA)))
    notes = {row[0].value: row[1].value for row in book["About the data"].iter_rows()}
    assert notes["Source"] == METADATA["source"]
    assert notes["Licence"] == "CC0-1.0"
    assert "not observations" in notes["Simulated"]
    assert notes["Column lst"] == "land surface temperature; degC"


def test_workbook_text_is_never_a_formula(events):
    book = openpyxl.load_workbook(io.BytesIO(table_xlsx(events, METADATA)))
    column = list(book["Data"]["D"][1:])
    assert [cell.value for cell in column] == events["place"].tolist()
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "n",
        "d",
        "b",
    }
    assert [cell.value for cell in book["Data"]["E"][1:]] == [True, False, False, True]


def test_workbook_keeps_float32_readable():
    table = pd.DataFrame({"v": np.array([1.2, -0.1], dtype="float32")})
    sheet = openpyxl.load_workbook(io.BytesIO(table_xlsx(table)))["Data"]
    assert [cell.value for cell in sheet["A"][1:]] == [1.2, -0.1]


def test_dates_before_1900_are_text_and_infinities_too():
    table = pd.DataFrame({"time": pd.to_datetime(["1887-06-09", "1911-01-03"]), "x": [np.inf, 1.0]})
    sheet = openpyxl.load_workbook(io.BytesIO(table_xlsx(table)))["Data"]
    assert sheet["A2"].value == "1887-06-09 00:00:00"
    assert sheet["A3"].value == pd.Timestamp("1911-01-03").to_pydatetime()
    assert sheet["B2"].value == "inf"


def test_too_many_rows_for_a_sheet_are_refused():
    table = pd.DataFrame({"x": np.zeros(1_048_576, dtype="int8")})
    with pytest.raises(ValueError, match="Choose CSV or a smaller selection"):
        table_xlsx(table)


def test_an_empty_table_still_opens():
    empty = pd.DataFrame({"time": pd.DatetimeIndex([]), "mag": np.array([], dtype=float)})
    assert openpyxl.load_workbook(io.BytesIO(table_xlsx(empty)))["Data"].max_row == 1
    back = pd.read_csv(io.BytesIO(table_csv(empty, METADATA)), comment="#")
    assert list(back.columns) == ["time_utc", "mag"]
    assert back.empty


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["=1+1", '"=1+1"', " @sum", "-2+cmd|' /C calc'!A0"])
def test_no_spreadsheet_finds_a_formula_inside_a_text(separator, mark):
    table = pd.DataFrame({"place": [f"Almaty{separator}{mark}"], "mag": [5.0]})
    text = table_csv(table, {"title": f"Almaty{separator}{mark}"}).decode()
    for other in SEPARATORS:
        for line in text.splitlines():
            cells = next(csv.reader([line], delimiter=other), [])
            assert not [one for one in cells if one.strip().startswith(("=", "@", "-", '"='))]


def test_numbers_inside_a_text_stay_as_they_are():
    assert safe_text("5 km W of Almaty, -12.5; +3") == "5 km W of Almaty, -12.5; +3"
