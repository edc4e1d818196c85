"""QuakeML through ObsPy."""

from __future__ import annotations

from pathlib import Path

import obspy
import pandas as pd
import pytest

from analysis.sources.fdsn import UnreadableAnswerError, parse_quakeml
from analysis.sources.fdsn.errors import IncompleteAnswerError
from tests.fdsnbooks import quakeml, synthetic

SAMPLES = Path(obspy.__file__).parent / "io" / "quakeml" / "tests" / "data"


def test_what_was_told_comes_back():
    table = synthetic(200)
    events, rejected = parse_quakeml(quakeml(table), agency="loc", source="fdsn_loc")
    assert len(rejected) == 0
    for name in (
        "id",
        "time",
        "longitude",
        "latitude",
        "mag",
        "magType",
        "type",
        "status",
        "place",
    ):
        assert events[name].tolist() == table[name].tolist(), name
    pd.testing.assert_series_equal(events["depth"], table["depth"])
    assert set(events["agency"]) == {"loc"}


def test_samples_of_three_centres():
    usgs, _ = parse_quakeml((SAMPLES / "usgs_event.xml").read_bytes())
    row = usgs.iloc[0]
    assert (row["id"], row["type"], row["magType"]) == ("ci37285320", "quarry blast", "ml")
    assert (row["mag"], row["depth"], row["horizontalError"]) == (1.54, 0.01, 0.5)
    iris, _ = parse_quakeml((SAMPLES / "iris_events.xml").read_bytes())
    assert iris["id"].tolist() == ["3279407", "2318174"]
    neries, _ = parse_quakeml((SAMPLES / "neries_events.xml").read_bytes())
    assert neries["id"].tolist()[0] == "20120404_0000041"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<latitude><value>", "<latitude><value>9", "latitude out of range"),
        ("<depth><value>", "<depth><value>9999999", "depth out of range"),
        ("<mag><value>", "<mag><value>x", "no magnitude"),
        ("<time><value>", "<time><value>never", "no time"),
    ],
)
def test_a_bad_event_is_rejected_and_the_rest_is_taken(old, new, reason):
    table = synthetic(3)
    table["latitude"] = 45.0
    one, *others = quakeml(table).split(old)
    body = one + new + old.join(others)
    events, rejected = parse_quakeml(body)
    assert events["id"].tolist() == table["id"].tolist()[1:]
    assert rejected[["row", "reason"]].values.tolist() == [[0, reason]]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", IncompleteAnswerError),
        (quakeml(synthetic(3))[:-300].encode(), IncompleteAnswerError),
        (b"<html>Log in</html>", UnreadableAnswerError),
        (b"{}", UnreadableAnswerError),
        (b"<q:quakeml><a></b></q:quakeml>", UnreadableAnswerError),
        (
            b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><q:quakeml>&x;</q:quakeml>',
            UnreadableAnswerError,
        ),
    ],
)
def test_what_is_no_quakeml_is_refused(body, error):
    with pytest.raises(error):
        parse_quakeml(body)
