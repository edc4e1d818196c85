"""The example of the documentation, on the packaged catalogue."""

from __future__ import annotations

import math
import re

import pytest

from analysis.seismic.magnitudes.bvalue import slopes
from analysis.settings import ROOT

PAGE = ROOT / "docs" / "earthquakes-statistics.md"


def test_the_example_runs_on_packaged_events(capsys):
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.M)
    exec(compile(example, PAGE.name, "exec"), {})  # noqa: S102 - our own text
    limits, fit, strong, test = capsys.readouterr().out.splitlines()
    assert limits == "5.4 5.2 5.4"
    b, std, n = map(float, fit.split())
    assert (b, std, n) == (1.029, 0.012, 7924)
    observed, expected = map(float, re.findall(r"[\d.]+", strong))
    assert observed == pytest.approx(expected, abs=4 * math.sqrt(expected))
    difference, delta = map(float, test.split())
    assert difference == -0.084
    assert delta > 5


def test_the_bias_of_aki_and_utsu_is_as_stated():
    for width, stated in ((0.1, 0.004), (0.5, 0.10)):
        tinti, aki = slopes(width / math.expm1(width * math.log(10)), width)
        assert tinti == pytest.approx(1.0, abs=1e-12)
        assert 1 - aki == pytest.approx(stated, rel=0.15)
