"""Conditions as text: read safely, joined by what is known."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from analysis.features import all_of, parse_conditions
from analysis.features.conditions import Condition


def values(**columns: list[float]) -> xr.Dataset:
    return xr.Dataset({name: ("cell", np.array(one)) for name, one in columns.items()})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gravity > 2 sigma", Condition("gravity", ">", 2, True)),
        ("  tec>=1.5σ ", Condition("tec", ">=", 1.5, True)),
        ("lst < -3.5", Condition("lst", "<", -3.5)),
        ("|lwe.mean| <= 1e2", Condition("lwe.mean", "<=", 100, False, True)),
        ("abs ( ТЭС ) > .5 sigma", Condition("ТЭС", ">", 0.5, True, True)),
    ],
)
def test_conditions_are_read(text, expected):
    assert parse_conditions(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gravity",
        "gravity > tec",
        "gravity > 2 or tec > 1",
        "not gravity > 2",
        "2 < gravity < 3",
        "abs(gravity > 2",
        "gravity) > 2",
        "__import__('os').system('true') > 0",
        "gravity > 2; tec > 1",
        "gravity == 2",
        "gravity > 2 and ",
        "gravity > nan",
        "gravity > 1e400",
        "x" * 3000 + " > 1",
    ],
)
def test_what_cannot_be_read_is_named(text):
    words = r"cannot be read|There is no condition|longer than 2000|too large"
    with pytest.raises(ValueError, match=words):
        parse_conditions(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        again = " and ".join(map(str, parse_conditions(text)))
    except ValueError:
        return
    assert parse_conditions(again)


@given(
    st.builds(
        Condition,
        st.sampled_from(["tec", "gravity", "lst_day"]),
        st.sampled_from([">", ">=", "<", "<="]),
        st.floats(-1e9, 1e9),
        st.booleans(),
        st.booleans(),
    )
)
def test_a_condition_is_read_as_it_is_written(condition):
    """With all its digits: two thresholds that differ never have one text."""
    assert parse_conditions(str(condition)) == [condition]


def test_all_of_knows_what_is_not_known():
    data = values(a=[3, 3, 1, 3, np.nan], b=[-9, 9, np.nan, np.nan, -9])
    found = all_of(["a > 2", "abs(b) > 5", "b < 0"], data)
    np.testing.assert_array_equal(found, [1, 0, 0, np.nan, np.nan])
    assert found.attrs["expression"] == "a > 2 and abs(b) > 5 and b < 0"
    assert found.attrs["units"] == "1"


def test_sigma_compares_the_z_score():
    data = values(gravity=[100.0, 100.0], gravity_z=[2.5, 1.0], tec=[1.0, 1.0])
    z = values(tec=[3.0, 3.0])
    found = all_of("gravity > 2 sigma and tec > 1.5 sigma and gravity > 50", data, z)
    np.testing.assert_array_equal(found, [1, 0])
    with pytest.raises(ValueError, match=r"needs the Z-score of 'tec': give it in sigma="):
        all_of("tec > 1 sigma", data)
    with pytest.raises(ValueError, match=r"no variable 'gravty'.*gravity"):
        all_of("gravty > 1", data)


def test_it_stays_lazy(refuse_compute):
    data = values(a=[3.0, 1.0]).chunk(cell=1)
    lazy = all_of("a > 2", data)
    assert isinstance(lazy.data, da.Array)
    assert lazy.compute(scheduler="synchronous").values.tolist() == [1, 0]


def test_variables_of_other_cells_are_refused():
    one = xr.DataArray([1.0], {"cell": [1]}, ("cell",))
    with pytest.raises(ValueError, match="align them to the same cells first"):
        all_of("a > 0 and b > 0", {"a": one, "b": one.assign_coords(cell=[2])})


def test_conditions_that_were_compared_already_are_joined() -> None:
    gravity = xr.DataArray([3.0, 3.0, 1.0, np.nan], dims="cell", name="gravity")
    tec = xr.DataArray([2.0, 1.0, 2.0, 2.0], dims="cell", name="tec")
    both = all_of([gravity > 2, tec > 1.5])
    assert both.values.tolist() == [1, 0, 0, 0]
    assert both.attrs["expression"] == "gravity and tec"
    words = all_of("gravity > 2 and tec > 1.5", {"gravity": gravity, "tec": tec})
    known = (gravity > 2).where(gravity.notnull())
    xr.testing.assert_equal(all_of([known, tec > 1.5]), words)
    assert all_of([np.array([True, False]), np.array([True, True])]).values.tolist() == [1, 0]
    lazy = all_of([gravity.chunk(2) > 2, tec.chunk(2) > 1.5])
    assert lazy.chunks is not None
    assert lazy.values.tolist() == [1, 0, 0, 0]


def test_what_is_no_condition_is_refused() -> None:
    one = xr.DataArray([3.0, 1.0], dims="cell")
    with pytest.raises(ValueError, match="compare first"):
        all_of([one > 2, one])
    with pytest.raises(ValueError, match="are a DataArray"):
        all_of(one > 2, one > 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="are a str; give texts"):
        all_of("gravity > 2")
    with pytest.raises(ValueError, match="different times or places"):
        all_of([(one > 2).assign_coords(cell=[4, 5]), (one > 2).assign_coords(cell=[5, 6])])
    with pytest.raises(ValueError, match="Conditions in words need values"):
        all_of(["gravity > 2"])
