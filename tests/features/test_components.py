"""Principal components against plain algebra, and what they must not know."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.features import principal_components
from analysis.features.tablecomponents import add_components


def table(rows: int = 300) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    hidden = generator.normal(size=(rows, 2))
    mixed = hidden @ generator.normal(size=(2, 5)) + 0.01 * generator.normal(size=(rows, 5))
    return pd.DataFrame(mixed * [1, 10, 100, 1, 1] + [0, 5, 0, 0, 1000], columns=list("abcde"))


def test_two_hidden_causes_are_two_components():
    found = principal_components(table(), share=0.99)
    assert found.loadings.shape == (5, 2)
    matrix = np.corrcoef(table().to_numpy().T)
    sizes = np.linalg.eigvalsh(matrix)[::-1]
    np.testing.assert_allclose(found.explained, (sizes / sizes.sum())[:2])
    scores = found.transform(table())
    np.testing.assert_allclose(scores.cov(), np.diag(sizes[:2]), atol=1e-9)
    np.testing.assert_allclose(found.loadings.T @ found.loadings, np.eye(2), atol=1e-12)
    assert (found.loadings.max() == found.loadings.abs().max()).all()


def test_units_do_not_matter():
    one, other = principal_components(table()), principal_components(table() * 7 + 3)
    np.testing.assert_allclose(one.loadings, other.loadings)


def test_rows_that_were_not_learnt_from_change_nothing():
    rows = table()
    changed = rows.copy()
    changed.iloc[200:] = 1e6
    first = np.arange(300) < 200
    one = principal_components(rows, fit=first)
    other = principal_components(changed, fit=first)
    pd.testing.assert_frame_equal(one.loadings, other.loadings)
    pd.testing.assert_frame_equal(one.transform(rows)[:200], other.transform(changed)[:200])


def test_rows_with_missing_values_have_no_components():
    rows = table()
    rows.iloc[3, 2] = np.nan
    scores = principal_components(rows, most=1).transform(rows)
    assert scores.columns.tolist() == ["pc1"]
    assert np.isnan(scores.iloc[3, 0])
    assert scores.drop(index=3).notna().to_numpy().all()


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (lambda rows: rows.assign(a="x"), {}, "these are not: a"),
        (lambda rows: rows.assign(a=0.1), {}, "never change: a"),
        (lambda rows: rows.assign(a=np.nan), {}, "have no value: a"),
        (lambda rows: pd.concat([rows, rows["b"]], axis=1), {}, "there twice: b"),
        (lambda rows: rows[:5], {}, "5 rows are complete; more than 5 columns"),
        (lambda rows: rows, {"share": 0}, "0 < share <= 1"),
        (lambda rows: rows, {"fit": [True]}, r"shape \(1,\)"),
    ],
)
def test_what_cannot_be_done_is_refused(change, options, words):
    with pytest.raises(ValueError, match=words):
        principal_components(change(table()), **options)
    with pytest.raises(ValueError, match="no column a"):
        principal_components(table()).transform(table().drop(columns="a"))


def test_components_of_a_table_take_any_form_of_a_time():
    times = pd.date_range("2020-01-01", periods=10)
    index = pd.MultiIndex.from_product([times, range(10)], names=["time", "cell"])
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 3)), index, list("abc"))
    rows.attrs["features"] = {name: {} for name in rows}
    found = add_components(rows, 2, until="2020-01-06")
    zone = pd.Timestamp("2020-01-06T06:00", tz="Asia/Almaty") - pd.Timedelta("1h")
    pd.testing.assert_frame_equal(add_components(rows, 2, until=zone), found)
    gap, infinite = rows.copy(), rows.copy()
    gap.iloc[3, 0], infinite.iloc[3, 0] = np.nan, np.inf
    both = [add_components(one, 2)["component_1"] for one in (gap, infinite)]
    pd.testing.assert_series_equal(*both)
    with pytest.raises(ValueError, match="until=2020; give a time"):
        add_components(rows, 2, until=2020)
